/**
 * What an observer of a host learns of a peer without standing between the peer and the application.
 */
import type { EnetPeer } from "../EnetPeer.ts"
import { PeerHandle, type PeerWatcher } from "./PeerHandle.ts"

/** Any number of watchers may watch a peer; one that is no peer of a host of this library has nothing to tell. */
export const watch = (peer: EnetPeer, watcher: PeerWatcher): void => {
  if (!(peer instanceof PeerHandle)) return
  const others = peer.watcher
  peer.watcher = others === undefined ? watcher : {
    taken: (count) => {
      others.taken(count)
      watcher.taken(count)
    },
    leaving: () => {
      others.leaving()
      watcher.leaving()
    }
  }
}
