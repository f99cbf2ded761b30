/**
 * What a host counts besides the protocol's own totals, since it was made or since the last pop.
 */
import type { HostStatistics } from "../EnetHost.ts"
import type * as Host from "../protocol/Host.ts"
import type { SocketLoop } from "./SocketLoop.ts"
import type { Strangers } from "./Strangers.ts"

/** One step in so many is timed: looking at the clock twice would cost a small step a tenth of its time. */
const TIMED = 16

export class Counters {
  /** Datagrams that the socket had no room for. */
  lostDatagrams = 0
  private steps = 0
  private timedSteps = 0
  private nanos = 0
  private popped: Readonly<Record<string, number>> = {}
  private readonly socket: SocketLoop
  private readonly strangers: Strangers

  constructor(socket: SocketLoop, strangers: Strangers) {
    this.socket = socket
    this.strangers = strangers
  }

  /** Counts a step; whether it is to be timed. */
  beginStep(): boolean {
    return this.steps++ % TIMED === 0
  }

  stepTook(nanos: number): void {
    this.timedSteps++
    this.nanos += nanos
  }

  statistics(state: Host.Host): HostStatistics {
    const outside = Object.entries(this.outside()).map(([reason, count]) =>
      [reason, count - (this.popped[reason] ?? 0)] as const
    )
    return {
      sentData: state.totalSentData,
      sentPackets: state.totalSentPackets,
      receivedData: state.totalReceivedData,
      receivedPackets: state.totalReceivedPackets,
      dropped: {
        ...state.dropped,
        ...Object.fromEntries(outside.filter(([, count]) => count > 0))
      },
      connectedPeers: state.connectedPeers,
      steps: this.steps,
      stepTime: this.timedSteps === 0 ? 0 : this.nanos / this.timedSteps / 1000
    }
  }

  reset(): void {
    this.popped = this.outside()
    this.steps = 0
    this.timedSteps = 0
    this.nanos = 0
  }

  /** What was dropped outside of the protocol, since the host was made. */
  private outside(): Readonly<Record<string, number>> {
    return {
      ReceiveQueueFull: this.socket.overflowed(),
      Overloaded: this.strangers.turnedAway,
      NotSent: this.lostDatagrams + this.socket.failedWrites(),
      ...this.socket.dropped()
    }
  }
}
