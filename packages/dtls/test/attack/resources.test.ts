/**
 * Attacks on memory and on the strength of the cipher: bombs of fragments, replayed hellos, repeated nonces.
 */
import { describe, expect, it } from "@effect/vitest"
import type { CryptoProvider } from "../../src/crypto/CryptoProvider.ts"
import { nodeCrypto } from "../../src/crypto/NodeCrypto.ts"
import type { Association } from "../../src/protocol/Association.ts"
import { cipherSuites } from "../../src/wire/CipherSuite.ts"
import { encodeFragment, type Fragment } from "../../src/wire/Handshake.ts"
import { Duo, type Side } from "../kit/Duo.ts"
import { record } from "../kit/mitm.ts"
import { seededNumbers } from "../kit/random.ts"
import { remoteOf, serverRemote, World } from "../kit/World.ts"

const fragment = (changes: Partial<Fragment> = {}): Uint8Array =>
  record(
    22,
    encodeFragment({ type: 11, sequence: 3, length: 10_000, offset: 0, bytes: new Uint8Array(10), ...changes })
  )

/** Bytes and pieces that an association keeps of unfinished messages. */
const kept = (state: Association | undefined) => {
  const pieces = state?.reassembly.partials.flatMap(({ pieces }) => pieces) ?? []
  return { pieces: pieces.length, bytes: pieces.reduce((sum, { bytes }) => sum + bytes.length, 0) }
}

const waiting = (side: Side): Duo => {
  const duo = new Duo().start()
  duo.deliver("server").deliver("client").deliver("server")
  if (side === "server") duo.deliver("client")
  return duo
}

describe.each(["client", "server"] as const)("a bomb of fragments at a %s", (side) => {
  it("that overlap, claim great lengths, and leave gaps is kept small", () => {
    const duo = waiting(side)
    const number = seededNumbers(7)
    for (let i = 0; i < 20_000; i++) {
      const length = 1 + number(0xffff)
      const offset = number(length)
      const bytes = new Uint8Array(Math.min(1 + number(1200), length - offset))
      duo.receive(side, fragment({ type: 11 + number(3), sequence: 4 + number(40), length, offset, bytes }))
    }
    const { bytes, pieces } = kept(duo[side])
    expect(bytes).toBeLessThanOrEqual(65_536)
    expect(pieces).toBeLessThanOrEqual(256)
    expect(duo[side]?.reassembly.partials.length).toBeLessThanOrEqual(8)
  })

  it("far ahead of the handshake does not hold it up", () => {
    const duo = waiting(side)
    for (let sequence = 20; sequence < 4000; sequence++) duo.receive(side, fragment({ sequence }))
    for (let i = 0; i < 1000; i++) duo.receive(side, fragment({ sequence: 2, length: 0xffffff, offset: i }))
    expect(kept(duo[side])).toEqual({ pieces: 0, bytes: 0 })
    duo.run()
    expect(duo.isOpen).toBe(true)
  })

  it("of no bytes is nothing", () => {
    const duo = waiting(side)
    for (let i = 0; i < 1000; i++) duo.receive(side, fragment({ offset: i, bytes: new Uint8Array(0) }))
    expect(kept(duo[side])).toEqual({ pieces: 0, bytes: 0 })
  })
})

it.each(["client", "server"] as const)("a %s keeps no pieces of messages once it is open", (side) => {
  const duo = waiting(side)
  for (let i = 0; i < 100; i++) {
    duo.receive(side, fragment({ sequence: 8, length: 400, offset: 2 * i, bytes: new Uint8Array(1) }))
  }
  expect(kept(duo[side])).toEqual({ pieces: 100, bytes: 100 })
  duo.run()
  expect(duo.isOpen).toBe(true)
  expect(kept(duo[side])).toEqual({ pieces: 0, bytes: 0 })
})

it("an association keeps no pieces of messages once it has ended", () => {
  const duo = waiting("client")
  duo.receive("client", fragment({ sequence: 8, length: 400 }))
  duo.input("client", { _tag: "Close" })
  expect(kept(duo.client)).toEqual({ pieces: 0, bytes: 0 })
})

it("a server takes no messages that are longer than its clients have", () => {
  const duo = waiting("server")
  duo.receive("server", fragment({ type: 16, sequence: 2, length: 513 }))
  expect(duo.drops.server).toEqual(["Fragment"])
  duo.receive("server", fragment({ type: 16, sequence: 2, length: 512 }))
  expect(kept(duo.server).pieces).toBe(1)
})

