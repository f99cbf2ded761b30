/**
 * The packets of one peer on one channel that wait for a reader.
 */
import type * as Channel from "../../Channel.ts"
import { Backlog, sizeOf } from "./Backlog.ts"
import type { Track } from "./Hub.ts"

export class Lane<Channels extends Channel.Any> {
  readonly track: Track<Channels>
  /** Streams of the peer that read it; without any, it is for those of the host. */
  readers = 0
  private readonly backlog: Backlog<Uint8Array>
  private readonly isLatest: boolean
  /** Nothing may be dropped: what has no room waits. */
  private readonly isKept: boolean

  constructor(track: Track<Channels>) {
    const { bufferLimit, latest, mode } = track.channel
    this.track = track
    this.backlog = new Backlog(bufferLimit, sizeOf)
    this.isLatest = latest
    this.isKept = mode === "reliable" && !latest
  }

  get size(): number {
    return this.backlog.size
  }

  /** Whether the packet has to wait. */
  isFullFor(packet: Uint8Array): boolean {
    return this.isKept && !this.backlog.hasRoomFor(packet)
  }

  /** Takes the packet, unless it has to wait: whether it did. */
  offer(packet: Uint8Array): boolean {
    if (this.isLatest && this.backlog.size > 0) {
      this.track.totals.superseded += this.backlog.length
      this.backlog.clear()
    }
    if (this.backlog.offer(packet)) return true
    if (this.isKept) return false
    this.track.totals.dropped += this.backlog.push(packet)
    return true
  }

  takeAll(): ReadonlyArray<Uint8Array> {
    return this.backlog.takeAll()
  }

  /** Nobody will read it any more. */
  drop(): void {
    this.track.totals.dropped += this.backlog.length
    this.backlog.clear()
  }
}
