import { describe, expect, it } from "@effect/vitest"
import { Flood } from "./Flood.ts"
import { SECRET } from "./Stranger.ts"

const moments = [1, 3, 8]

/** Of 200 attempts, the connections that both sides know of after so many seconds. */
const connected = (proving: { readonly secret: typeof SECRET } | undefined): Array<number> => {
  const floods = [1, 2, 3, 4, 5].map((seed) =>
    new Flood({ clients: 40, latency: 40, connectsPerMillisecond: 0, loss: 0.2, seed, proving })
  )
  let last = 0
  return moments.map((seconds) => {
    for (const flood of floods) flood.run((seconds - last) * 1000)
    last = seconds
    return floods.reduce((sum, flood) => sum + flood.accepted, 0)
  })
}

describe("connecting under 20 % loss", () => {
  it("succeeds as often as with ENet's own handshake", () => {
    const enet = connected(undefined)
    const proving = connected({ secret: SECRET })
    expect(enet[2]).toBeGreaterThan(190)
    // a server that does not repeat its answers by itself needs another CONNECT now and then
    for (const [index, fewer] of [10, 4, 4].entries()) {
      expect(proving[index]!).toBeGreaterThanOrEqual(enet[index]! - fewer)
    }
  }, 60_000)
})
