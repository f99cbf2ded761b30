import { describe, expect, it } from "@effect/vitest"
import type { Association } from "../../src/protocol/Association.ts"
import type { Input } from "../../src/protocol/Input.ts"
import { connect, step } from "../../src/protocol/Reducer.ts"
import { clientConfig, Duo } from "../kit/Duo.ts"
import * as Pki from "../kit/Pki.ts"
import { seededRandom } from "../kit/random.ts"

/** Freezes everything that can be frozen, and gives a check that no byte has changed either. */
const freeze = (value: unknown): () => void => {
  const bytes: Array<readonly [Uint8Array, string]> = []
  const seen = new Set<unknown>()
  const visit = (part: unknown): void => {
    if (typeof part !== "object" || part === null || seen.has(part)) return
    seen.add(part)
    if (part instanceof Uint8Array) {
      bytes.push([part, Buffer.from(part).toString("hex")])
      return
    }
    // keys are Node's
    if (Object.getPrototypeOf(part) !== Object.prototype && !Array.isArray(part)) return
    Object.freeze(part)
    for (const child of Object.values(part)) visit(child)
  }
  visit(value)
  return () => {
    for (const [array, hex] of bytes) expect(Buffer.from(array).toString("hex")).toBe(hex)
  }
}

interface Step {
  readonly state: Association
  readonly input: Input
  readonly now: number
}

/** A Duo that notes every step. */
class Recorded extends Duo {
  readonly steps: Array<Step> = []

  override input(side: "client" | "server", input: Input): void {
    const state = this[side]
    if (state === undefined) return
    const check = freeze([state, input])
    this.steps.push({ state, input, now: this.now })
    super.input(side, input)
    check()
  }
}

/** With an RSA key, whose signatures are the same each time. */
const rsa = Pki.server(undefined, {}, Pki.rsa())

const session = (): Recorded => {
  const duo = new Recorded({ issued: rsa, server: { mtu: 400 } })
  let count = 0
  // the fourth and every fifth datagram is lost
  duo.tamper = (_, bytes) => count++ % 5 === 3 ? [] : [bytes, bytes]
  duo.start()
  for (let i = 0; i < 20; i++) {
    duo.run()
    duo.send("client", `c${i}`)
    duo.send("server", `s${i}`)
    duo.wait(500)
  }
  duo.run()
  duo.input("client", { _tag: "Close" })
  duo.run()
  return duo
}

describe("a step", () => {
  it("changes nothing that it was given", () => {
    const { steps } = session()
    expect(steps.length).toBeGreaterThan(80)
    const phases = new Set(steps.map(({ state }) => state.phase._tag))
    expect([...phases].sort()).toEqual([
      "AwaitCertificate",
      "AwaitClientKeyExchange",
      "AwaitServerFinished",
      "AwaitServerHello",
      "AwaitServerKeyExchange",
      "Ended",
      "Open"
    ].sort())
  })

  it("gives the same for the same, at any later time", () => {
    const { steps } = session()
    const outputs = () => steps.map(({ input, now, state }) => step(state, input, now, seededRandom("again")).outputs)
    const first = outputs()
    expect(outputs()).toEqual(first)
  })

  it("keeps nothing of a caller's memory", () => {
    const duo = new Duo()
    duo.tamper = (_, bytes) => {
      const copy = bytes.slice()
      // whoever reads from a socket may use its buffer again
      queueMicrotask(() => copy.fill(0))
      return [copy]
    }
    duo.start()
    for (let i = 0; i < 10 && !duo.isOpen; i++) {
      for (const side of ["server", "client"] as const) {
        for (const bytes of duo.inbox[side].splice(0)) {
          const buffer = bytes.slice()
          duo.receive(side, buffer)
          buffer.fill(0xee)
        }
      }
    }
    expect(duo.isOpen).toBe(true)
  })

  it("begins the same handshake from the same randomness", () => {
    const hello = () => connect(clientConfig(), 5, 7, seededRandom("x")).outputs
    expect(hello()).toEqual(hello())
  })
})
