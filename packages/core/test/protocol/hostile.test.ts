import { Host, type Peer, step } from "@effect-enet/core/protocol"
import { type Command, Crc32 } from "@effect-enet/core/wire"
import { describe, expect, it } from "@effect/vitest"
import { connectedPair, type Node, textOf } from "./Pair.ts"
import { random } from "./random.ts"
import { runLength } from "./runLength.ts"
import {
  ack,
  bandwidthLimit,
  connect,
  datagram,
  disconnect,
  fragment,
  payloadOf,
  ping,
  reliable,
  throttleConfigure,
  unreliable,
  unreliableFragment,
  unsequenced,
  verifyConnect
} from "./segments.ts"

const INPUTS = 20_000
const LIMIT = 8000
const PACKET = 6000
/** What waits out of order, what waits to be fetched, and one packet that both wait for. */
const MOST = 2 * (LIMIT + PACKET) + PACKET

const settings: Host.PartialSettings = {
  // so that peer ids and numbers are known
  proving: undefined,
  budgets: undefined,
  maxPeers: 8,
  maximumWaitingData: LIMIT,
  maximumPacketSize: PACKET,
  duplicatePeers: 4
}

const sum = (dropped: Host.Dropped): number => Object.values(dropped).reduce((a, b) => a + b, 0)

/** Numbers as an attacker likes them. */
const hostileNumbers = (seed: number) => {
  const source = random(seed)
  const { integer, pick } = source
  const number = (limit: number) =>
    pick([0, 1, 2, limit - 1, limit >>> 1, (limit >>> 1) + 1, integer(limit), integer(9)])
  const command = (): Command.Command => {
    const channel = pick([0, 1, 2, 0, 1, 2, 0, 1, 2, 254, 0xff, integer(256)])
    const short = () => number(0x10000)
    const long = () => number(0xffffffff)
    const fields = {
      start: short(),
      count: pick([long(), 1 + integer(40)]),
      number: pick([long(), integer(40)]),
      total: pick([long(), integer(PACKET)]),
      offset: pick([long(), integer(PACKET)]),
      payload: integer(300)
    }
    const made: Command.Command = pick<() => Command.Command>([
      () => ack(short(), short(), channel),
      () => connect({ connectID: integer(9), channelCount: number(300), mtu: long(), outgoingPeerID: short() }),
      () => verifyConnect({ connectID: long() }),
      () => disconnect(long(), short()),
      () => ping(short()),
      () => reliable(channel, short(), integer(300)),
      () => unreliable(channel, short(), short(), integer(300)),
      () => fragment(channel, fields),
      () => unsequenced(channel, short(), integer(300)),
      () => bandwidthLimit(long(), long(), short()),
      () => throttleConfigure(long(), long(), long(), short()),
      () => unreliableFragment(channel, short(), fields)
    ])()
    return { ...made, flags: pick([made.flags, made.flags, 0, 0x40, 0x80, 0xc0]) }
  }
  return { ...source, command }
}

/** Fields that stand for memory, recounted. */
const checkMemory = (peer: Peer): void => {
  let data = 0
  let overhead = 0
  const add = (entry: { readonly length: number; readonly payload?: unknown; readonly reassembly?: unknown }) => {
    data += entry.length
    const reassembly = entry.reassembly as { readonly overhead: number } | undefined
    overhead += 128 + (entry.payload === undefined ? reassembly?.overhead ?? 0 : 0)
  }
  for (const channel of peer.channels) {
    channel?.incomingReliable.forEach(add)
    channel?.incomingUnreliable.forEach(add)
  }
  peer.dispatched.forEach(({ payload }) => add({ length: payload.length, payload }))
  if (data !== peer.totalWaitingData || overhead !== peer.waitingOverhead) {
    throw new Error(`counts ${peer.totalWaitingData} and ${peer.waitingOverhead} of ${data} and ${overhead}`)
  }
  if (data >= MOST || overhead >= 2 * LIMIT + 512) throw new Error(`holds ${data} and ${overhead}`)
  if (peer.reliableDataInTransit < 0 || peer.outgoingQueued < 0) throw new Error("a count is below 0")
}

/** One datagram: it may be counted as dropped once, and every peer that it touched stays within the limits. */
const attack = (node: Node, from: { readonly host: string; readonly port: number }, bytes: Uint8Array): void => {
  const before = node.state
  const { touched } = node.receive(from, bytes)
  const { state } = node
  if (state.totalReceivedPackets !== before.totalReceivedPackets + 1) throw new Error("not counted")
  if (![0, 1].includes(sum(state.dropped) - sum(before.dropped))) throw new Error("dropped more than once")
  for (const slot of touched) checkMemory(state.peers.get(slot)!)
}

