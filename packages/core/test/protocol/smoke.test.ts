import { describe, expect, it } from "@effect/vitest"
import { connectedPair, textOf } from "./Pair.ts"

describe("smoke", () => {
  it("echo", () => {
    const { client, network, server, toClient, toServer } = connectedPair()
    client.send(toServer, 0, "hello")
    network.settle()
    expect(server.takeEvents().map((e) => e._tag === "Receive" ? textOf(e.payload) : e._tag)).toEqual(["hello"])
    const big = new Uint8Array(1 << 20).map((_, i) => i * 7)
    server.send(toClient, 1, big)
    network.pass(200)
    const events = client.takeEvents()
    expect(events.length).toBe(1)
    expect(events[0]!._tag === "Receive" && events[0]!.payload).toEqual(big)
    client.apply([{ _tag: "Disconnect", peer: toServer, data: 77 }])
    network.pass(100)
    expect([server.takeEvents(), client.takeEvents()]).toMatchObject([[{
      _tag: "Disconnect",
      data: 77,
      reason: "Remote"
    }], [{ _tag: "Disconnect", data: 0, reason: "Local" }]])
  })
})
