/**
 * Mutated datagrams, during handshakes and after them, and mutated certificates: nothing is thrown, nothing grows, live
 * associations live on.
 */
import { describe, expect, it } from "@effect/vitest"
import { parseCertificate } from "../../src/x509/Certificate.ts"
import { makeTrustStore } from "../../src/x509/TrustStore.ts"
import { isFor, namesOf, verifyChain } from "../../src/x509/Verify.ts"
import { certificateCases, date } from "../kit/certificateCases.ts"
import { seededNumbers } from "../kit/random.ts"
import { remoteOf, serverRemote, World } from "../kit/World.ts"

type Numbers = ReturnType<typeof seededNumbers>

/** Datagrams of both sides of some sessions, to be mutated. */
const corpus = (): Array<Uint8Array> => {
  const datagrams: Array<Uint8Array> = []
  for (let seed = 1; seed <= 5; seed++) {
    const world = new World({ seed, server: { mtu: 256 + 200 * seed } })
    const client = world.client()
    world.send(client, serverRemote, "some data of a client")
    world.pass(10)
    world.send(world.server, client.local, "some data of a server")
    world.pass(10)
    world.endpointOf(client).closeAll(world.time)
    world.pass(10)
    datagrams.push(...client.sent.map(({ bytes }) => bytes), ...world.server.sent.map(({ bytes }) => bytes))
  }
  return datagrams
}

const mutate = (original: Uint8Array, others: ReadonlyArray<Uint8Array>, number: Numbers): Uint8Array => {
  let bytes = Array.from(original)
  for (let times = 1 + number(3); times > 0; times--) {
    const at = number(bytes.length + 1)
    switch (number(9)) {
      case 0:
        bytes[at] = number(256)
        break
      case 1:
        if (at < bytes.length) bytes[at]! ^= 1 << number(8)
        break
      case 2:
        bytes = bytes.slice(0, at)
        break
      case 3:
        bytes.splice(at, 0, ...Array.from({ length: number(20) }, () => number(256)))
        break
      case 4:
        bytes.splice(at, number(20))
        break
      case 5:
        bytes = [...bytes.slice(0, at), ...others[number(others.length)]!]
        break
      case 6:
        // lengths and numbers at their limits, where headers have them
        bytes.splice([3, 5, 11, 14, 17, 19, 22][number(7)]!, 2, ...[[0, 0], [255, 255], [0, 1], [127, 255]][number(4)]!)
        break
      case 7:
        bytes = Array.from({ length: number(60) }, () => number(256))
        break
      default:
        bytes = [...bytes, ...bytes]
    }
  }
  return Uint8Array.from(bytes.slice(0, 2000), (byte) => byte ?? 0)
}

/** Mutated datagrams to a server and to its client, while others begin handshakes and come and go. */
const fuzz = (seed: number, count: number): void => {
  const number = seededNumbers(seed)
  const datagrams = corpus()
  const world = new World({ seed, conditions: { latency: 2 } })
  const client = world.client()
  world.send(client, serverRemote, "hello")
  world.pass(50)
  expect(world.isOpen(client)).toBe(true)
  const strangers = Array.from({ length: 30 }, (_, i) => world.stranger(`10.9.9.${i + 1}`, 9))
  let genuine = 0
  for (let i = 0; i < count; i++) {
    const source = datagrams[number(datagrams.length)]!
    const bytes = mutate(source, datagrams, number)
    // from nobody, in the name of the client, in the name of the server
    const kind = number(4)
    if (kind < 2) world.forge(strangers[number(strangers.length)]!.local, serverRemote, bytes)
    else if (kind === 2) world.forge(client.local, serverRemote, bytes)
    else world.forge(serverRemote, client.local, bytes)
    if (i % 20 === 0) world.pass(number(20))
    if (i % 500 === 0) {
      // a handshake under fire
      const other = world.client(remoteOf(`10.8.${number(200)}.${number(200) + 1}`, 5000))
      world.send(other, serverRemote, "hello")
      const [hello] = other.sent
      if (hello !== undefined) world.forge(other.local, serverRemote, mutate(hello.bytes, datagrams, number))
      world.forge(serverRemote, other.local, mutate(source, datagrams, number))
      // fresh material
      datagrams.push(...other.sent.map(({ bytes }) => bytes))
      world.send(client, serverRemote, `genuine ${genuine++}`)
    }
  }
  world.pass(50)
  expect(world.isOpen(client)).toBe(true)
  const received = world.server.received.filter((text) => text.startsWith(`${client.local.key}: genuine`))
  expect(received.length).toBe(genuine)
  expect(client.received).toEqual([])
  world.send(world.server, client.local, "well done")
  world.pass(50)
  expect(client.received).toEqual(["10.0.0.1 7777: well done"])
  world.pass(8100)
  expect(world.serverEndpoint.halfOpen).toBe(0)
  expect(world.serverEndpoint.size).toBeLessThan(count / 500 + 10)
}

describe("mutated certificates", () => {
  const trusted = certificateCases.map((one) => ({
    ...one,
    store: makeTrustStore(one.roots.flatMap(({ der }) => parseCertificate(der) ?? []))
  }))

  it("are judged, 5,000 of them, and throw nothing", () => {
    const number = seededNumbers(5)
    const verdicts = new Map<string, number>()
    for (let i = 0; i < 5000; i++) {
      const one = trusted[number(trusted.length)]!
      const chain = one.chain.map(({ der }) => der.slice())
      const certificate = chain[number(chain.length)]!
      for (let times = 1 + number(3); times > 0; times--) certificate[number(certificate.length)] = number(256)
      const result = verifyChain(chain, one.store, date.getTime())
      // names are asked for of the untrusted as well, since what can be said of them depends on nothing else
      const leaf = "der" in result ? result : parseCertificate(chain[0]!)
      const isForIt = leaf !== undefined &&
        [{ name: "localhost" }, { ip: "127.0.0.1" }].some((host) => isFor(leaf, host))
      if (leaf !== undefined) expect(namesOf(leaf).length).toBeGreaterThanOrEqual(0)
      const verdict = "der" in result ? `accepted ${isForIt}` : result.detail
      verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1)
    }
    // they come far enough to be judged in many ways
    expect(verdicts.size).toBeGreaterThan(10)
  }, 60_000)
})

describe("mutated datagrams", () => {
  it.each([1, 2, 3, 4])("change nothing, 50,000 of them from seed %i", (seed) => fuzz(seed, 50_000), 60_000)
})
