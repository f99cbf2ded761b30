import type { Host, Output } from "@effect-enet/core/protocol"
import { Crc32 } from "@effect-enet/core/wire"
import { describe, expect, it } from "@effect/vitest"
import { connectedPair, type Flight } from "./Pair.ts"
import { random } from "./random.ts"
import { runLength } from "./runLength.ts"

const CHANNELS = 3
const PACKETS = 400

interface Kind {
  readonly name: string
  readonly flags: number
}

const kinds: ReadonlyArray<Kind> = [
  { name: "reliable", flags: 1 },
  { name: "unreliable", flags: 0 },
  { name: "unsequenced", flags: 2 },
  { name: "unreliable fragment", flags: 8 }
]

/** A packet that says what it is: its kind, and its number among those of its kind and channel. */
const packet = (kind: number, number: number, length: number): Uint8Array => {
  const payload = new Uint8Array(Math.max(length, 5)).fill(kind * 50 + number)
  payload.set([kind, number >>> 8, number])
  return payload
}

/** What arrives of packets of all kinds over a wire that loses, repeats and reorders. */
const arrivals = (seed: number, settings: Partial<Host.Settings>, loss: number) => {
  const { chance, integer, pick } = random(seed)
  const pair = connectedPair({ server: settings, client: settings, channelCount: CHANNELS })
  const { client, network, server, toClient, toServer } = pair
  // six losses of one packet in a row would end a connection by default
  const patience = { _tag: "Timeout", limit: 0xffffffff, minimum: 600_000, maximum: 600_000 } as const
  client.apply([{ ...patience, peer: toServer }])
  server.apply([{ ...patience, peer: toClient }])
  const got = new Map<string, Array<number>>()
  const take = (events: ReadonlyArray<Output.Event>) => {
    for (const event of events) {
      if (event._tag !== "Receive") throw new Error(event._tag)
      const { channelID, payload } = event
      const number = (payload[1]! << 8) | payload[2]!
      const expected = packet(payload[0]!, number, payload.length)
      if (Buffer.compare(payload, expected) !== 0) throw new Error("another packet than was sent")
      const key = `${kinds[payload[0]!]!.name} ${channelID}`
      got.set(key, [...got.get(key) ?? [], number])
    }
  }
  const late: Array<Flight> = []
  const weather = (flight: Flight): boolean => {
    if (chance(loss)) return false
    if (chance(0.1)) late.push(flight)
    return !chance(0.1) || late.push(flight) === 0
  }
  const round = () => {
    network.now += 10
    for (const node of network.nodes) node.service()
    network.inFlight.push(...late.splice(0).filter(() => chance(0.7)))
    network.deliver(weather)
    take(server.takeEvents())
    expect(client.takeEvents()).toEqual([])
  }
  const sizes = kinds.map((kind) => kind.flags === 1 || kind.flags === 8 ? [5, 50, 1300, 1365, 4000] : [5, 50, 1300])
  for (let number = 0; number < PACKETS; number++) {
    for (let channel = 0; channel < CHANNELS; channel++) {
      const kind = integer(kinds.length)
      for (const [k, { flags }] of kinds.entries()) {
        if (k === kind || chance(0.2)) client.send(toServer, channel, packet(k, number, pick(sizes[k]!)), flags)
        else if (flags === 1) client.send(toServer, channel, packet(k, number, 5), flags)
      }
    }
    round()
  }
  for (let i = 0; i < 30_000 && client.peer(toServer).hasOutgoing; i++) round()
  return got
}

const isIncreasing = (numbers: ReadonlyArray<number>): boolean =>
  numbers.every((n, i) => i === 0 || n > numbers[i - 1]!)

describe("what arrives over a bad wire", () => {
  const ways: ReadonlyArray<[string, Partial<Host.Settings>, number]> = [
    ["without loss", {}, 0],
    ["with a tenth lost", {}, 0.1],
    ["with a third lost", {}, 0.3],
    ["with a checksum", { checksum: Crc32.crc32 }, 0.1],
    ["with a compressor", { compressor: runLength }, 0.1],
    ["with a small MTU", { mtu: 576 }, 0.1]
  ]
  for (const [i, [name, settings, loss]] of ways.entries()) {
    it(`${name}: reliable packets exactly once and in order, others at most once`, { timeout: 60_000 }, () => {
      const got = arrivals(50 + i, settings, loss)
      const all = Array.from({ length: PACKETS }, (_, number) => number)
      for (let channel = 0; channel < CHANNELS; channel++) {
        expect(got.get(`reliable ${channel}`)).toEqual(all)
        for (const kind of ["unreliable", "unreliable fragment"]) {
          const numbers = got.get(`${kind} ${channel}`) ?? []
          if (!isIncreasing(numbers)) throw new Error(`${kind} packets out of order`)
          expect(numbers.length).toBeGreaterThan(5)
        }
        const unsequenced = got.get(`unsequenced ${channel}`) ?? []
        expect(new Set(unsequenced).size).toBe(unsequenced.length)
        expect(unsequenced.length).toBeGreaterThan(5)
      }
    })
  }
})
