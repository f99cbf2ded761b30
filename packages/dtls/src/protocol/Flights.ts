/**
 * Sends flights, and sends them again (RFC 6347 section 4.2.4).
 *
 * @since 0.1.0
 */
import { concat } from "../wire/Bytes.ts"
import { ContentType } from "../wire/Constants.ts"
import { encodeFragment, fragmentOf, HANDSHAKE_HEADER_LENGTH, type HandshakeMessage } from "../wire/Handshake.ts"
import { RECORD_HEADER_LENGTH } from "../wire/Record.ts"
import type { FlightItem } from "./Association.ts"
import type { Turn } from "./Turn.ts"

/**
 * Milliseconds until a flight is sent for the second time (RFC 6347 section 4.2.4.1).
 *
 * @since 0.1.0
 * @category constants
 */
export const INITIAL_INTERVAL = 1000

const MAXIMUM_INTERVAL = 60_000

/** After so many timeouts large datagrams seem not to arrive. */
const TIMEOUTS_BEFORE_SMALL = 2

const SMALL_MTU = 508

/**
 * Within this time after sending, a repetition of the other side's flight is not answered: it is older than our answer,
 * or a duplicate, or somebody plays it back to make us send.
 */
const REPETITION_GAP = 400

/** Fragments shorter than this are not worth a record of their own. */
const SMALLEST_FRAGMENT = 64

/** Packs records into datagrams. */
class Packer {
  private readonly turn: Turn
  private readonly mtu: number
  private records: Array<Uint8Array> = []
  private length = 0

  constructor(turn: Turn, mtu: number) {
    this.turn = turn
    this.mtu = mtu
  }

  get space(): number {
    return this.mtu - this.length
  }

  add(record: Uint8Array | undefined): void {
    if (record === undefined) return
    if (record.length > this.space) this.flush()
    this.records.push(record)
    this.length += record.length
  }

  flush(): void {
    if (this.records.length > 0) this.turn.transmit(concat(...this.records))
    this.records = []
    this.length = 0
  }
}

const addMessage = (turn: Turn, packer: Packer, epoch: 0 | 1, message: HandshakeMessage, whole: boolean): void => {
  const overhead = RECORD_HEADER_LENGTH + HANDSHAKE_HEADER_LENGTH + turn.overhead(epoch)
  const { length } = message.body
  let offset = 0
  do {
    const left = length - offset
    if (!whole && packer.space - overhead < Math.min(left, SMALLEST_FRAGMENT)) packer.flush()
    const size = whole ? left : Math.min(left, packer.space - overhead)
    packer.add(turn.seal(ContentType.Handshake, epoch, encodeFragment(fragmentOf(message, offset, size))))
    offset += size
  } while (offset < length)
}

const transmitItems = (turn: Turn, items: ReadonlyArray<FlightItem>, mtu: number): void => {
  const packer = new Packer(turn, mtu)
  for (const item of items) {
    if (item._tag === "ChangeCipherSpec") packer.add(turn.seal(ContentType.ChangeCipherSpec, 0, Uint8Array.of(1)))
    // a ClientHello comes alone and in one piece, since a server that keeps no state cannot put it together
    else addMessage(turn, packer, item.epoch, item.message, items.length === 1 && item.epoch === 0)
  }
  packer.flush()
}

/**
 * Sends a flight for the first time. One that is not the last is sent again until the other side answers.
 *
 * @since 0.1.0
 * @category sending
 */
export const sendFlight = (
  turn: Turn,
  mtu: number,
  items: ReadonlyArray<FlightItem>,
  kind: "answered" | "last" = "answered"
): void => {
  const interval = kind === "last" ? undefined : INITIAL_INTERVAL
  turn.update({ flight: { items, mtu, timeouts: 0, sentAt: turn.now, interval } })
  transmitItems(turn, items, mtu)
}

/**
 * Sends the flight again when its time has come.
 *
 * @since 0.1.0
 * @category sending
 */
export const tickFlight = (turn: Turn): void => {
  const { flight } = turn.state
  if (flight?.interval === undefined || turn.now < flight.sentAt + flight.interval) return
  const timeouts = flight.timeouts + 1
  const mtu = timeouts >= TIMEOUTS_BEFORE_SMALL ? Math.min(flight.mtu, SMALL_MTU) : flight.mtu
  const interval = Math.min(flight.interval * 2, MAXIMUM_INTERVAL)
  turn.update({ flight: { ...flight, mtu, timeouts, interval, sentAt: turn.now } })
  transmitItems(turn, flight.items, mtu)
}

/**
 * Sends the flight again because the other side has repeated its own, so that ours seems to be lost.
 *
 * @since 0.1.0
 * @category sending
 */
export const repeatFlight = (turn: Turn): void => {
  const { flight } = turn.state
  if (flight === undefined || turn.now < flight.sentAt + REPETITION_GAP) return
  turn.update({ flight: { ...flight, sentAt: turn.now } })
  transmitItems(turn, flight.items, flight.mtu)
}
