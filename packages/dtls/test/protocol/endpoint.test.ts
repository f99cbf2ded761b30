import { describe, expect, it } from "@effect/vitest"
import { namedGroups } from "../../src/wire/Groups.ts"
import { remoteOf, serverRemote, World } from "../kit/World.ts"

const opened = (world: World, count = 1) =>
  Array.from({ length: count }, () => {
    const client = world.client()
    world.send(client, serverRemote, `hello from ${client.local.key}`)
    world.pass(100)
    return client
  })

describe("a server", () => {
  it("has an association for each address and port", () => {
    const world = new World()
    const a = world.client(remoteOf("10.0.0.5", 1))
    const b = world.client(remoteOf("10.0.0.5", 2))
    for (const client of [a, b]) world.send(client, serverRemote, client.local.key)
    world.pass(100)
    expect(world.server.received).toEqual(["10.0.0.5 1: 10.0.0.5 1", "10.0.0.5 2: 10.0.0.5 2"])
    world.send(world.server, b.local, "for b")
    world.pass(100)
    expect([a.received, b.received]).toEqual([[], ["10.0.0.1 7777: for b"]])
  })

  it("cannot write to whom it does not know", () => {
    const world = new World()
    expect(world.send(world.server, remoteOf("10.0.0.9", 9), "hello")).toBe(false)
    expect(world.server.sent).toEqual([])
  })

  it("keeps nothing of those who do not come back with a cookie", () => {
    const world = new World()
    const stranger = world.stranger("10.9.9.9", 9)
    for (let i = 0; i < 50; i++) {
      const client = world.client()
      world.network.partition([client.local.host], [serverRemote.host])
      world.send(client, serverRemote, "hello")
      world.forge(stranger.local, serverRemote, client.sent[0]!.bytes)
    }
    world.pass(100)
    expect(world.server.sent.length).toBe(50)
    expect([world.serverEndpoint.size, world.serverEndpoint.halfOpen]).toEqual([0, 0])
    expect(world.serverEndpoint.nextAlarm).toBeUndefined()
  })

  it("has at most so many handshakes at a time, and takes others later", () => {
    const slow = new World({ pendingLimit: 3, conditions: { latency: 10 } })
    const others = Array.from({ length: 5 }, () => {
      const client = slow.client()
      slow.send(client, serverRemote, "hello")
      return client
    })
    slow.pass(35)
    expect(slow.serverEndpoint.halfOpen).toBe(3)
    expect(slow.server.drops).toEqual({ Full: 2 })
    slow.pass(5000)
    expect(others.every((client) => slow.isOpen(client))).toBe(true)
    expect(slow.serverEndpoint.halfOpen).toBe(0)
  })

  it("has at most so many associations", () => {
    const world = new World({ maxAssociations: 2 })
    const clients = opened(world, 3)
    expect(clients.map((client) => world.isOpen(client))).toEqual([true, true, false])
    world.endpointOf(clients[0]!).close(serverRemote, world.time)
    world.pass(5000)
    expect(clients.map((client) => world.isOpen(client))).toEqual([false, true, true])
  })

  it("answers nobody new while it refuses, and goes on with the others", () => {
    const world = new World()
    const [known] = opened(world)
    world.serverEndpoint.isRefusing = true
    const before = world.server.sent.length
    const client = world.client()
    world.send(client, serverRemote, "hello")
    world.pass(500)
    expect(world.server.sent.length).toBe(before)
    expect(world.server.drops).toEqual({ Refusing: 1 })
    world.send(known!, serverRemote, "still here")
    world.send(world.server, known!.local, "me too")
    world.pass(10)
    expect(world.server.received.at(-1)).toBe("10.0.0.2 5000: still here")
    expect(known?.received).toEqual(["10.0.0.1 7777: me too"])
    world.serverEndpoint.isRefusing = false
    world.pass(1000)
    expect(world.isOpen(client)).toBe(true)
  })

  it("finishes handshakes that began before it refused", () => {
    const world = new World({ conditions: { latency: 10 } })
    const client = world.client()
    world.send(client, serverRemote, "hello")
    world.pass(35)
    world.serverEndpoint.isRefusing = true
    world.pass(100)
    expect(world.isOpen(client)).toBe(true)
  })

  it("forgets handshakes after 8 s, and has nothing left to wake for", () => {
    const world = new World({ conditions: { latency: 10 } })
    const client = world.client()
    world.send(client, serverRemote, "hello")
    world.pass(35)
    world.network.partition([client.local.host], [serverRemote.host])
    expect(world.serverEndpoint.halfOpen).toBe(1)
    world.pass(8000)
    expect([world.serverEndpoint.size, world.serverEndpoint.halfOpen]).toEqual([0, 0])
    expect(world.server.happenings).toEqual([`${client.local.key} HandshakeTimeout`])
    world.serverEndpoint.tick({ now: world.now + 100_000, date: 0 })
    expect(world.serverEndpoint.nextAlarm).toBeUndefined()
  })

  it("keeps no alarm of an association that is gone", () => {
    const world = new World({ server: { idleTimeout: 86_400_000 } })
    for (let i = 0; i < 5; i++) {
      const [client] = opened(world)
      world.pass(10_000)
      world.endpointOf(client!).close(serverRemote, world.time)
      world.pass(100)
      expect(world.serverEndpoint.size).toBe(0)
      expect(world.serverEndpoint.nextAlarm).toBeUndefined()
    }
  })

  it("closes every association when it is closed", () => {
    const world = new World()
    const clients = opened(world, 3)
    world.serverEndpoint.closeAll(world.time)
    world.pass(100)
    expect(clients.map(({ happenings }) => happenings.at(-1))).toEqual(new Array(3).fill("10.0.0.1 7777 Remote"))
    expect(world.serverEndpoint.size).toBe(0)
  })
})

