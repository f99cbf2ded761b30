import { EnetHost, HostMetrics } from "@effect-enet/core"
import { type Conditions, SimulatedNetwork, TestTime } from "@effect-enet/core/testing"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { type Lines, valueOf, withMetrics } from "./Kit.ts"

const address = { host: "10.0.0.1", port: 7777 }

/** Means of the histograms, and what the observed host says of its only peer. */
const means = (told: ReadonlyArray<string>) => {
  const mean = (name: string) => valueOf(told, `${name}_sum`) / valueOf(told, `${name}_count`)
  return {
    readings: valueOf(told, "enet_packet_loss_ratio_count"),
    roundTrip: mean("enet_round_trip_time_ms"),
    loss: mean("enet_packet_loss_ratio"),
    throttle: mean("enet_packet_throttle")
  }
}

/**
 * A client that is observed and says something 20 times a second, over a network that may change: the means after the
 * first minute, and after the second.
 */
const twoMinutes = (
  conditions: Partial<Conditions.Conditions>,
  later: Partial<Conditions.Conditions> = conditions
) =>
  withMetrics((lines: Lines) =>
    TestTime.run(Effect.scoped(Effect.gen(function*() {
      const network = yield* SimulatedNetwork.make({ seed: 3, conditions })
      const server = yield* EnetHost.make().pipe(Effect.provide(network.layer(address)))
      yield* Effect.forkScoped(server.serve((peer) => Stream.runDrain(peer.messages)))
      const client = yield* EnetHost.make().pipe(
        Effect.flatMap((host) => HostMetrics.observe(host)),
        Effect.provide(network.layer())
      )
      const peer = yield* client.connect({ address: address.host, port: address.port })
      const minute = Effect.gen(function*() {
        for (let i = 0; i < 1200; i++) {
          yield* peer.send(0, `message ${i}`)
          yield* Effect.sleep(50)
        }
      })
      yield* minute
      const first = means(yield* lines)
      yield* network.setConditions(later)
      yield* minute
      return { first, second: means(yield* lines), last: yield* peer.statistics }
    })))
  )

describe("metrics over a network", () => {
  it.effect("that loses nothing tell its round trip time, no loss, and an open throttle", () =>
    Effect.gen(function*() {
      const { first, last } = yield* twoMinutes({ latency: 40 })
      expect(first.readings).toBeGreaterThanOrEqual(59)
      expect(first.roundTrip).toBeGreaterThanOrEqual(80)
      expect(first.roundTrip).toBeLessThan(130) // it begins at ENet's 500 ms and comes down
      expect(first.loss).toBe(0)
      expect(first.throttle).toBe(32)
      expect(last.packetLoss).toBe(0)
    }))

  it.effect("that loses a tenth tell of the loss", () =>
    Effect.gen(function*() {
      const { last, second } = yield* twoMinutes({ latency: 40, loss: 0.1 })
      // a message, its acknowledgement, or both: up to a fifth has to be sent again
      expect(second.loss).toBeGreaterThan(0.05)
      expect(second.loss).toBeLessThan(0.3)
      expect(second.roundTrip).toBeGreaterThanOrEqual(80)
      expect(last.packetLoss / 65_536).toBeGreaterThan(0)
    }))

  it.effect("that begins to lose tell of it only from then on", () =>
    Effect.gen(function*() {
      const { first, second } = yield* twoMinutes({ latency: 40 }, { latency: 40, loss: 0.2 })
      expect(first.loss).toBe(0)
      expect(second.loss).toBeGreaterThan(0.01)
    }))

  it.effect("that becomes slower tell of longer round trips and a throttle that closes", () =>
    Effect.gen(function*() {
      const { first, second } = yield* twoMinutes({ latency: 50 }, { latency: 90 })
      expect(second.roundTrip).toBeGreaterThan(first.roundTrip + 20)
      expect(first.throttle).toBe(32)
      expect(second.throttle).toBeLessThan(31)
    }))
})
