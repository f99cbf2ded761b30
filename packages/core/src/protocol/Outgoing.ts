/**
 * Commands on their way out (`ENetOutgoingCommand`) and the queues they wait in.
 */
import { type Command, fixedSize, hasPayload } from "../wire/Command.ts"
import { PROTOCOL_COMMAND_FLAG_ACKNOWLEDGE } from "../wire/Constants.ts"
import { ChunkList } from "./collections/ChunkList.ts"
import { Fifo } from "./collections/Fifo.ts"
import { nobody, type Owner } from "./collections/Owner.ts"

/** Never edited: sending a reliable command makes a new record with one more attempt. */
export class Outgoing {
  readonly command: Command
  readonly payload: Uint8Array | undefined
  /** Bytes on the wire without the payload. */
  readonly fixedSize: number
  readonly queueTime: number
  readonly sendAttempts: number
  readonly sentTime: number
  /** Milliseconds until retransmission (`roundTripTimeout`); 0 before the first transmission. */
  readonly roundTripTimeout: number

  private constructor(
    command: Command,
    payload: Uint8Array | undefined,
    fixedSize: number,
    queueTime: number,
    sendAttempts: number,
    sentTime: number,
    roundTripTimeout: number
  ) {
    this.command = command
    this.payload = payload
    this.fixedSize = fixedSize
    this.queueTime = queueTime
    this.sendAttempts = sendAttempts
    this.sentTime = sentTime
    this.roundTripTimeout = roundTripTimeout
  }

  /** A command that was never sent, or so often. */
  static make(command: Command, queueTime: number, sendAttempts = 0, sentTime = 0, roundTripTimeout = 0): Outgoing {
    const payload = hasPayload(command) ? command.payload : undefined
    return new Outgoing(command, payload, fixedSize(command), queueTime, sendAttempts, sentTime, roundTripTimeout)
  }

  get isReliable(): boolean {
    return (this.command.flags & PROTOCOL_COMMAND_FLAG_ACKNOWLEDGE) !== 0
  }

  get payloadSize(): number {
    return this.payload === undefined ? 0 : this.payload.length
  }

  sent(now: number, roundTripTimeout: number): Outgoing {
    return this.after(this.sendAttempts + 1, now, roundTripTimeout)
  }

  timedOut(): Outgoing {
    return this.after(this.sendAttempts, this.sentTime, this.roundTripTimeout * 2)
  }

  private after(sendAttempts: number, sentTime: number, roundTripTimeout: number): Outgoing {
    return new Outgoing(
      this.command,
      this.payload,
      this.fixedSize,
      this.queueTime,
      sendAttempts,
      sentTime,
      roundTripTimeout
    )
  }
}

/**
 * One of a peer's two queues: what waits for retransmission is always in front of what was never sent.
 */
export class OutgoingQueue {
  private readonly owner: Owner
  private resend: ChunkList<Outgoing>
  private fresh: Fifo<Outgoing>

  private constructor(owner: Owner, resend: ChunkList<Outgoing>, fresh: Fifo<Outgoing>) {
    this.owner = owner
    this.resend = resend
    this.fresh = fresh
  }

  static readonly empty = new OutgoingQueue(nobody, ChunkList.empty(), Fifo.empty())

  edit(owner: Owner): OutgoingQueue {
    return this.owner === owner ? this : new OutgoingQueue(owner, this.resend, this.fresh)
  }

  get size(): number {
    return this.resend.size + this.fresh.size
  }

  head(): Outgoing | undefined {
    if (this.resend.size > 0) return this.resend.head()
    return this.fresh.size === 0 ? undefined : (this.fresh = this.fresh.edit(this.owner)).peek()
  }

  shift(): Outgoing | undefined {
    return this.resend.size > 0
      ? (this.resend = this.resend.edit(this.owner)).shift()
      : (this.fresh = this.fresh.edit(this.owner)).shift()
  }

  push(command: Outgoing): void {
    this.fresh = this.fresh.edit(this.owner)
    this.fresh.push(command)
  }

  /** Puts commands whose acknowledgement is overdue in front of everything, in their order. */
  pushRetransmissions(commands: ReadonlyArray<Outgoing>): void {
    this.resend = this.resend.edit(this.owner)
    this.resend.prepend(commands)
  }

  retransmissions(): ChunkList<Outgoing> {
    return this.resend
  }

  editRetransmissions(): ChunkList<Outgoing> {
    return (this.resend = this.resend.edit(this.owner))
  }

  forEach(visit: (command: Outgoing) => void): void {
    this.resend.forEach(visit)
    this.fresh.forEach(visit)
  }
}
