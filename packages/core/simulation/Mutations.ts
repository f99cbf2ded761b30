/**
 * Hostile datagrams: valid ones with something changed, commands with fields that nobody would write, and noise.
 */
import type { SeededRandom } from "@effect-enet/core/testing/SeededRandom"
import { writeUint16, writeUint32 } from "@effect-enet/core/wire/Bytes"
import { type Command, fixedSizes } from "@effect-enet/core/wire/Command"
import { crc32 } from "@effect-enet/core/wire/Crc32"
import { encodeCommand } from "@effect-enet/core/wire/Encode"
import * as Header from "@effect-enet/core/wire/Header"

/** What an attacker knows of its own connection. */
export interface Target {
  readonly peerID: number
  readonly sessionID: number
  readonly connectID: number
  readonly checksum: boolean
  readonly now: number
}

const edges16 = [0, 1, 2, 7, 8, 255, 256, 4095, 4096, 0x7fff, 0x8000, 0xfffe, 0xffff]
const edges32 = [...edges16, 0x10000, 0x100000, 0x100001, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff]

const word = (random: SeededRandom): number =>
  random.chance(0.4) ? random.integer(0, 40) : random.chance(0.5) ? random.pick(edges16) : random.integer(0, 0xffff)

const long = (random: SeededRandom): number =>
  random.chance(0.4) ? random.integer(0, 2_000) : random.chance(0.6) ? random.pick(edges32) : random.word()

const tags: ReadonlyArray<Command["_tag"]> = [
  "Acknowledge",
  "Connect",
  "VerifyConnect",
  "Disconnect",
  "Ping",
  "SendReliable",
  "SendUnreliable",
  "SendFragment",
  "SendUnsequenced",
  "BandwidthLimit",
  "ThrottleConfigure",
  "SendUnreliableFragment"
]

/** A command of any kind, with any values. */
const command = (random: SeededRandom, target: Target): Command => {
  const number = word(random)
  const head = {
    flags: random.pick([0x80, 0x80, 0x80, 0x00, 0x40, 0xc0]),
    channelID: random.chance(0.7) ? random.integer(0, 3) : random.pick([0, 4, 127, 254, 255]),
    reliableSequenceNumber: number
  }
  // an end of the connection ends the attack, so there are few
  let tag = random.pick(tags)
  if (tag === "Disconnect" && random.chance(0.97)) tag = "SendFragment"
  switch (tag) {
    case "Acknowledge":
      return {
        _tag: tag,
        ...head,
        receivedReliableSequenceNumber: number,
        receivedSentTime: random.chance(0.5) ? target.now & 0xffff : word(random)
      }
    case "Connect":
      return { _tag: tag, ...head, ...handshake(random, target), data: long(random) }
    case "VerifyConnect":
      return { _tag: tag, ...head, ...handshake(random, target) }
    case "Disconnect":
      return { _tag: tag, ...head, data: long(random) }
    case "Ping":
      return { _tag: tag, ...head }
    case "SendReliable":
      return { _tag: tag, ...head, payload: payload(random) }
    case "SendUnreliable":
      return { _tag: tag, ...head, unreliableSequenceNumber: word(random), payload: payload(random) }
    case "SendUnsequenced":
      return { _tag: tag, ...head, unsequencedGroup: word(random), payload: payload(random) }
    case "SendFragment":
    case "SendUnreliableFragment":
      return {
        _tag: tag,
        ...head,
        startSequenceNumber: random.chance(0.5) ? number : word(random),
        fragmentCount: long(random),
        fragmentNumber: random.chance(0.7) ? random.integer(0, 3) : long(random),
        totalLength: long(random),
        fragmentOffset: random.chance(0.7) ? random.integer(0, 100) : long(random),
        payload: payload(random)
      }
    case "BandwidthLimit":
      return { _tag: tag, ...head, incomingBandwidth: long(random), outgoingBandwidth: long(random) }
    case "ThrottleConfigure":
      return {
        _tag: tag,
        ...head,
        packetThrottleInterval: long(random),
        packetThrottleAcceleration: long(random),
        packetThrottleDeceleration: long(random)
      }
  }
}

const handshake = (random: SeededRandom, target: Target) => ({
  outgoingPeerID: word(random),
  incomingSessionID: random.pick([0, 1, 2, 3, 4, 255]),
  outgoingSessionID: random.pick([0, 1, 2, 3, 4, 255]),
  mtu: long(random),
  windowSize: long(random),
  channelCount: random.chance(0.7) ? random.integer(1, 255) : long(random),
  incomingBandwidth: long(random),
  outgoingBandwidth: long(random),
  packetThrottleInterval: random.chance(0.7) ? 5_000 : long(random),
  packetThrottleAcceleration: random.chance(0.7) ? 2 : long(random),
  packetThrottleDeceleration: random.chance(0.7) ? 2 : long(random),
  connectID: random.chance(0.5) ? target.connectID : long(random)
})

