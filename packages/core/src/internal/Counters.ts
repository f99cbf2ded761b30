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
  private poppedOverflow = 0
  private poppedWrites = 0
  private poppedRequests = 0
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
    const overflowed = this.socket.overflowed() - this.poppedOverflow
    const turnedAway = this.strangers.turnedAway - this.poppedRequests
    const unsent = this.lostDatagrams + this.socket.failedWrites() - this.poppedWrites
    return {
      sentData: state.totalSentData,
      sentPackets: state.totalSentPackets,
      receivedData: state.totalReceivedData,
      receivedPackets: state.totalReceivedPackets,
      dropped: {
        ...state.dropped,
        ...(overflowed > 0 ? { ReceiveQueueFull: overflowed } : {}),
        ...(turnedAway > 0 ? { Overloaded: turnedAway } : {}),
        ...(unsent > 0 ? { NotSent: unsent } : {})
      },
      connectedPeers: state.connectedPeers,
      steps: this.steps,
      stepTime: this.timedSteps === 0 ? 0 : this.nanos / this.timedSteps / 1000
    }
  }

  reset(): void {
    this.poppedOverflow = this.socket.overflowed()
    this.poppedRequests = this.strangers.turnedAway
    this.poppedWrites = this.socket.failedWrites()
    this.lostDatagrams = 0
    this.steps = 0
    this.timedSteps = 0
    this.nanos = 0
  }
}
