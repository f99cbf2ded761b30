/**
 * What `effect-enet client` knows about its packets and their echoes. Plain counters: no packet is kept, so the memory
 * does not grow with the number of messages.
 */
import { fill, readIndex } from "./payload.ts"

/** At most so many packets are out at a time, and at most so many bytes unless one packet alone has more. */
const WINDOW_PACKETS = 256
const WINDOW_BYTES = 1024 * 1024

export class Exchange {
  readonly messages: number
  /** Reliable echoes must come back complete and in order; others may be missing or change places. */
  readonly reliable: boolean
  readonly window: number
  /** Counts echoes and given-up waits; the watchdog looks at it to see whether something still moves. */
  activity = 0
  sent = 0
  /** Echoes, wrong ones included. */
  received = 0
  mismatched = 0
  /** The last known round trip time, milliseconds. */
  rttMs = 0
  #outstanding = 0
  readonly #expected: Uint8Array

  constructor(messages: number, size: number, reliable: boolean) {
    this.messages = messages
    this.reliable = reliable
    this.window = Math.max(1, Math.min(WINDOW_PACKETS, Math.floor(WINDOW_BYTES / Math.max(1, size))))
    this.#expected = new Uint8Array(size)
  }

  get canSend(): boolean {
    return this.sent < this.messages && this.#outstanding < this.window
  }

  get complete(): boolean {
    return this.received >= this.messages
  }

  get lost(): number {
    return Math.max(0, this.sent - this.received)
  }

  /** True when every reliable echo came back equal; without reliability, when no echo is wrong and not all are lost. */
  get ok(): boolean {
    if (this.mismatched > 0 || this.sent < this.messages) return false
    return this.reliable ? this.lost === 0 : this.received > 0 || this.sent === 0
  }

  /** The next packet to send. */
  next(): Uint8Array {
    const packet = new Uint8Array(this.#expected.length)
    fill(packet, this.sent, !this.reliable)
    this.sent++
    this.#outstanding++
    return packet
  }

  /** Checks an echo. */
  echo(packet: Uint8Array): void {
    this.activity++
    if (this.#outstanding > 0) this.#outstanding--
    if (!this.#matches(packet)) this.mismatched++
    this.received++
  }

  /** Stops waiting for unreliable echoes that are overdue, so that the next packets may go. */
  forgetOverdue(): void {
    this.activity++
    this.#outstanding = 0
  }

  #matches(packet: Uint8Array): boolean {
    const index = this.reliable ? this.received : readIndex(packet)
    if (packet.length !== this.#expected.length || index >= this.sent) return false
    fill(this.#expected, index, !this.reliable)
    return Buffer.compare(packet, this.#expected) === 0
  }
}