const payload = (random: SeededRandom): Uint8Array =>
  random.bytes(random.chance(0.8) ? random.integer(0, 20) : random.integer(0, 300))

const scratch = new Uint8Array(70_000)

/** Commands that nobody would write, in a datagram for the attacker's connection. */
const crafted = (random: SeededRandom, target: Target): Uint8Array => {
  const peerID = random.chance(0.85) ? target.peerID : random.pick([0, 1, 2, 7, 8, 63, 4094, 4095])
  let end = Header.encode({
    peerID,
    sessionID: random.chance(0.9) ? target.sessionID : random.integer(0, 3),
    compressed: random.chance(0.03),
    sentTime: random.chance(0.9) ? target.now & 0xffff : undefined
  }, scratch)
  if (target.checksum) end += 4
  for (let count = random.chance(0.7) ? 1 : random.integer(2, 12); count > 0; count--) {
    end = encodeCommand(command(random, target), scratch, end)
  }
  return scratch.slice(0, end)
}

/** A valid datagram with something changed. */
const mutated = (random: SeededRandom, valid: Uint8Array, other: Uint8Array): Uint8Array => {
  let bytes: Uint8Array = valid.slice()
  for (let changes = random.integer(1, 4); changes > 0; changes--) {
    const at = random.integer(0, Math.max(bytes.length - 1, 0))
    switch (random.integer(0, 6)) {
      case 0:
        if (bytes.length > 0) bytes[at]! ^= 1 << random.integer(0, 7)
        break
      case 1:
        if (bytes.length > 0) bytes[at] = random.integer(0, 255)
        break
      case 2:
        if (at + 2 <= bytes.length) writeUint16(bytes, at, random.pick(edges16))
        break
      case 3:
        if (at + 4 <= bytes.length) writeUint32(bytes, at, random.pick(edges32))
        break
      case 4:
        bytes = bytes.slice(0, random.integer(0, bytes.length))
        break
      case 5:
        bytes = joined(bytes.slice(0, at), other.slice(random.integer(0, other.length)))
        break
      default:
        bytes = joined(bytes, random.chance(0.5) ? random.bytes(random.integer(1, 40)) : bytes.slice(Math.min(at, 4)))
    }
  }
  return bytes
}

const joined = (a: Uint8Array, b: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(Math.min(a.length + b.length, 5_000))
  bytes.set(a.slice(0, bytes.length))
  if (a.length < bytes.length) bytes.set(b.slice(0, bytes.length - a.length), a.length)
  return bytes
}

const noise = (random: SeededRandom, target: Target): Uint8Array => {
  const bytes = random.bytes(random.chance(0.9) ? random.integer(0, 120) : random.integer(120, 4_200))
  const start = target.checksum ? 8 : 4
  // otherwise hardly any would reach the attacker's slot and begin with a command
  if (bytes.length > start && random.chance(0.7)) {
    Header.encode({ ...target, compressed: false, sentTime: target.now & 0xffff }, bytes)
    bytes[start] = (bytes[start]! & 0xf0) | random.integer(1, fixedSizes.length - 1)
  }
  return bytes
}

/** Makes the checksum right: an attacker knows the id of its own connection. */
const sealed = (bytes: Uint8Array, connectID: number): Uint8Array => {
  if (bytes.length < 2) return bytes
  const at = Header.headerSize(Header.peerWord(bytes))
  if (bytes.length < at + 4) return bytes
  const id = Header.peerIDOf(Header.peerWord(bytes)) === 0xfff ? 0 : connectID
  writeUint32(bytes, at, id)
  writeUint32(bytes, at, crc32(bytes))
  return bytes
}

/** One hostile datagram; `corpus` is valid traffic of the attacker's connection. */
export const hostile = (random: SeededRandom, target: Target, corpus: ReadonlyArray<Uint8Array>): Uint8Array => {
  const kind = random.next()
  const bytes = kind < 0.5 && corpus.length > 0
    ? mutated(random, random.pick(corpus), random.pick(corpus))
    : kind < 0.9
    ? crafted(random, target)
    : noise(random, target)
  return target.checksum && random.chance(0.9) ? sealed(bytes, target.connectID) : bytes
}
