/**
 * UDP datagrams in capture files: classic pcap, as tcpdump writes it, with Ethernet, Linux cooked, loopback or raw IP
 * frames. Fragments of IP packets are passed over.
 */
import * as NetAddress from "effect/net/NetAddress"
import * as Result from "effect/Result"

export interface Captured {
  /** Seconds since the first packet of the file. */
  readonly time: number
  readonly from: string
  readonly to: string
  readonly fromPort: number
  readonly toPort: number
  readonly bytes: Uint8Array
}

const GLOBAL_HEADER = 24
const RECORD_HEADER = 16

/** Where the IP packet starts in a frame, by link type; `undefined` for types that are not known. */
const linkHeader = (linkType: number): number | undefined => {
  switch (linkType) {
    case 0:
    case 108:
      return 4
    case 1:
      return 14
    case 12:
    case 101:
    case 228:
    case 229:
      return 0
    case 113:
      return 16
    case 276:
      return 20
    default:
      return undefined
  }
}

const MAGICS: ReadonlyMap<number, { readonly littleEndian: boolean; readonly fraction: number }> = new Map([
  [0xa1b2c3d4, { littleEndian: false, fraction: 1e6 }],
  [0xd4c3b2a1, { littleEndian: true, fraction: 1e6 }],
  [0xa1b23c4d, { littleEndian: false, fraction: 1e9 }],
  [0x4d3cb2a1, { littleEndian: true, fraction: 1e9 }]
])

const PCAPNG = 0x0a0d0d0a

export const isPcap = (file: Uint8Array): boolean => {
  if (file.length < 4) return false
  const magic = new DataView(file.buffer, file.byteOffset, 4).getUint32(0)
  return magic === PCAPNG || MAGICS.has(magic)
}

export interface Capture {
  readonly datagrams: ReadonlyArray<Captured>
  /** Whether the file ends in the middle of a packet, which is left out. */
  readonly truncated: boolean
}

/** The UDP datagrams of a pcap file, or why it cannot be read. */
export const read = (file: Uint8Array): Result.Result<Capture, string> => {
  const data = new DataView(file.buffer, file.byteOffset, file.length)
  if (file.length < GLOBAL_HEADER) return Result.fail("the file is shorter than a pcap header")
  const magic = data.getUint32(0)
  if (magic === PCAPNG) return Result.fail("this is a pcapng file: convert it with `editcap -F pcap IN OUT`")
  const format = MAGICS.get(magic)
  if (format === undefined) return Result.fail("this is no pcap file")
  const linkType = data.getUint32(20, format.littleEndian) & 0xffff
  const link = linkHeader(linkType)
  if (link === undefined) return Result.fail(`frames of link type ${linkType} are not supported`)
  const datagrams: Array<Captured> = []
  let start: number | undefined
  for (let offset = GLOBAL_HEADER; offset < file.length;) {
    if (offset + RECORD_HEADER > file.length) return Result.succeed({ datagrams, truncated: true })
    const time = data.getUint32(offset, format.littleEndian) +
      data.getUint32(offset + 4, format.littleEndian) / format.fraction
    const length = data.getUint32(offset + 8, format.littleEndian)
    const frame = offset + RECORD_HEADER
    offset = frame + length
    if (offset > file.length) return Result.succeed({ datagrams, truncated: true })
    start ??= time
    const packet = file.subarray(Math.min(frame + link, offset), offset)
    const datagram = udpOf(packet, time - start)
    if (datagram !== undefined) datagrams.push(datagram)
  }
  return Result.succeed({ datagrams, truncated: false })
}

const udpOf = (packet: Uint8Array, time: number): Captured | undefined => {
  const version = (packet[0] ?? 0) >>> 4
  return version === 4 ? udpOfIpv4(packet, time) : version === 6 ? udpOfIpv6(packet, time) : undefined
}

const UDP = 17

const udpOfIpv4 = (packet: Uint8Array, time: number): Captured | undefined => {
  const header = ((packet[0] ?? 0) & 15) * 4
  if (packet.length < header + 8 || header < 20 || packet[9] !== UDP) return undefined
  const fragment = ((packet[6]! & 0x3f) << 8) | packet[7]!
  if (fragment !== 0) return undefined
  const ip = (offset: number) => NetAddress.formatIp(NetAddress.ipv4FromBytesUnsafe(packet.slice(offset, offset + 4)))
  return datagram(packet.subarray(header), ip(12), ip(16), time)
}

const udpOfIpv6 = (packet: Uint8Array, time: number): Captured | undefined => {
  if (packet.length < 48 || packet[6] !== UDP) return undefined
  const ip = (offset: number) => NetAddress.formatIp(NetAddress.ipv6FromBytesUnsafe(packet.slice(offset, offset + 16)))
  return datagram(packet.subarray(40), ip(8), ip(24), time)
}

const datagram = (udp: Uint8Array, from: string, to: string, time: number): Captured => {
  const word = (offset: number) => (udp[offset]! << 8) | udp[offset + 1]!
  // frames are padded to a least length, and captures cut to a greatest
  const end = Math.min(Math.max(word(4), 8), udp.length)
  return { time, from, to, fromPort: word(0), toPort: word(2), bytes: udp.subarray(8, end) }
}
