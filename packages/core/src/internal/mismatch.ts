/**
 * Why a connection does not come about: both sides must have the same compressor and the same checksum, and nothing on
 * the wire says which. A host ignores what it cannot read, so what is left are guesses, but good ones.
 */
import type { Dropped, Settings } from "../protocol/Host.ts"

type Hooks = Pick<Settings, "checksum" | "compressor">

interface Hint {
  readonly hint?: string
}

/** What to try, from the datagrams that came and could not be read, and from what this host uses. */
export const timeoutHint = (unreadable: Dropped, { checksum, compressor }: Hooks): Hint => {
  if (unreadable.Compressed !== undefined) {
    return { hint: "its datagrams are compressed, and this host has no compressor; provide the one that it uses" }
  }
  if (unreadable.Decompression !== undefined) {
    return { hint: "its datagrams cannot be decompressed; provide the compressor that it uses" }
  }
  if (unreadable.Checksum !== undefined) {
    return { hint: "its datagrams have a wrong checksum; both sides must use the same, or none" }
  }
  if (
    unreadable.Malformed !== undefined || unreadable.Unacceptable !== undefined ||
    unreadable.NotAcknowledgeable !== undefined
  ) {
    const perhaps = compressor === undefined ? [] : ["another compressor"]
    if (checksum === undefined) perhaps.push("a checksum")
    const uses = perhaps.length === 0 ? "" : ` it uses ${perhaps.join(" or ")}, or`
    return { hint: `its datagrams make no sense; perhaps${uses} it does not speak ENet 1.3` }
  }
  // A CONNECT that the remote cannot read is met with silence.
  const own: Array<string> = []
  if (compressor !== undefined) own.push("compressor")
  if (checksum !== undefined) own.push("checksum")
  return own.length === 0 ? {} : { hint: `if it is there, it may not use the same ${own.join(" and ")} as this host` }
}

/** Not every decompressor notices that a datagram is none of its own; what it makes of it can look like an answer. */
export const rejectionHint = ({ checksum, compressor }: Hooks): Hint =>
  compressor === undefined || checksum !== undefined ? {} : { hint: "perhaps it uses another compressor" }
