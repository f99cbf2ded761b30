import { EnetHost, Intercept } from "@effect-enet/core"
import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { localhost, Network, serverPort, settle, text } from "./Kit.ts"

describe("the intercept hook", () => {
  it.effect("keeps from the protocol what it takes, and lets the rest pass", () =>
    Effect.gen(function*() {
      const network = new Network()
      const taken: Array<string> = []
      const host = yield* EnetHost.make().pipe(
        Effect.provide(network.layer(serverPort)),
        Effect.provideService(Intercept.Intercept, ({ host, port }, bytes) => {
          if (text(bytes) !== "ping") return false
          taken.push(`${host}:${port}`)
          return true
        })
      )
      const raw = yield* network.raw()
      yield* raw.send(serverPort, new TextEncoder().encode("ping"))
      yield* raw.send(serverPort, new TextEncoder().encode("x"))
      yield* settle
      expect(taken).toEqual([`${localhost}:${raw.port}`])
      const { dropped, receivedPackets } = yield* host.statistics
      expect({ dropped, receivedPackets }).toEqual({ dropped: { Intercepted: 1, TooShort: 1 }, receivedPackets: 2 })
      const client = yield* network.host()
      yield* client.connect({ address: localhost, port: serverPort })
    }))
})