describe("a client that comes again from its address (RFC 6347 section 4.2.8)", () => {
  /** A client that has forgotten everything and begins anew, as after a crash. */
  const reborn = (world: World) => {
    const [old] = opened(world)
    world.now += 1
    const client = world.client(old!.local)
    world.send(client, serverRemote, "hello again")
    return client
  }

  it("takes the place of its association when its handshake is complete", () => {
    const world = new World()
    const client = reborn(world)
    world.pass(100)
    expect(world.isOpen(client)).toBe(true)
    expect(world.server.received.at(-1)).toBe(`${client.local.key}: hello again`)
    expect(world.server.happenings).toEqual([
      `${client.local.key} open`,
      `${client.local.key} Replaced`,
      `${client.local.key} open`
    ])
    expect([world.serverEndpoint.size, world.serverEndpoint.halfOpen]).toEqual([1, 0])
    world.send(world.server, client.local, "welcome back")
    world.pass(100)
    expect(client.received.at(-1)).toBe("10.0.0.1 7777: welcome back")
  })

  it("leaves it alone until then", () => {
    const world = new World({ conditions: { latency: 10 } })
    const [old] = opened(world)
    const oldEndpoint = old!.endpoint!
    const client = world.client(old!.local)
    world.send(client, serverRemote, "hello again")
    world.pass(35)
    expect(world.serverEndpoint.halfOpen).toBe(1)
    // the old keys still work, in both directions
    client.endpoint = oldEndpoint
    world.send(old!, serverRemote, "still me")
    world.send(world.server, old!.local, "still you")
    world.pass(20)
    expect(world.server.received.at(-1)).toBe(`${old!.local.key}: still me`)
    expect(old!.received.at(-1)).toBe("10.0.0.1 7777: still you")
    // the new handshake comes to nothing, and nobody hears of it
    world.pass(10_000)
    expect(world.serverEndpoint.halfOpen).toBe(0)
    expect(world.isOpen(old!)).toBe(true)
    expect(world.server.happenings).toEqual([`${old!.local.key} open`])
  })

  it("leaves it alone when its hello cannot be agreed with", () => {
    const world = new World({ server: { groups: namedGroups.slice(0, 2) } })
    const [old] = opened(world)
    world.now += 1
    const client = world.client(old!.local, { groups: namedGroups.slice(2) })
    world.send(client, serverRemote, "hello again")
    world.pass(100)
    expect(client.happenings.at(-1)).toContain("Alert")
    expect(world.serverEndpoint.open.map(({ key }) => key)).toEqual([old!.local.key])
    expect(world.serverEndpoint.halfOpen).toBe(0)
  })

  it("is forgotten with it when that ends, unless its own handshake goes on", () => {
    const world = new World({ conditions: { latency: 10 } })
    const [old] = opened(world)
    world.now += 1
    const client = world.client(old!.local)
    world.send(client, serverRemote, "hello again")
    world.pass(45)
    world.serverEndpoint.close(old!.local, world.time)
    expect([world.serverEndpoint.size, world.serverEndpoint.halfOpen]).toEqual([0, 0])
  })
})

describe("a client", () => {
  it("ignores whom it has not written to", () => {
    const world = new World()
    const client = world.client()
    const stranger = world.stranger("10.0.0.9", 9)
    world.forge(stranger.local, client.local, Uint8Array.of(22, 254, 253))
    world.pass(10)
    expect(client.drops).toEqual({ UnknownRemote: 1 })
  })

  it("begins anew with the next datagram after an association has ended", () => {
    const world = new World()
    const [client] = opened(world)
    world.serverEndpoint.close(client!.local, world.time)
    world.pass(10)
    expect(client?.happenings.at(-1)).toBe("10.0.0.1 7777 Remote")
    world.send(client!, serverRemote, "once more")
    world.pass(10)
    expect(world.isOpen(client!)).toBe(true)
    expect(world.server.received.at(-1)).toBe(`${client!.local.key}: once more`)
  })
})
