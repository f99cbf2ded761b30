/**
 * How connections end that nobody wants any more, or that the socket has lost.
 */
import type { LostRemote } from "../LostRemotes.ts"
import type * as Input from "../protocol/Input.ts"
import { PeerState } from "../protocol/PeerState.ts"
import type { Calls } from "./Books.ts"
import type { Driver } from "./Driver.ts"
import type { PeerHandle } from "./PeerHandle.ts"
import { fromInet } from "./SocketAddress.ts"

/** Forgets a connection of the application's own, and what nobody has read of its events. */
export const forget = (driver: Driver, handle: PeerHandle): void => {
  handle.isAbandoned = true
  driver.books.cancel(handle)
  const peer = handle.ref
  // only a remote that has answered can be told
  const isConnected = driver.peer(peer)?.state === PeerState.Connected
  driver.run([isConnected ? { _tag: "DisconnectNow", peer, data: 0 } : { _tag: "Reset", peer }])
  driver.books.dropEvents(handle)
}

/** Nothing reaches a remote any more: whoever waits for it is told why. */
export const lose = (driver: Driver, remote: LostRemote): void => {
  const { host, port } = fromInet(remote.address)
  const calls: Calls = []
  const resets: Array<Input.Reset> = []
  driver.host.peers.forEach((peer) => {
    if (peer.link.address.port !== port || peer.link.address.host !== host) return
    const handle = driver.books.handleAt(peer.slot)
    if (handle !== undefined) driver.books.lose(handle, remote, calls)
    resets.push({ _tag: "Reset", peer: peer.ref })
  })
  if (resets.length > 0) driver.run(resets)
  for (const call of calls) call()
}

/** The application lets go of a connection of its own. */
export const abandon = (driver: Driver, handle: PeerHandle): void => {
  // a remote that has not answered has nothing to be told
  if (driver.books.isAttempt(handle)) return forget(driver, handle)
  handle.isAbandoned = true
  leave(driver, handle)
  driver.books.dropEvents(handle)
}

/** Disconnects: what is queued still goes out, what came in is nobody's. */
export const leave = (driver: Driver, handle: PeerHandle): void => {
  const peer = handle.ref
  driver.take(peer, { packets: Infinity, bytes: Infinity })
  driver.run([{ _tag: "DisconnectLater", peer, data: 0 }, { _tag: "Hold", peer, held: false }])
  // with no room for its last event, it would keep its slot
  if (driver.peer(peer)?.state === PeerState.Zombie) driver.run([{ _tag: "Reset", peer }])
}