const works = ({ client, network, server, toClient, toServer }: ReturnType<typeof connectedPair>): void => {
  network.pass(2000)
  server.takeEvents()
  client.takeEvents()
  client.send(toServer, 0, "still")
  client.send(toServer, 1, payloadOf(5000))
  server.send(toClient, 1, "here")
  network.pass(500)
  const texts = (node: Node) =>
    node.takeEvents().flatMap((event) =>
      event._tag !== "Receive" ? [] : event.payload.length > 99 ? event.payload.length : textOf(event.payload)
    )
  expect([texts(server), texts(client)]).toEqual([["still", 5000], ["here"]])
}

describe("datagrams of strangers", { timeout: 60_000 }, () => {
  for (const [name, more] of [["plain", {}], ["with compressor", { compressor: runLength }]] as const) {
    it(`do no harm to a connection: noise and mutations, ${name}`, () => {
      const pair = connectedPair({ server: { ...settings, ...more }, client: more })
      const { bytes, chance, command, integer, pick } = hostileNumbers(1)
      const { server } = pair
      const start = server.state
      for (let i = 0; i < INPUTS; i++) {
        const peerID = pick([0, 1, 7, 8, 0xffe, 0xfff])
        let input = chance(0.3)
          ? bytes(integer(120))
          : datagram(
            { peerID, sessionID: integer(4), sentTime: chance(0.5) ? integer(0x10000) : undefined },
            Array.from({ length: integer(5) }, command)
          )
        if (chance(0.5) && input.length > 0) input[integer(input.length)] = integer(256)
        if (chance(0.1)) input = input.slice(0, integer(input.length + 1))
        attack(server, { host: `10.0.1.${integer(4)}`, port: integer(3) }, input)
        pair.network.now += integer(2)
        if (i % 50 === 0) {
          pair.network.settle((flight) => flight.to.host === "10.0.0.1")
        }
      }
      const { dropped, totalReceivedPackets } = server.state
      expect(totalReceivedPackets - start.totalReceivedPackets).toBeGreaterThanOrEqual(INPUTS)
      expect(Object.keys(dropped)).toEqual(expect.arrayContaining(["TooShort", "UnknownPeer", "WrongAddress"]))
      works(pair)
    })
  }

  it("are counted by the reason for which they are dropped", () => {
    const { client, network, server } = connectedPair({ server: settings })
    const { bytes, integer, pick } = random(3)
    const session = server.state.peers.get(0)!.link.incomingSessionID
    const expected: Record<string, number> = {}
    for (let i = 0; i < INPUTS; i++) {
      const word = (integer(2) << 15) | (integer(8) === 0 ? 0x4000 : 0) | (integer(4) << 12) | pick([0, 3, 8, 0xffe])
      const input = Uint8Array.of(word >>> 8, word, ...bytes(integer(8)))
      const from = pick([client.address, { ...client.address, port: 1 }])
      const length = pick([input.length, input.length, 0, 1, 5000])
      const given = length > input.length ? new Uint8Array(length) : input.slice(0, length)
      const reason = length === 5000
        ? "TooLong"
        : given.length < 2
        ? "TooShort"
        : (word & 0xfff) >= 8
        ? "UnknownPeer"
        : (word & 0xfff) === 3
        ? "NotConnected"
        : from !== client.address
        ? "WrongAddress"
        : ((word >>> 12) & 3) !== session
        ? "WrongSession"
        : given.length < ((word & 0x8000) === 0 ? 2 : 4)
        ? "TooShort"
        : (word & 0x4000) !== 0
        ? "Compressed"
        : undefined
      // what is believed is not what this test is about
      if (reason === undefined) continue
      expected[reason] = (expected[reason] ?? 0) + 1
      server.receive(from, given)
    }
    expect(server.state.dropped).toEqual(expected)
    expect(Object.keys(expected)).toHaveLength(7)
    network.settle()
  })
})

