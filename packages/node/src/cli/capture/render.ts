/**
 * Datagrams and events as lines for people: one for the datagram, and one for each of its commands.
 */
import type { Compressor } from "@effect-enet/core/Compressor"
import type { Output } from "@effect-enet/core/protocol"
import { Bytes, Constants, Decode, Describe, Header } from "@effect-enet/core/wire"

/** A datagram of a capture or a recording. */
export interface Seen {
  /** Seconds. */
  readonly time: number
  readonly from: string
  readonly to: string
  readonly bytes: Uint8Array
}

export interface RenderOptions {
  readonly color: boolean
  /** Whether the datagrams have a checksum: they do not say so. */
  readonly checksum: boolean
  /** What compressed datagrams were compressed with, likewise. */
  readonly compressor: Compressor | undefined
}

const styles = { dim: 2, green: 32, yellow: 33, blue: 34, cyan: 36, red: 31 } as const
type Style = keyof typeof styles

const painter = (color: boolean) => (style: Style, text: string) =>
  color ? `\u001b[${styles[style]}m${text}\u001b[0m` : text

const styleOf = (kind: string): Style =>
  kind === "ack" || kind === "ping"
    ? "dim"
    : kind === "CONNECT" || kind === "VERIFY_CONNECT"
    ? "green"
    : kind === "DISCONNECT"
    ? "red"
    : kind.startsWith("un")
    ? "yellow"
    : "cyan"

const seconds = (time: number) => time.toFixed(3).padStart(9)

/** What is known of the header: the slot at the receiver, the session, the sender's clock. */
const headerText = ({ compressed, peerID, sentTime, sessionID }: {
  readonly compressed: boolean
  readonly peerID: number
  readonly sentTime: number | undefined
  readonly sessionID: number
}) =>
  (peerID === 0xfff ? "to nobody" : `to slot ${peerID} session ${sessionID}`) +
  (sentTime === undefined ? "" : ` sent at ${sentTime}`) + (compressed ? " compressed" : "")

/** The datagram with its commands as they were before they were compressed; as it is when it was not, or by others. */
const unpacked = (bytes: Uint8Array, { checksum, compressor }: RenderOptions): Uint8Array => {
  if (compressor === undefined || bytes.length < 2 || !Header.isCompressed(Header.peerWord(bytes))) return bytes
  const start = Header.headerSize(Header.peerWord(bytes)) + (checksum ? 4 : 0)
  if (bytes.length < start) return bytes
  const plain = new Uint8Array(Constants.PROTOCOL_MAXIMUM_MTU)
  const room = plain.length - start
  const length = compressor.decompress(Bytes.view(bytes, start, bytes.length - start), Bytes.view(plain, start, room))
  if (length === 0) return bytes
  plain.set(Bytes.view(bytes, 0, start))
  return plain.subarray(0, start + length)
}

export interface Rendered {
  readonly lines: ReadonlyArray<string>
  /** It is marked as compressed, and what the compressor makes of it, if there is one, are not commands. */
  readonly isSealed: boolean
}

export const renderDatagram = (seen: Seen, options: RenderOptions): Rendered => {
  const paint = painter(options.color)
  const head = `${paint("dim", seconds(seen.time))}  ${seen.from} > ${seen.to}  ${seen.bytes.length} B`
  const bytes = unpacked(seen.bytes, options)
  const datagram = Decode.decodeDatagram(bytes, { checksum: options.checksum })
  if (datagram === undefined) return { lines: [`${head}  ${paint("red", "not ENet")}`], isSealed: false }
  const { commands, end, header } = datagram
  const lines = [`${head}  ${headerText(header)}`]
  if (header.compressed && bytes === seen.bytes) return { lines, isSealed: true }
  for (const command of commands) {
    const { details, kind, number } = Describe.describe(command)
    lines.push(`           ${paint(styleOf(kind), kind.padEnd(19))} ${number.padStart(9)}  ${details}`.trimEnd())
  }
  const rest = bytes.length - end
  if (rest > 0) lines.push(`           ${paint("red", `${rest} B that are no command`)}`)
  return { lines, isSealed: header.compressed && rest > 0 }
}

export const eventLine = (time: number, event: Output.Event, options: RenderOptions): string => {
  const paint = painter(options.color)
  const head = `${paint("dim", seconds(time))}  `
  const peer = `peer ${event.peer.slot}`
  switch (event._tag) {
    case "Connect":
      return `${head}${paint("green", "event")} connect ${peer} data ${event.data}`
    case "Receive":
      return `${head}${paint("green", "event")} receive ${peer} channel ${event.channelID} ${event.payload.length} B`
    case "Disconnect":
      return `${head}${paint("green", "event")} disconnect ${peer} data ${event.data} (${event.reason.toLowerCase()})`
  }
}
