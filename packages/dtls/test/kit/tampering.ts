/**
 * Handshakes that somebody interferes with, and what came of them.
 */
import { expect } from "@effect/vitest"
import type { EndReason } from "../../src/protocol/Output.ts"
import { decodeAlert } from "../../src/wire/Alert.ts"
import { decodeRecords } from "../../src/wire/Record.ts"
import { Duo, type Side } from "./Duo.ts"

export const shown = (reason: EndReason | undefined): string | undefined =>
  reason !== undefined && "detail" in reason ? `${reason._tag}: ${reason.detail}` : reason?._tag

/** The last thing that a side said, as an alert. */
export const lastAlert = (duo: Duo, side: Side): number | undefined => {
  const [first] = decodeRecords(duo.sent[side].at(-1)!).records
  return first?.type === 21 && first.epoch === 0 ? decodeAlert(first.fragment)?.description : undefined
}

/** A handshake in which everything on its way to a side is changed. */
export const tampered = (
  to: Side,
  change: (datagram: Uint8Array) => Uint8Array,
  options: ConstructorParameters<typeof Duo>[0] = {}
): Duo => {
  const duo = new Duo(options)
  duo.tamper = (side, datagram) => [side === to ? change(datagram) : datagram]
  duo.start().run()
  expect(duo.phase("client")).not.toBe("Open")
  expect(duo.phase("server")).not.toBe("Open")
  return duo
}

/** Up to the point where the client waits for the server's Finished. */
export const untilFinished = (): Duo => {
  const duo = new Duo().start()
  duo.deliver("server").deliver("client").deliver("server").deliver("client")
  expect([duo.phase("client"), duo.phase("server")]).toEqual(["AwaitServerFinished", "AwaitClientKeyExchange"])
  return duo
}
