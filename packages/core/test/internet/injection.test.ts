import { SeededRandom } from "@effect-enet/core/testing"
import { describe, expect, it } from "@effect/vitest"
import { PeerState } from "../../src/protocol/PeerState.ts"
import { ack, connect, datagram, disconnect, ping } from "../protocol/segments.ts"
import { Server, Stranger } from "./Stranger.ts"

const IDS = 4095 * 4

/** A server, and a client of it whose address and port everybody knows. */
const connectedClient = (seed: number) => {
  const server = new Server({}, { secret: [seed, 2, 3, 4] })
  const client = new Stranger(server, "192.0.2.1", { connectID: seed })
  client.asks()
  client.acknowledges()
  expect(server.lines()).toEqual(["Connect 0"])
  return { server, client }
}

describe("somebody who writes with the address of a client", () => {
  it("ends its connection with one guess in 16,380 of peer id and session id, where ENet's fall to four", () => {
    const random = new SeededRandom.SeededRandom(3)
    const guesses: Array<number> = []
    for (let seed = 1; seed <= 16; seed++) {
      const { client, server } = connectedClient(seed)
      let count = 0
      for (const start = random.integer(0, IDS - 1); server.peers.length > 0; count++) {
        const guess = (start + count) % IDS
        const peerID = guess >>> 2
        server.hears(client.address, { peerID, sessionID: guess & 3 }, disconnect(0, 1, 0x44))
        if (server.state.connectedPeers === 0) expect(server.lines()).toEqual(["Disconnect 0 Remote"])
      }
      guesses.push(count)
    }
    // the mean of a uniform distribution, give or take four standard errors
    const mean = guesses.reduce((sum, count) => sum + count, 0) / guesses.length
    expect(Math.abs(mean - IDS / 2)).toBeLessThan((4 * IDS) / Math.sqrt(12 * guesses.length))
    expect(Math.max(...guesses)).toBeLessThanOrEqual(IDS)

    const enet = new Server({ proving: undefined })
    const client = new Stranger(enet, "192.0.2.1")
    client.asks()
    const [verify] = enet.service()
    client.answers.push(verify!)
    client.acknowledges()
    expect(enet.lines()).toEqual(["Connect 0"])
    for (const sessionID of [0, 1, 2, 3]) {
      enet.hears(client.address, { peerID: 0, sessionID }, disconnect(0, 1, 0x44))
    }
    expect(enet.lines()).toEqual(["Disconnect 0 Remote"])
  })

  it("does not complete a handshake by guessing, not even with the right ids", () => {
    const server = new Server()
    const victim = new Stranger(server, "192.0.2.1")
    victim.asks()
    const random = new SeededRandom.SeededRandom(5)
    for (let i = 0; i < 20_000; i++) {
      victim.acknowledges({ ...victim.proof, number: random.integer(0, 0xffff), sentTime: random.integer(0, 0xffff) })
    }
    expect(server.lines()).toEqual([])
    expect(server.peers).toEqual([])
  })

  it("takes no slot by guessing ids, however many connections it asks for", () => {
    const server = new Server()
    const victim = { host: "192.0.2.1", port: 9000 }
    for (let connectID = 0; connectID < 1000; connectID++) {
      server.hears(victim, { peerID: 0xfff, sentTime: 1 }, connect({ connectID }))
    }
    for (let guess = 0; guess < IDS; guess++) {
      server.hears(victim, { peerID: guess >>> 2, sessionID: guess & 3, sentTime: 1 }, ack(guess & 0xffff, 0), ping(2))
    }
    expect(server.state.takenSlots).toBe(0)
  })

  it("is not taken for the client when it asks again: the connection stays, and gets no other answers", () => {
    const { client, server } = connectedClient(1)
    server.hears(client.address, { peerID: 0xfff, sentTime: 1 }, connect({ connectID: 99 }))
    server.hears(client.address, { peerID: 0xfff, sentTime: 1 }, client.request)
    server.pass(1000)
    expect(server.peers).toEqual(["Connected"])
    expect(server.lines()).toEqual([])
  })
})

describe("a peer handle that outlived its peer", () => {
  it("cannot address the newcomer in its slot", () => {
    const { client, server } = connectedClient(1)
    const old = { slot: 0, connection: server.state.connections }
    client.says(client.proof, disconnect(0, 2, 0x44))
    server.lines()
    const next = new Stranger(server, "192.0.2.9")
    next.asks()
    next.acknowledges()
    expect(server.state.peers.get(0)).toMatchObject({ state: PeerState.Connected })
    const packet = { payload: Uint8Array.of(1), flags: 1 }
    expect(server.outputs({ _tag: "Send", peer: old, channelID: 0, packet }).answers)
      .toEqual([{ input: 0, result: "NotConnected" }])
    server.apply({ _tag: "DisconnectNow", peer: old, data: 0 })
    expect(server.peers).toEqual(["Connected"])
  })
})

describe("a host that is asked with datagrams of every length", () => {
  it("keeps nothing for what is dropped", () => {
    const server = new Server()
    const from = { host: "192.0.2.1", port: 1 }
    const before = server.state
    for (let length = 0; length < 100; length++) {
      server.apply({ _tag: "Datagram", address: from, bytes: datagram({ peerID: 5 }, []).slice(0, length) })
    }
    expect(server.state.peers).toEqual(before.peers)
    expect(server.state.halfOpen.next).toBe(0)
  })
})
