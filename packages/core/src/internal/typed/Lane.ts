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

  constructor(track: Track<Channels>) {
    this.track = track
    this.backlog = new Backlog(track.channel.bufferLimit, sizeOf)
  }

  get size(): number {
    return this.backlog.size
  }

  /** Whether the packet has to wait: what is reliable is not dropped. */
  isFullFor(packet: Uint8Array): boolean {
    const { latest, mode } = this.track.channel
    return mode === "reliable" && !latest && !this.backlog.hasRoomFor(packet)
  }

  offer(packet: Uint8Array): void {
    const { channel, totals } = this.track
    if (channel.latest) {
      totals.superseded += this.backlog.length
      this.backlog.clear()
    }
    totals.dropped += this.backlog.push(packet)
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
