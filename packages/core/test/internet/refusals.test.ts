import { ReasonCode } from "@effect-enet/core/ReasonCode"
import { Crc32 } from "@effect-enet/core/wire"
import { describe, expect, it } from "@effect/vitest"
import { connectingRig, REMOTE } from "../protocol/Rig.ts"
import { datagram } from "../protocol/segments.ts"
import { Server, Stranger } from "./Stranger.ts"

const refusal = (code: number) => [{ _tag: "Disconnect", flags: 0x40, channelID: 0xff, data: code }]

describe("a refusal", () => {
  it("is ten bytes to the remote's own slot, with the code", () => {
    const server = new Server({ refuseNewConnections: true })
    const answer = new Stranger(server, "192.0.2.1").asks()
    expect(answer).toMatchObject({ word: 0x0007, commands: refusal(ReasonCode.Refusing) })
    expect(answer!.bytes.length).toBe(10)
    expect(server.dropped).toEqual({ Refusing: 1 })
  })

  it("comes from a full host, and from one that has enough of the address", () => {
    const full = new Server({ maxPeers: 1 })
    const crowded = new Server({ duplicatePeers: 1 })
    for (const server of [full, crowded]) {
      const first = new Stranger(server, "192.0.2.1")
      first.asks()
      first.acknowledges()
    }
    expect(new Stranger(full, "192.0.2.1", { connectID: 2 }).asks()?.commands)
      .toMatchObject(refusal(ReasonCode.HostFull))
    expect(new Stranger(crowded, "192.0.2.1", { connectID: 2 }).asks()?.commands)
      .toMatchObject(refusal(ReasonCode.TooManyFromAddress))
    expect(new Stranger(crowded, "192.0.2.2").asks()?.commands).toMatchObject([{ _tag: "VerifyConnect" }])
  })

  it("comes with its code to an address that is denied", () => {
    const server = new Server()
    const { address, request } = new Stranger(server, "192.0.2.1")
    const bytes = datagram({ peerID: 0xfff, sentTime: 1 }, [request])
    expect(server.apply({ _tag: "Datagram", address, bytes, denied: 77 })[0]?.commands).toMatchObject(refusal(77))
    expect(server.dropped).toEqual({ Denied: 1 })
  })

  it("comes to who proves its address when the last slot has gone meanwhile", () => {
    const server = new Server({ maxPeers: 1 })
    const strangers = ["192.0.2.1", "192.0.2.2"].map((host) => new Stranger(server, host))
    for (const stranger of strangers) stranger.asks()
    expect(strangers[0]!.acknowledges()).toEqual([])
    expect(strangers[1]!.acknowledges()[0]?.commands).toMatchObject(refusal(ReasonCode.HostFull))
    expect(server.lines()).toEqual(["Connect 0"])
    // and once only
    expect(strangers[1]!.acknowledges()).toEqual([])
  })

  it("does not come to who was answered before the host began to refuse, and asks again", () => {
    const server = new Server()
    const early = new Stranger(server, "192.0.2.1")
    early.asks()
    server.apply({ _tag: "RefuseNewConnections", refuse: true })
    server.advance(500)
    expect(early.asks()?.commands).toMatchObject([{ _tag: "VerifyConnect" }])
    early.acknowledges()
    expect(server.peers).toEqual(["Connected"])
  })

  it("has the checksum that the remote expects", () => {
    const server = new Server({ refuseNewConnections: true, checksum: Crc32.crc32 })
    const { address, request } = new Stranger(server, "192.0.2.1", { outgoingPeerID: 0, connectID: 0x11223344 })
    const checksum = { compute: Crc32.crc32, seed: 0 }
    const [sent] = server.hears(address, { peerID: 0xfff, sentTime: 1, checksum }, request)
    const client = connectingRig({ settings: { checksum: Crc32.crc32 }, call: { connectID: 0x11223344 } })
    client.receiveBytes(sent!.bytes, REMOTE)
    expect(client.lines()).toEqual([`Disconnect ${ReasonCode.Refusing} Refused`])
  })

  it("is given so often per second, and not at all when it is switched off", () => {
    const refused = (refusalsPerSecond: number) => {
      const server = new Server({ refuseNewConnections: true }, { refusalsPerSecond })
      const count = () => {
        let answers = 0
        for (let i = 0; i < 50; i++) if (new Stranger(server, `10.0.0.${i}`).asks() !== undefined) answers++
        return answers
      }
      return [count(), count(), server.advance(1000) && count()]
    }
    expect(refused(10)).toEqual([10, 0, 10])
    expect(refused(0)).toEqual([0, 0, 0])
  })

  it("is not given for what no ENet program sends", () => {
    const server = new Server({ refuseNewConnections: true })
    expect(new Stranger(server, "192.0.2.1", { channelCount: 0 }).asks()).toBeUndefined()
    expect(new Stranger(server, "192.0.2.1", { outgoingPeerID: 0xfff }).asks()).toBeUndefined()
    expect(server.dropped).toEqual({ ChannelCount: 1, Unacceptable: 1 })
  })
})
