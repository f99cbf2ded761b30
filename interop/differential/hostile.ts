/**
 * Forged datagrams: from someone who knows a connection's address, slot, session and connectID, or nearly so.
 */
import { type Peer, PeerState } from "@effect-enet/core/protocol"
import { Bytes, type Command, Crc32, Encode, Header } from "@effect-enet/core/wire"
import type { Flight, Ours } from "./ours.ts"
import { pattern } from "./pattern.ts"
import type { Random } from "./random.ts"

type AnyCommand = Command.Command
type Channel = NonNullable<Peer["channels"][number]>

const { PeerState: State } = PeerState

const WINDOW = 4096
const scratch = new Uint8Array(1 << 16)

const u16 = (value: number): number => value & 0xffff

/** A number where something changes: just behind the last one, at the edges of windows, or anywhere. */
const sequenceNumber = (random: Random, last: number): number => {
  const window = Math.floor(last / WINDOW) * WINDOW
  return u16(random.weighted([
    [12, last + random.between(1, 4)],
    [3, last - random.between(0, 3)],
    [6, window + random.pick([1, 6, 7, 8, 9, 15]) * WINDOW + random.between(-2, 1)],
    [2, last + random.between(1, 6) * WINDOW],
    [1, random.below(0x10000)],
    [1, random.pick([0, 1, 0xffff, 0x8000, 0x7fff])]
  ]))
}

const bandwidth = (random: Random): number =>
  random.weighted([
    [40, 0],
    [40, random.pick([1, 1000, 57_600, 65_535, 65_536])],
    [2, random.pick([131_072, 1_000_000])],
    [1, random.next()]
  ])

const payload = (random: Random): Uint8Array =>
  pattern(random.weighted([[1, 0], [6, random.between(1, 30)], [1, random.between(30, 600)]]), random.below(4))

interface Aim {
  readonly random: Random
  readonly peer: Peer
  readonly channelID: number
  readonly channel: Channel
  readonly now: number
}

const acknowledge = ({ now, peer, random }: Aim): AnyCommand => {
  const inFlight: Array<{ readonly command: AnyCommand }> = []
  peer.sentReliable.forEach((outgoing) => inFlight.push(outgoing))
  const hit = inFlight.length > 0 && random.chance(0.7) ? random.pick(inFlight).command : undefined
  const number = hit?.reliableSequenceNumber ?? random.weighted([[3, random.below(8)], [1, random.below(0x10000)]])
  const age = random.weighted([
    [8, random.below(400)],
    [1, -random.between(1, 50)],
    [1, 0x8000 + random.between(-2, 2)],
    [1, random.below(0x10000)]
  ])
  return {
    _tag: "Acknowledge",
    flags: 0,
    channelID: hit?.channelID ?? random.pick([0xff, 0, 1]),
    reliableSequenceNumber: random.chance(0.9) ? number : random.below(0x10000),
    receivedReliableSequenceNumber: number,
    receivedSentTime: u16(now - age)
  }
}

const handshake = ({ peer, random }: Aim) => {
  const { link } = peer
  const exact = random.chance(0.6)
  return {
    flags: 0x80,
    channelID: 0xff,
    reliableSequenceNumber: 1,
    outgoingPeerID: random.weighted([[8, random.below(4)], [1, random.below(0x10000)]]),
    incomingSessionID: random.weighted([[4, random.below(4)], [2, 0xff], [1, random.below(256)]]),
    outgoingSessionID: random.weighted([[4, random.below(4)], [2, 0xff], [1, random.below(256)]]),
    mtu: random.weighted([[4, link.mtu], [2, random.between(500, 1500)], [1, random.next()]]),
    windowSize: random.weighted([[2, 65_536], [2, random.below(100_000)], [1, random.next()]]),
    channelCount: random.weighted([[8, random.between(1, 6)], [1, 255], [1, 256], [1, 0]]),
    incomingBandwidth: bandwidth(random),
    outgoingBandwidth: bandwidth(random),
    packetThrottleInterval: exact ? link.packetThrottleInterval : random.pick([0, 1, 5000, random.next()]),
    packetThrottleAcceleration: exact ? link.packetThrottleAcceleration : random.below(10),
    packetThrottleDeceleration: exact ? link.packetThrottleDeceleration : random.below(10),
    connectID: exact ? link.connectID : random.next()
  }
}