describe("hellos sent again by somebody else", () => {
  const live = () => {
    const world = new World()
    const client = world.client()
    world.send(client, serverRemote, "hello")
    world.pass(100)
    expect(world.isOpen(client)).toBe(true)
    return { world, client, hellos: client.sent.slice(0, 2).map(({ bytes }) => bytes) }
  }

  const talks = ({ client, world }: ReturnType<typeof live>) => {
    world.send(client, serverRemote, "still here")
    world.send(world.server, client.local, "here too")
    world.pass(100)
    expect(world.server.received.at(-1)).toBe(`${client.local.key}: still here`)
    expect(client.received.at(-1)).toBe("10.0.0.1 7777: here too")
    expect(world.server.happenings).toEqual([`${client.local.key} open`])
  }

  it("do not touch a live association, with its cookie or without", () => {
    const all = live()
    for (let i = 0; i < 50; i++) {
      for (const bytes of all.hellos) {
        all.world.forge(all.client.local, serverRemote, bytes)
        all.world.pass(10)
        expect(all.world.serverEndpoint.size).toBe(1)
      }
    }
    talks(all)
    all.world.pass(20_000)
    talks(all)
  })

  it("of other clients, with the address of a live one, do not touch it", () => {
    const all = live()
    const other = all.world.client()
    all.world.send(other, serverRemote, "hello")
    all.world.pass(100)
    for (const { bytes } of other.sent) all.world.forge(all.client.local, serverRemote, bytes)
    all.world.pass(100)
    expect(all.world.serverEndpoint.halfOpen).toBe(0)
    const { client, world } = all
    world.send(client, serverRemote, "still here")
    world.pass(100)
    expect(world.server.received.at(-1)).toBe(`${client.local.key}: still here`)
  })

  it("make a server say less than was said to it", () => {
    const all = live()
    const stranger = all.world.stranger("10.9.9.9", 9)
    const before = all.world.server.sent.length
    for (let i = 0; i < 100; i++) all.world.forge(stranger.local, serverRemote, all.hellos[1]!)
    all.world.pass(100)
    const said = all.world.server.sent.slice(before)
    expect(said.length).toBe(100)
    expect(said.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeLessThan(100 * all.hellos[1]!.length / 2)
    expect(all.world.serverEndpoint.size).toBe(1)
  })

  it("at a rate do not make a server repeat its flight at that rate", () => {
    const world = new World({ conditions: { latency: 10 } })
    const client = world.client()
    world.send(client, serverRemote, "hello")
    world.pass(35)
    world.network.partition([client.local.host], [])
    const hello = client.sent[1]!.bytes
    const before = world.server.sent.length
    client.endpoint = undefined
    for (let i = 0; i < 200; i++) {
      world.forge(client.local, serverRemote, hello)
      world.pass(5)
    }
    // a second: one timeout, and what 400 ms in between allow
    expect(world.server.sent.length - before).toBeLessThanOrEqual(4)
  })
})

describe("nonces", () => {
  /** Notes every nonce under its key. */
  const watched = (seen: Map<string, number>): CryptoProvider => ({
    ...nodeCrypto,
    aead: (algorithm, key) => {
      const name = Buffer.from(key).toString("hex")
      const aead = nodeCrypto.aead(algorithm, key)
      return {
        ...aead,
        seal: (nonce, data, plaintext) => {
          const use = `${name} ${Buffer.from(nonce).toString("hex")}`
          seen.set(use, (seen.get(use) ?? 0) + 1)
          return aead.seal(nonce, data, plaintext)
        }
      }
    }
  })

  it.each(["aes-128-gcm", "aes-256-gcm", "chacha20-poly1305"] as const)("of %s never come twice", (aead) => {
    const seen = new Map<string, number>()
    const crypto = watched(seen)
    const suites = cipherSuites.filter((suite) => suite.aead === aead)
    for (let seed = 1; seed <= 20; seed++) {
      const world = new World({
        seed,
        conditions: { latency: 30, loss: 0.3, duplicate: 0.2, reorder: 0.2 },
        client: { crypto, suites },
        server: { crypto, suites }
      })
      const client = world.client(remoteOf("10.0.0.2", 5000))
      for (let i = 0; i < 200; i++) {
        world.send(client, serverRemote, `to the server ${i}`)
        if (world.isOpen(client)) world.send(world.server, client.local, `to the client ${i}`)
        world.pass(100)
      }
    }
    expect(seen.size).toBeGreaterThan(2000)
    expect([...seen.values()].every((times) => times === 1)).toBe(true)
  })
})
