/**
 * One direction of one stretch of network: a datagram goes in at a time, and comes out at another, or does not.
 *
 * @since 0.1.0
 */
import type { Conditions } from "./Conditions.ts"
import type { SeededRandom } from "./SeededRandom.ts"

/** IPv4 and UDP. */
const HEADERS = 28

/**
 * Why a datagram did not come out.
 *
 * @since 0.1.0
 * @category models
 */
export type PipeLoss = "lost" | "lostInBurst" | "queueFull"

/**
 * When a datagram comes out, and what happened to it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Passage {
  readonly due: number
  /** The bytes that come out; a damaged datagram has bytes of its own. */
  readonly bytes: Uint8Array
  readonly corrupted: boolean
  readonly reordered: boolean
  /** When a copy of it comes out. */
  readonly copyDue: number | undefined
}

/**
 * The conditions may be replaced while datagrams pass: they hold for those that enter from then on.
 *
 * @since 0.1.0
 * @category models
 */
export class Pipe {
  conditions: Conditions
  private readonly random: SeededRandom
  private inBurst = false
  /** The rate limit lets the next datagram go then. */
  private freeAt = 0
  /** When the last datagram that was not held up comes out. */
  private lastDue = 0

  constructor(conditions: Conditions, random: SeededRandom) {
    this.conditions = conditions
    this.random = random
  }

  pass(now: number, bytes: Uint8Array): PipeLoss | Passage {
    const { conditions, random } = this
    const loss = this.loss()
    if (loss !== undefined) return loss
    const sentAt = this.sentAt(now, bytes.length)
    if (sentAt === undefined) return "queueFull"
    const corrupted = bytes.length > 0 && random.chance(conditions.corrupt)
    const reordered = random.chance(conditions.reorder)
    const arrival = sentAt + conditions.latency + random.next() * conditions.jitter
    const due = reordered ? arrival + random.next() * conditions.reorderDelay : Math.max(arrival, this.lastDue)
    if (!reordered) this.lastDue = due
    return {
      due,
      bytes: corrupted ? this.damaged(bytes) : bytes,
      corrupted,
      reordered,
      copyDue: random.chance(conditions.duplicate)
        ? due + random.next() * (conditions.latency + conditions.jitter)
        : undefined
    }
  }

  private loss(): PipeLoss | undefined {
    const { burst, loss } = this.conditions
    if (this.random.chance(loss)) return "lost"
    if (burst === undefined) {
      this.inBurst = false
      return undefined
    }
    this.inBurst = this.inBurst ? !this.random.chance(burst.stop) : this.random.chance(burst.start)
    return this.inBurst && this.random.chance(burst.loss) ? "lostInBurst" : undefined
  }

  /** When the last byte has left through the rate limit; `undefined` when the queue before it is full. */
  private sentAt(now: number, length: number): number | undefined {
    const { queue, rate } = this.conditions
    if (rate <= 0) return now
    const size = length + HEADERS
    const waiting = (Math.max(this.freeAt - now, 0) * rate) / 1000
    // a queue without room for one datagram would let nothing pass at all
    if (waiting > 0 && waiting + size > queue) return undefined
    this.freeAt = Math.max(this.freeAt, now) + (size * 1000) / rate
    return this.freeAt
  }

  private damaged(bytes: Uint8Array): Uint8Array {
    const damaged = bytes.slice()
    for (let flips = this.random.integer(1, 3); flips > 0; flips--) {
      damaged[this.random.integer(0, bytes.length - 1)]! ^= 1 << this.random.integer(0, 7)
    }
    return damaged
  }
}