const fragment = ({ channel, channelID, random }: Aim, reliable: boolean): AnyCommand => {
  const delivered = channel.incomingReliableSequenceNumber
  const fragmentCount = random.weighted([[1, 1], [4, 2], [4, 3], [1, random.between(1, 40)], [0.2, random.next()]])
  const fragmentNumber = random.weighted([
    [18, random.below(Math.min(fragmentCount, 1 << 20))],
    [1, fragmentCount],
    [1, random.next()]
  ])
  const part = random.between(1, 20)
  const bytes = pattern(part, random.below(4))
  const regular = random.chance(0.8)
  const totalLength = regular ? fragmentCount * 20 : random.pick([0, 1, 50, 5000, random.next()])
  const fragmentOffset = regular ? fragmentNumber * 20 : random.below(100)
  const start = reliable
    ? sequenceNumber(random, delivered)
    : u16(channel.incomingUnreliableSequenceNumber + random.between(-2, 6))
  return {
    _tag: reliable ? "SendFragment" : "SendUnreliableFragment",
    flags: reliable ? 0x80 : 0,
    channelID,
    reliableSequenceNumber: reliable
      ? u16(start + (random.chance(0.9) ? fragmentNumber : random.below(0x10000)))
      : random.weighted([[3, delivered], [1, sequenceNumber(random, delivered)]]),
    startSequenceNumber: start,
    fragmentCount,
    fragmentNumber,
    totalLength: totalLength >>> 0,
    fragmentOffset: fragmentOffset >>> 0,
    payload: bytes
  }
}

const unsequencedGroup = (random: Random, base: number): number =>
  u16(
    base +
      random.weighted([
        [8, random.below(1100)],
        [2, random.pick([1023, 1024, 1025, 2047, 2048, 32_767, 32_768, 32_769])],
        [1, -random.between(1, 1100)],
        [1, random.below(0x10000)]
      ])
  )

const data = (aim: Aim): AnyCommand => {
  const { channel, channelID, peer, random } = aim
  const delivered = channel.incomingReliableSequenceNumber
  switch (random.below(5)) {
    case 0:
      return {
        _tag: "SendReliable",
        flags: 0x80,
        channelID,
        reliableSequenceNumber: sequenceNumber(random, delivered),
        payload: payload(random)
      }
    case 1:
      return {
        _tag: "SendUnreliable",
        flags: 0,
        channelID,
        reliableSequenceNumber: random.weighted([[3, delivered], [2, sequenceNumber(random, delivered)]]),
        unreliableSequenceNumber: u16(channel.incomingUnreliableSequenceNumber + random.between(-3, 6)),
        payload: payload(random)
      }
    case 2:
      return {
        _tag: "SendUnsequenced",
        flags: 0x40,
        channelID,
        reliableSequenceNumber: random.chance(0.9) ? 0 : random.below(0x10000),
        unsequencedGroup: unsequencedGroup(random, peer.incomingUnsequencedGroup),
        payload: payload(random)
      }
    default:
      return fragment(aim, random.chance(0.5))
  }
}

const control = (aim: Aim): AnyCommand => {
  const { random } = aim
  const plain = { flags: 0x80, channelID: 0xff, reliableSequenceNumber: random.below(0x10000) }
  switch (
    random.weighted([[3, "ping"], [2, "bandwidth"], [2, "throttle"], [1, "disconnect"], [1, "connect"], [2, "verify"]])
  ) {
    case "bandwidth": {
      const [incomingBandwidth, outgoingBandwidth] = [bandwidth(random), bandwidth(random)]
      return { _tag: "BandwidthLimit", ...plain, incomingBandwidth, outgoingBandwidth }
    }
    case "throttle":
      return {
        _tag: "ThrottleConfigure",
        ...plain,
        packetThrottleInterval: random.pick([0, 1, 100, 5000]),
        packetThrottleAcceleration: random.weighted([[8, random.below(40)], [1, random.next()]]),
        packetThrottleDeceleration: random.weighted([[8, random.below(40)], [1, random.next()]])
      }
    case "disconnect":
      return { _tag: "Disconnect", ...plain, flags: random.pick([0x80, 0x80, 0x40, 0]), data: random.next() }
    case "connect":
      return { _tag: "Connect", ...handshake(aim), data: random.next() }
    case "verify":
      return { _tag: "VerifyConnect", ...handshake(aim) }
    default:
      return { _tag: "Ping", ...plain }
  }
}

const command = (aim: Aim): AnyCommand => {
  const { random } = aim
  const made = random.weighted([[4, acknowledge], [8, data], [2, control]])(aim)
  if (random.chance(0.9)) return made
  return { ...made, flags: random.pick([0, 0x80, 0x40, 0xc0, 0x90, 0xb0]) }
}

