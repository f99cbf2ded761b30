import { Conditions } from "@effect-enet/core/testing"
import { describe, expect, it } from "@effect/vitest"
import { nodePrivateKey } from "../../src/crypto/NodeCrypto.ts"
import * as Pki from "../kit/Pki.ts"
import { serverRemote, World, type WorldOptions } from "../kit/World.ts"

const rsa = Pki.server(undefined, {}, Pki.rsa())
const identity = { chain: [rsa.der], privateKey: nodePrivateKey(rsa.privateKey)! }

/** How many of so many handshakes are complete after 30 s, and how long they took, the middle one first. */
const handshakes = (count: number, options: WorldOptions) => {
  const times: Array<number> = []
  for (let seed = 1; seed <= count; seed++) {
    const world = new World({ seed, ...options })
    const client = world.client()
    world.send(client, serverRemote, "hello")
    for (let passed = 0; passed < 30_000; passed += 50) {
      world.pass(50)
      if (client.happenings.length > 0) break
    }
    if (world.isOpen(client)) times.push(world.now - 1000)
    expect(world.server.received.length).toBeLessThanOrEqual(1)
  }
  times.sort((a, b) => a - b)
  return { complete: times.length, median: times[times.length >>> 1] ?? Infinity, longest: times.at(-1) ?? Infinity }
}

const bad: Partial<Conditions.Conditions> = {
  latency: 40,
  jitter: 20,
  loss: 0.2,
  duplicate: 0.1,
  reorder: 0.2,
  reorderDelay: 150
}

describe("on a network that loses a fifth of everything, both ways", () => {
  it("99 of 100 handshakes are complete within 30 s", () => {
    expect(handshakes(200, { conditions: bad }).complete).toBeGreaterThanOrEqual(198)
  })

  it("also with an RSA certificate in several datagrams", () => {
    expect(handshakes(200, { conditions: bad, server: { ...identity, mtu: 600 } }).complete).toBeGreaterThanOrEqual(198)
  })
})

describe("on other networks", () => {
  it.each(["lan", "wifi", "mobile", "satellite"] as const)("of the kind %s every handshake is complete", (name) => {
    const { complete } = handshakes(40, { conditions: Conditions.presets[name] })
    expect(complete).toBe(40)
  })

  it("without losses a handshake takes three round trips", () => {
    const { longest } = handshakes(5, { conditions: { latency: 50 } })
    // the client is open when the third answer is there
    expect(longest).toBe(300)
  })
})
