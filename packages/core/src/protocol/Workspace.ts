/**
 * Memory for bytes that a host makes, so that each datagram and each packet need not allocate its own.
 */
import { view } from "../wire/Bytes.ts"
import { PROTOCOL_MAXIMUM_MTU } from "../wire/Constants.ts"

const SLAB = 64 * 1024

/** Memory that is handed out in pieces, each of them once. */
class Slab {
  /** Where the next piece is cut from: what lies behind `used` is nobody's yet. */
  bytes = new Uint8Array(0)
  used = 0
  private buffer = this.bytes.buffer

  /** Sees to it that there is room for so many bytes behind `used`. */
  reserve(length: number): void {
    if (this.used + length <= this.bytes.length) return
    this.bytes = new Uint8Array(SLAB)
    this.buffer = this.bytes.buffer
    this.used = 0
  }

  /** Hands out what was written behind `used`. */
  take(length: number): Uint8Array {
    const piece = view(this.bytes, this.used, length, this.buffer)
    this.used += length
    return piece
  }
}

/**
 * A step that uses a workspace stays pure as long as nobody calls `reuseDatagrams`. `scratch` and `packed` are used up
 * within a step.
 */
export class Workspace {
  /** A datagram that came in, as its checksum is computed. */
  readonly scratch = new Uint8Array(PROTOCOL_MAXIMUM_MTU + 8)
  /** What the compressor makes of a datagram, in either direction. */
  readonly packed = new Uint8Array(PROTOCOL_MAXIMUM_MTU + 8)
  /** Outgoing datagrams. */
  readonly datagrams = new Slab()
  private readonly packets = new Slab()

  /**
   * Lets the memory of datagrams be used again. Who calls it vouches that nobody looks any more at the bytes of a
   * `Transmit` of an earlier step.
   */
  reuseDatagrams(): void {
    this.datagrams.used = 0
  }

  /** A copy for good. */
  copy(bytes: Uint8Array): Uint8Array {
    const { packets } = this
    const { length } = bytes
    // a `Buffer` of Node shares its memory with its slices
    if (length > SLAB) return new Uint8Array(bytes)
    packets.reserve(length)
    packets.bytes.set(bytes, packets.used)
    return packets.take(length)
  }
}
