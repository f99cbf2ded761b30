/**
 * How much of a host's time goes to those who only ask for a connection: a flood of requests must not take it from peers.
 */

/** So many requests per second are looked at, whatever that takes, and so many at once. */
const PER_SECOND = 20_480
const AT_ONCE = 4096

/** Others are as long as all of them take no more than this share of the time. Sending answers takes about as much again. */
const SHARE = 0.125
/** Nanoseconds that may be spent at once, and owed. */
const BURST = 25e6

export class Strangers {
  /** Requests for which there was no time. */
  turnedAway = 0
  private tokens = AT_ONCE
  private left = BURST
  private taken = 0
  private begunAt = 0

  /** Datagrams are looked at from now on. */
  begin(nanos: number): void {
    const passed = nanos - this.begunAt
    this.tokens = Math.min(this.tokens + (passed * PER_SECOND) / 1e9, AT_ONCE)
    this.left = Math.min(this.left + passed * SHARE, BURST)
    this.begunAt = nanos
    this.taken = 0
  }

  /** Whether there is time for another request. */
  take(): boolean {
    const isTaken = this.tokens >= 1 || this.left > 0
    if (isTaken) this.taken++
    else this.turnedAway++
    if (this.tokens >= 1) this.tokens--
    return isTaken
  }

  get hasTaken(): boolean {
    return this.taken > 0
  }

  /** So many datagrams have been worked on, requests among them. */
  end(nanos: number, worked: number): void {
    this.left = Math.max(this.left - ((nanos - this.begunAt) * this.taken) / worked, -BURST)
  }
}
