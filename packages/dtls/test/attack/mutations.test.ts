/**
 * Handshakes in which one datagram is truncated, or one of its bytes changed. Nothing is thrown, and whoever believes that
 * the handshake is complete has the same keys as the other side, over what both have said.
 */
import { describe, expect, it } from "@effect/vitest"
import { HandshakeType } from "../../src/wire/Constants.ts"
import { decodeFragments } from "../../src/wire/Handshake.ts"
import { decodeRecords } from "../../src/wire/Record.ts"
import { Duo, type Side } from "../kit/Duo.ts"
import { seededNumbers } from "../kit/random.ts"

const options = { seed: "mutations", server: { mtu: 600 } }

/** Datagrams on their way to a side in a handshake without trouble. */
const lengths: Readonly<Record<Side, ReadonlyArray<number>>> = (() => {
  const duo = new Duo(options).start().run()
  return {
    client: duo.sent.server.map(({ length }) => length),
    server: duo.sent.client.map(({ length }) => length)
  }
})()

/** Changes the n-th datagram to a side, once. */
const run = (to: Side, index: number, change: (datagram: Uint8Array) => Uint8Array): Duo => {
  const duo = new Duo(options)
  let count = 0
  duo.tamper = (side, datagram) => [side === to && count++ === index ? change(datagram) : datagram]
  duo.start().run()
  return duo
}

/** Whoever is open can talk to the other, after repetitions if need be. */
const consistent = (duo: Duo): void => {
  for (let i = 0; i < 4 && duo.phase("client") !== "Ended" && !duo.isOpen; i++) {
    duo.wait(1000)
    duo.run()
  }
  if (duo.phase("client") !== "Open") return
  expect(duo.phase("server")).toBe("Open")
  duo.send("client", "hello")
  duo.run()
  expect(duo.received("server").at(-1)).toBe("hello")
  expect(duo.events.client[0]).toEqual(duo.events.server[0])
}

/** Whether a place in a datagram belongs to a handshake message that Finished vouches for. */
const isVouchedFor = (datagram: Uint8Array, place: number): boolean => {
  let offset = 0
  for (const record of decodeRecords(datagram).records) {
    const start = offset + 13
    offset = start + record.fragment.length
    if (record.type !== 22 || record.epoch !== 0 || place < start + 12 || place >= offset) continue
    const [fragment] = decodeFragments(record.fragment) ?? []
    // neither HelloVerifyRequest nor the hello before it
    return fragment !== undefined && fragment.type !== 3 && !(fragment.type === 1 && fragment.sequence === 0)
  }
  return false
}

/** A changed hello does not fit its cookie: it gets another one, and nothing has happened. */
const hasAskedAgain = (duo: Duo): boolean =>
  duo.sent.server.filter((datagram) => datagram[13] === HandshakeType.HelloVerifyRequest).length > 1

const places = (["client", "server"] as const).flatMap((side) =>
  lengths[side].map((length, index) => ({ side, index, length }))
)

describe.each(places)("datagram $index to the $side", ({ index, length, side }) => {
  it("truncated at every byte", () => {
    for (let end = 0; end < length; end++) consistent(run(side, index, (datagram) => datagram.subarray(0, end)))
  })

  it("with each of its bytes changed", () => {
    const number = seededNumbers(index + 1)
    for (let place = 0; place < length; place++) {
      let changedMessage = false
      const duo = run(side, index, (datagram) => {
        const changed = datagram.slice()
        changed[place]! ^= 1 << number(8)
        changedMessage = isVouchedFor(datagram, place)
        return changed
      })
      // nothing that both sides must agree upon can have been changed without both knowing
      if (changedMessage && !hasAskedAgain(duo)) expect(duo.isOpen, `byte ${place}`).toBe(false)
      consistent(duo)
    }
  })
})
