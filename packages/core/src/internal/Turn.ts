/**
 * When what a host has to send leaves: with what it answers, or gathered at the end of a turn of the event loop.
 *
 * One datagram at a time is answered at once. Where they come one on the heels of the other, they gather, and so do
 * acknowledgements and answers: a step and a datagram for each would cost several times as much. What brings neither packets
 * nor room for any, pings and acknowledgements, is answered where it comes (`arrivals.ts`).
 */

/**
 * A datagram that comes sooner after the work on the one before had been waiting in the socket, and others may still be.
 * The time at which nothing of ours had to be done is what counts, so that a slow machine is not mistaken for a burst.
 */
const BURST_NANOS = 5000

export class Turn {
  /** Something is to be sent, at the end of the turn at the latest. */
  isDirty = false
  /** Datagrams are worked on; the application may answer before that ends. */
  isReceiving = false
  /** Whether more datagrams are expected within this turn; at its end they are given one more round. */
  private gathering: "no" | "begun" | "ending" = "no"
  private idleSince = -Infinity

  /** Whether a datagram that comes at `nanos` is one of several. */
  isBurst(nanos: number): boolean {
    return this.isDirty || nanos - this.idleSince < BURST_NANOS
  }

  /** The datagrams that were there are worked off. */
  received(nanos: number, gathers: boolean): void {
    this.idleSince = nanos
    if (gathers && this.gathering === "no") this.gathering = "begun"
  }

  /** The end of a turn: whether it is time to send. */
  end(): boolean {
    if (this.gathering !== "begun") return this.isDirty
    this.gathering = "ending"
    return false
  }

  sent(): void {
    this.isDirty = false
    this.gathering = "no"
  }
}
