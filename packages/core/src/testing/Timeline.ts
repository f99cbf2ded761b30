/**
 * What happened on a network, for people: one line for each thing that happened to a datagram, with the commands in it.
 *
 * @since 0.1.0
 */
import type { Command } from "../wire/Command.ts"
import { decodeDatagram } from "../wire/Decode.ts"
import { describe as describeCommand } from "../wire/Describe.ts"
import type { Fate, PacketRecord } from "./NetworkEmulator.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface TimelineOptions {
  /** Whether the hosts use a checksum: datagrams do not say so. Default false. */
  readonly checksum?: boolean | undefined
}

const fates: { readonly [Key in Fate]: string } = {
  sent: "sent",
  delivered: "delivered",
  lost: "LOST",
  lostInBurst: "LOST in a burst",
  queueFull: "LOST, queue full",
  partitioned: "LOST, partition",
  unreachable: "LOST, nobody there",
  corrupted: "corrupted",
  duplicated: "duplicated",
  reordered: "held up"
}

/** A command in a few words. */
const commandText = (command: Command): string => {
  const { details, kind, number } = describeCommand(command)
  return details.length > 0 ? `${kind} ${number} ${details}` : `${kind} ${number}`
}

/** Runs of acknowledgements and pings are many; what they say fits few words. */
const joined = (texts: ReadonlyArray<string>): string =>
  texts.length <= 12 ? texts.join(", ") : `${texts.slice(0, 12).join(", ")}, and ${texts.length - 12} more`

/**
 * The datagram in words: to which slot and session, when it was sent on the sender's clock, and its commands.
 *
 * @since 0.1.0
 * @category formatting
 */
export const describe = (bytes: Uint8Array, options?: TimelineOptions): string => {
  const datagram = decodeDatagram(bytes, { checksum: options?.checksum === true })
  if (datagram === undefined) return "not ENet"
  const { commands, end, header } = datagram
  const slot = header.peerID === 0xfff ? "nobody" : `slot ${header.peerID}/${header.sessionID}`
  const time = header.sentTime === undefined ? "" : ` @${header.sentTime}`
  if (header.compressed) return `to ${slot}${time}: compressed`
  const rest = end < bytes.length ? `, then ${bytes.length - end} B that are no command` : ""
  return `to ${slot}${time}: ${joined(commands.map((command) => commandText(command)))}${rest}`
}

/**
 * A record as one line: time in seconds, number, sender and receiver, fate, size, and what is in it.
 *
 * @since 0.1.0
 * @category formatting
 */
export const formatRecord = (record: PacketRecord, options?: TimelineOptions): string => {
  const time = (record.time / 1000).toFixed(3).padStart(10)
  const route = `${record.from} > ${record.to}`.padEnd(36)
  const line = `${time}  #${String(record.id).padEnd(6)} ${route} ${fates[record.fate].padEnd(18)}`
  return record.fate === "sent" || record.fate === "corrupted"
    ? `${line} ${String(record.bytes.length).padStart(4)} B ${describe(record.bytes, options)}`
    : line.trimEnd()
}

/**
 * All records, a line each.
 *
 * @since 0.1.0
 * @category formatting
 */
export const format = (records: ReadonlyArray<PacketRecord>, options?: TimelineOptions): string =>
  records.map((record) => `${formatRecord(record, options)}\n`).join("")