describe("a connected peer that is hostile", { timeout: 60_000 }, () => {
  for (
    const [name, more] of [
      ["plain", {}],
      ["held packets", { hold: true }]
    ] as const
  ) {
    it(`cannot make the host throw or hold more than its limits (${name})`, () => {
      const pair = connectedPair({ server: settings, channelCount: 3 })
      const { chance, command, integer, pick } = hostileNumbers(2)
      const { client, network, server } = pair
      const other = network.node()
      let connections = 1
      const connectOther = () => {
        other.connect(server, { connectID: ++connections })
        network.settle()
      }
      connectOther()
      if ("hold" in more) server.apply([{ _tag: "HoldIncoming", held: true }])
      let reconnects = 0
      let fullest = 0
      for (let i = 0; i < INPUTS; i++) {
        const peer = server.state.peers.get(1)
        if (peer === undefined || peer.state === 0) {
          reconnects++
          other.state.peers.forEach(({ ref }) => other.apply([{ _tag: "Reset", peer: ref }]))
          connectOther()
          continue
        }
        const commands = Array.from({ length: 1 + integer(4) }, command)
          .filter(({ _tag }) => _tag !== "Disconnect" || chance(0.05))
        const input = datagram({
          peerID: 1,
          sessionID: peer.link.incomingSessionID,
          sentTime: network.now - integer(100)
        }, commands)
        attack(server, other.address, input)
        fullest = Math.max(fullest, server.state.peers.get(1)!.totalWaitingData)
        network.now += integer(3)
        if (i % 10 === 0) server.apply([{ _tag: "Service" }])
        // a held peer's packets are fetched late, and so is its end
        if (i % 500 === 0) {
          const ref = { slot: 1, connection: peer.connection }
          server.apply([{ _tag: "Receive", peer: ref, packets: Infinity, bytes: Infinity }, { _tag: "Dispatch" }])
        }
        if (i % 30 === 0) {
          network.inFlight = network.inFlight.filter(({ to }) => to !== other.address)
          client.service()
          network.deliver()
          server.service()
        }
        if (i % 300 === 0) {
          const send = {
            _tag: "Broadcast",
            channelID: 0,
            packet: { payload: payloadOf(100), flags: pick([0, 1]) }
          } as const
          server.apply([send])
        }
      }
      expect(reconnects).toBeLessThan(INPUTS / 10)
      expect(fullest).toBeGreaterThan(LIMIT / 2)
      expect(server.state.connectedPeers).toBeGreaterThan(0)
      const gone = server.state.peers.get(1)!
      server.apply([
        { _tag: "Reset", peer: { slot: 1, connection: gone.connection } },
        { _tag: "BandwidthLimit", incoming: 0, outgoing: 0 }
      ])
      works(pair)
    })
  }

  it("cannot fill the memory with empty packets, fragments or half groups", () => {
    const { client, server, toClient } = connectedPair({ server: settings, channelCount: 200 })
    const at = { peerID: toClient.slot, sentTime: 1 }
    for (let i = 0; i < 2000; i++) {
      const channel = i % 200
      attack(
        server,
        client.address,
        datagram(at, [
          reliable(channel, 2 + Math.floor(i / 200), ""),
          unreliable(channel, 5, i + 1, ""),
          unreliableFragment(channel, 0, {
            start: i + 1,
            count: 1000,
            number: i % 1000,
            total: 1000,
            offset: i % 1000,
            payload: 1
          }),
          fragment(channel, { start: 100 + i, count: 1000, number: i % 999, total: 1000, offset: i % 999, payload: 1 })
        ])
      )
    }
    const peer = server.state.peers.get(toClient.slot)!
    expect(peer.totalWaitingData).toBeLessThan(MOST)
    expect(peer.waitingOverhead).toBeLessThan(LIMIT + 512)
  })

  it("with a checksum, noise is not even looked at", () => {
    const more = { checksum: Crc32.crc32 }
    const pair = connectedPair({ server: { ...settings, ...more }, client: more })
    const { bytes, integer } = random(4)
    const before = pair.server.state.peers.get(0)
    const session = before!.link.incomingSessionID
    for (let i = 0; i < INPUTS; i++) {
      pair.server.receive(pair.client.address, Uint8Array.of(0x80 | (session << 4), 0, ...bytes(6 + integer(40))))
    }
    expect(pair.server.state.peers.get(0)).toBe(before)
    expect(pair.server.state.dropped).toEqual({ Checksum: INPUTS })
    works(pair)
  })
})

describe("a host without connections", { timeout: 60_000 }, () => {
  it("stays empty under noise", () => {
    const { bytes, integer } = random(5)
    let state = Host.make(settings)
    for (let i = 0; i < INPUTS; i++) {
      const input = {
        _tag: "Datagram",
        address: { host: "10.0.0.9", port: integer(9) },
        bytes: bytes(integer(60))
      } as const
      state = step(state, [input], 1000 + i).state
    }
    expect(state.takenSlots).toBe(0)
    expect(sum(state.dropped)).toBe(INPUTS)
  })
})
