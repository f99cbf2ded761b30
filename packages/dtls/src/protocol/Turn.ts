/**
 * The working state of one step: the association that is being made, and what will be given back.
 *
 * @since 0.1.0
 */
import type { Random } from "../crypto/CryptoProvider.ts"
import { AlertDescription, type AlertName, encodeAlert } from "../wire/Alert.ts"
import { ContentType, DTLS_1_2, MAXIMUM_SEQUENCE } from "../wire/Constants.ts"
import { encodeMessage, type HandshakeMessage } from "../wire/Handshake.ts"
import { encodeRecord } from "../wire/Record.ts"
import type { Association } from "./Association.ts"
import type { DropReason, EndReason, Event, Outputs } from "./Output.ts"
import { emptyReassembly } from "./Reassembly.ts"

/**
 * Helpers of a step.
 *
 * @since 0.1.0
 * @category models
 */
export class Turn {
  state: Association
  readonly now: number
  readonly random: Random
  private readonly transmits: Array<Uint8Array> = []
  private readonly events: Array<Event> = []
  private readonly drops: Array<DropReason> = []

  constructor(state: Association, now: number, random: Random) {
    this.state = state
    this.now = now
    this.random = random
  }

  get outputs(): Outputs {
    return { transmits: this.transmits, events: this.events, drops: this.drops }
  }

  get isEnded(): boolean {
    return this.state.phase._tag === "Ended"
  }

  update(change: Partial<Association>): void {
    this.state = { ...this.state, ...change }
  }

  transmit(datagram: Uint8Array): void {
    this.transmits.push(datagram)
  }

  emit(event: Event): void {
    this.events.push(event)
  }

  drop(reason: DropReason): void {
    this.drops.push(reason)
  }

  /** A record with the next sequence number of its epoch. Ends the association when there is none left. */
  seal(type: number, epoch: 0 | 1, plaintext: Uint8Array): Uint8Array | undefined {
    const { recordSequences, writing } = this.state
    const sequence = recordSequences[epoch]
    if (epoch === 1 && writing === undefined) return undefined
    // RFC 6347 section 4.1: the number must not wrap, since a nonce would come again
    if (sequence > MAXIMUM_SEQUENCE) {
      this.end({ _tag: "Exhausted" })
      return undefined
    }
    const [first, second] = recordSequences
    this.update({ recordSequences: epoch === 0 ? [first + 1, second] : [first, second + 1] })
    const header = { type, version: DTLS_1_2, epoch, sequence }
    const fragment = epoch === 0 || writing === undefined ? plaintext : writing.seal(header, plaintext)
    return encodeRecord({ ...header, fragment })
  }

  /** Bytes that a record of an epoch has besides its plaintext. */
  overhead(epoch: 0 | 1): number {
    return epoch === 0 ? 0 : this.state.writing?.overhead ?? 0
  }

  /** A message of ours, which the transcript notes. */
  message(type: number, body: Uint8Array): HandshakeMessage {
    const message = { type, sequence: this.state.sendSequence, body }
    this.update({ sendSequence: message.sequence + 1 })
    this.note(message)
    return message
  }

  note(message: HandshakeMessage): void {
    this.update({ transcript: [...this.state.transcript, encodeMessage(message)] })
  }

  sendAlert(level: "warning" | "fatal", name: AlertName): void {
    const epoch = this.state.writing === undefined ? 0 : 1
    const record = this.seal(ContentType.Alert, epoch, encodeAlert({ level, description: AlertDescription[name] }))
    if (record !== undefined) this.transmit(record)
  }

  sendData(payload: Uint8Array): void {
    const record = this.seal(ContentType.ApplicationData, 1, payload)
    if (record !== undefined) this.transmit(record)
  }

  /** Tells the other side what is wrong, and ends. */
  fail(alert: AlertName, reason: EndReason): void {
    if (this.isEnded) return
    this.sendAlert("fatal", alert)
    this.end(reason)
  }

  /** Ends without a word. Keys and secrets are let go. */
  end(reason: EndReason): void {
    if (this.isEnded) return
    this.update({
      phase: { _tag: "Ended", reason },
      writing: undefined,
      reading: undefined,
      reassembly: emptyReassembly(this.state.reassembly.next),
      flight: undefined,
      transcript: [],
      early: [],
      received: [],
      waiting: [],
      deadline: undefined,
      attemptDeadline: undefined
    })
    this.emit({ _tag: "End", reason })
  }
}