/** Puts the right checksum into a datagram, most of the time. */
const seal = (random: Random, bytes: Uint8Array, peer: Peer | undefined): void => {
  const word = Header.peerWord(bytes)
  const offset = Header.headerSize(word)
  // the checksum of a compressed datagram is that of its plain form: it stays
  if (bytes.length < offset + 4 || Header.isCompressed(word) || random.chance(0.05)) return
  const known = peer !== undefined && Header.peerIDOf(word) === peer.slot
  Bytes.writeUint32(bytes, offset, known ? peer.link.connectID : 0)
  Bytes.writeUint32(bytes, offset, Crc32.crc32(bytes))
}

const address = (random: Random, host: Ours, peer: Peer | undefined) => {
  const right = peer?.link.address ?? { host: "10.0.0.2", port: 5001 }
  return random.weighted([
    [20, right],
    [1, { host: right.host, port: 6000 }],
    [1, { host: "10.7.7.7", port: right.port }],
    [0.5, host.address]
  ])
}

const compose = (random: Random, peer: Peer, checksum: boolean, now: number): Uint8Array => {
  const spare = peer.channel(0xff)
  const timed = random.chance(0.9)
  let end = Header.encode({
    peerID: random.weighted([[16, peer.slot], [1, 0xfff], [1, random.below(8)]]),
    sessionID: random.chance(0.95) ? peer.link.incomingSessionID & 3 : random.below(4),
    compressed: random.chance(0.01),
    sentTime: timed ? u16(now - random.below(100)) : undefined
  }, scratch)
  if (checksum) end += 4
  const isRequest = Header.peerIDOf(Header.peerWord(scratch)) === 0xfff
  for (let count = random.weighted([[6, 1], [3, 3], [1, 8]]); count > 0 && end < 3000; count--) {
    const channels = Math.max(peer.link.channelCount, 1)
    const channelID = random.chance(0.95) ? random.below(channels) : random.below(256)
    const aim = { random, peer, channelID, channel: peer.channels[channelID] ?? spare, now }
    const next: AnyCommand = isRequest && random.chance(0.8)
      ? { _tag: "Connect", ...handshake(aim), data: random.next() }
      : peer.state === State.Connecting && random.chance(0.5)
      ? { _tag: "VerifyConnect", ...handshake(aim) }
      : command(aim)
    end = Encode.encodeCommand(next, scratch, end)
  }
  return scratch.slice(0, end)
}

/** Changes a datagram that a host has sent. */
const mutate = (random: Random, original: Uint8Array, other: Uint8Array, checksum: boolean): Uint8Array => {
  const head = Header.headerSize(Header.peerWord(original)) + (checksum ? 4 : 0)
  switch (random.below(4)) {
    case 0:
      return original.slice(0, random.between(head, original.length))
    case 1: {
      const skip = Header.headerSize(Header.peerWord(other)) + (checksum ? 4 : 0)
      return Uint8Array.from([...original, ...other.subarray(skip)]).slice(0, 4096)
    }
    case 2:
      return original.slice()
    default: {
      const bytes = original.slice()
      for (let count = random.between(1, 3); count > 0; count--) {
        const first = random.chance(0.1) ? 0 : head
        bytes[first + random.below(Math.max(1, Math.min(bytes.length - first, 64)))] = random.below(256)
      }
      return bytes
    }
  }
}

const finish = (
  random: Random,
  host: Ours,
  peer: Peer | undefined,
  from: Flight["from"],
  bytes: Uint8Array,
  checksum: boolean
): Flight => {
  if (checksum) seal(random, bytes, peer)
  return { from, to: host.address, bytes, hex: Buffer.from(bytes).toString("hex") }
}

/** A datagram to `host` that no honest remote has sent, from an address that may be right. */
export const forge = (
  random: Random,
  host: Ours,
  seen: ReadonlyArray<Flight>,
  checksum: boolean,
  now: number
): Flight | undefined => {
  const used = host.used().filter((slot) => host.stateOf(slot) !== State.Zombie)
  const peer = used.length === 0 ? undefined : host.state.peers.get(random.pick(used))
  const original = seen.length === 0 ? undefined : random.pick(seen)
  if (original === undefined || (peer !== undefined && random.chance(0.7))) {
    return peer === undefined
      ? undefined
      : finish(random, host, peer, address(random, host, peer), compose(random, peer, checksum, now), checksum)
  }
  const from = random.chance(0.9) ? original.from : address(random, host, peer)
  return finish(random, host, peer, from, mutate(random, original.bytes, random.pick(seen).bytes, checksum), checksum)
}
