import { deadline } from "@effect-enet/core/protocol"
import { describe, expect, it } from "@effect/vitest"
import { Flood } from "./Flood.ts"

describe("100,000 spoofed CONNECTs per second from addresses all over", () => {
  it("keep no honest client from connecting within a second, and cost it no packet", () => {
    const flood = new Flood({ clients: 50, latency: 60, connectsPerMillisecond: 100, seed: 1 })
    const before = flood.heap()
    flood.run(1000)
    expect(flood.connectedAfter().length).toBe(50)
    expect(Math.max(...flood.connectedAfter())).toBeLessThan(1000)
    flood.run(1500)
    flood.calm(1000)
    expect(flood.lost()).toEqual([])
    expect(flood.spoofed).toBe(250_000)
    expect(flood.server.takenSlots).toBe(50)
    expect(flood.heap() - before).toBeLessThan(20 * 2 ** 20)
  }, 60_000)

  it("leave the table within its limit, and nothing of it later", () => {
    const flood = new Flood({ clients: 0, latency: 10, connectsPerMillisecond: 100, seed: 2 })
    const empty = flood.heap()
    flood.run(1000)
    expect(flood.heap() - empty).toBeLessThan(20 * 2 ** 20)
    expect(flood.server.dropped.HalfOpenFull).toBe(100_000 - 32_768)
    // without a peer, nothing else would wake the host
    expect(deadline(flood.server)).toBe(12_000 + 1)
    flood.calm(11_000)
    expect(deadline(flood.server)).toBeUndefined()
    expect(flood.heap() - empty).toBeLessThan(5 * 2 ** 20)
  }, 60_000)
})
