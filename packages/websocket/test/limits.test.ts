import { NodeWebSocketClient } from "@effect-enet/websocket"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Queue } from "effect"
import { connected, eventsOf, eventually, expectEvent, portOf, reasonOf, serverOn, urlOf } from "./kit/hosts.ts"
import * as Wire from "./kit/Wire.ts"

const { Binary, Close, Continuation, Ping, Text } = Wire.Opcode

describe("the inbound limit", () => {
  for (const size of [4, 1000, 1024, 65_535]) {
    it.live(`W3 a message of exactly ${size} bytes is accepted, one byte more is closed with 1009`, () =>
      Effect.gen(function*() {
        const server = yield* serverOn({ inboundBufferSize: size })
        const events = yield* eventsOf(server)
        const { wire } = yield* Wire.join(portOf(server))
        yield* expectEvent(events, "PeerConnected")
        yield* wire.send(Wire.frame(Binary, new Uint8Array(size)))
        assert.strictEqual((yield* expectEvent(events, "Packet")).bytes.length, size)
        yield* wire.send(Wire.frame(Binary, new Uint8Array(size + 1)))
        assert.strictEqual(yield* wire.closeCode, 1009)
        const { reason } = yield* expectEvent(events, "PeerDisconnected")
        assert.deepInclude(reason, { _tag: "Violation", code: 1009 })
      }))
  }

  it.live("W3 holds for the sum of fragments", () =>
    Effect.gen(function*() {
      const server = yield* serverOn({ inboundBufferSize: 1000 })
      const events = yield* eventsOf(server)
      const { wire } = yield* Wire.join(portOf(server))
      yield* expectEvent(events, "PeerConnected")
      const halves = (size: number) => [
        Wire.frame(Binary, new Uint8Array(600), { fin: false }),
        Wire.frame(Continuation, new Uint8Array(size))
      ]
      yield* wire.send(...halves(400))
      assert.strictEqual((yield* expectEvent(events, "Packet")).bytes.length, 1000)
      yield* wire.send(...halves(401))
      assert.strictEqual(yield* wire.closeCode, 1009)
    }))

  it.live("W3 a frame that is too large is refused with its header, before its bytes come", () =>
    Effect.gen(function*() {
      const server = yield* serverOn()
      const { wire } = yield* Wire.join(portOf(server))
      const head = Buffer.alloc(14)
      head[0] = 0x82
      head[1] = 0xff
      head.writeBigUInt64BE(1n << 40n, 2)
      yield* wire.send(head)
      assert.strictEqual(yield* wire.closeCode, 1009)
    }))
})

describe("a consumer that does not read", () => {
  it.live(
    "W4 stops the socket: nothing is dropped, the remote waits, and all arrives in the end",
    () =>
      Effect.gen(function*() {
        const server = yield* serverOn({ inboundBufferSize: 10_000, maxQueuedPackets: 4 })
        const client = yield* NodeWebSocketClient.make({ url: urlOf(server) })
        // more than the kernel's buffers hold
        const count = 4000
        const sent = { count: 0 }
        const sending = yield* Effect.forkChild(
          Effect.forEach(
            Array.from({ length: count }, (_, n) => n),
            (n) =>
              Effect.andThen(
                client.send(1, new Uint8Array(10_000).fill(n)),
                Effect.sync(() => {
                  sent.count = n + 1
                })
              ),
            { discard: true }
          ),
          { startImmediately: true }
        )
        const seen = { count: -1, times: 0 }
        yield* eventually(Effect.map(Effect.sleep(20), () => {
          seen.times = sent.count === seen.count ? seen.times + 1 : 0
          seen.count = sent.count
          return seen.times === 10
        }))
        assert.isBelow(sent.count, count, "the sender waits")
        const events = yield* eventsOf(server)
        yield* expectEvent(events, "PeerConnected")
        for (let n = 0; n < count; n++) {
          const { bytes } = yield* expectEvent(events, "Packet")
          if (bytes.length !== 10_000 || bytes[0] !== (n & 0xff)) throw new Error(`packet ${n} is another`)
        }
        yield* Fiber.join(sending)
      }),
    60_000
  )
})

describe("a remote that does not read", () => {
  const stalled = Effect.fnUntraced(function*(options: Parameters<typeof serverOn>[0] = {}) {
    const server = yield* serverOn(options)
    const events = yield* eventsOf(server)
    const { id, wire } = yield* Wire.join(portOf(server))
    const { peer } = yield* expectEvent(events, "PeerConnected")
    wire.socket.pause()
    const packet = new Uint8Array(60_000)
    const fill = Effect.andThen(Effect.sleep(1), peer.send(packet, { whenFull: "fail" })).pipe(Effect.forever)
    return { server, events, id, wire, peer, reason: yield* reasonOf(fill) }
  })

  it.live("W5 makes `send` fail, drop or wait, as it was chosen; what waits is sent when there is room", () =>
    Effect.gen(function*() {
      const { peer, reason, wire } = yield* stalled()
      assert.deepInclude(reason, { _tag: "QueueFull", peer: peer.id, queuedPackets: 1, queuedBytes: 60_000 })
      yield* peer.send(new Uint8Array(60_000), { whenFull: "drop" })
      assert.deepStrictEqual(yield* peer.outgoingQueued, { packets: 1, bytes: 60_000 })
      const waiting = yield* Effect.forkChild(peer.send(new Uint8Array(60_001)), { startImmediately: true })
      yield* Effect.sleep(20)
      assert.isUndefined(waiting.pollUnsafe())
      wire.socket.resume()
      yield* Fiber.join(waiting)
      let last = 0
      while (last !== 60_001) last = (yield* wire.frame).payload.length
    }))

  it.live("W4 counts packets as well", () =>
    Effect.gen(function*() {
      const { reason } = yield* stalled({ outboundBufferSize: 0, maxQueuedPackets: 3 })
      assert.deepInclude(reason, { _tag: "QueueFull", queuedPackets: 3, queuedBytes: 180_000 })
    }))

  it.live("keeps nobody else waiting: what is sent to all passes it by, and a sender that waits is let go when it dies", () =>
    Effect.gen(function*() {
      const { events, peer, server, wire } = yield* stalled()
      const other = yield* NodeWebSocketClient.make({ url: urlOf(server) })
      const heard = yield* eventsOf(other)
      yield* expectEvent(heard, "PeerConnected")
      yield* expectEvent(events, "PeerConnected")
      yield* server.send("all", new Uint8Array(50_000))
      assert.strictEqual((yield* expectEvent(heard, "Packet")).bytes.length, 50_000)
      const told = yield* reasonOf(server.send("all", new Uint8Array(50_000), { whenFull: "fail" }))
      assert.deepInclude(told, { _tag: "QueueFull", peer: peer.id })
      assert.strictEqual((yield* expectEvent(heard, "Packet")).bytes.length, 50_000, "the others get it all the same")
      const waiting = yield* Effect.forkChild(reasonOf(peer.send(new Uint8Array(50_000))), { startImmediately: true })
      wire.socket.destroy()
      assert.deepInclude(yield* Fiber.join(waiting), { _tag: "PeerDisconnected" })
    }))
})

describe("the outbound limit", () => {
  it.live("W5 65535 bytes are sent, 65536 fail with PacketTooLarge on either side; 0 is no limit", () =>
    Effect.gen(function*() {
      const { client, clientEvents, id, server, serverEvents } = yield* connected()
      yield* server.send(id, new Uint8Array(65_535))
      assert.strictEqual((yield* expectEvent(clientEvents, "Packet")).bytes.length, 65_535)
      yield* client.send(1, new Uint8Array(65_535))
      assert.strictEqual((yield* expectEvent(serverEvents, "Packet")).bytes.length, 65_535)
      for (const send of [server.send(id, new Uint8Array(65_536)), client.send(1, new Uint8Array(65_536))]) {
        assert.deepInclude(yield* reasonOf(send), { _tag: "PacketTooLarge", size: 65_536, maximum: 65_535 })
      }
      assert.deepInclude(yield* reasonOf(server.send("all", new Uint8Array(65_536))), { _tag: "PacketTooLarge" })
    }))

  it.live("W5 0 is no limit", () =>
    Effect.gen(function*() {
      const size = { inboundBufferSize: 1_000_000, outboundBufferSize: 0 }
      const { clientEvents, id, server } = yield* connected({ server: size, client: size })
      yield* server.send(id, new Uint8Array(1_000_000))
      assert.strictEqual((yield* expectEvent(clientEvents, "Packet")).bytes.length, 1_000_000)
    }))

  it.live("W1 to W6 options outside of their range are invalid, and a change is for later connections", () =>
    Effect.gen(function*() {
      const { id, server, serverEvents } = yield* connected()
      for (
        const wrong of [
          { inboundBufferSize: 3 },
          { outboundBufferSize: 3 },
          { outboundBufferSize: -1 },
          { maxQueuedPackets: 0 },
          { handshakeTimeout: 0 },
          { supportedProtocols: ["a b"] },
          { supportedProtocols: ["a", " a "] }
        ]
      ) {
        const reason = yield* reasonOf(server.configure(wrong))
        assert.deepInclude(reason, { _tag: "InvalidOption", field: Object.keys(wrong)[0] })
      }
      yield* server.configure({ outboundBufferSize: 10, supportedProtocols: [" chat "] })
      assert.deepInclude(yield* server.options, { outboundBufferSize: 10, supportedProtocols: ["chat"] })
      yield* server.send(id, new Uint8Array(1000))
      yield* NodeWebSocketClient.make({ url: urlOf(server), supportedProtocols: ["chat"] })
      const { peer } = yield* expectEvent(serverEvents, "PeerConnected")
      assert.strictEqual(peer.protocol, "chat")
      assert.deepInclude(yield* reasonOf(peer.send(new Uint8Array(11))), { _tag: "PacketTooLarge", maximum: 10 })
    }))
})

describe("close codes", () => {
  const good = Wire.closeBody(1000)
  const cases: ReadonlyArray<
    readonly [name: string, frames: ReadonlyArray<Uint8Array>, answer: number, reason: object]
  > = [
    ["a Close", [Wire.frame(Close, Wire.closeBody(4321, "why"))], 4321, { _tag: "Remote", code: 4321, reason: "why" }],
    ["a Close with code 1012", [Wire.frame(Close, Wire.closeBody(1012))], 1012, { _tag: "Remote", code: 1012 }],
    ["an empty Close", [Wire.frame(Close, "")], 0, { _tag: "Remote", code: 1005, reason: "" }],
    ["a Close of one byte", [Wire.frame(Close, "x")], 1002, { _tag: "Violation", code: 1002 }],
    ["a Close with code 999", [Wire.frame(Close, Wire.closeBody(999))], 1002, { _tag: "Violation", code: 1002 }],
    ["a Close with code 1005", [Wire.frame(Close, Wire.closeBody(1005))], 1002, { _tag: "Violation", code: 1002 }],
    ["a Close with code 1015", [Wire.frame(Close, Wire.closeBody(1015))], 1002, { _tag: "Violation", code: 1002 }],
    ["a Close with an invalid reason", [Wire.frame(Close, Buffer.concat([good, Buffer.from([0xff])]))], 1007, {
      _tag: "Violation",
      code: 1007
    }],
    ["reserved bits", [Wire.frame(Binary, "x", { rsv: 4 })], 1002, { _tag: "Violation", code: 1002 }],
    ["an unmasked frame", [Wire.frame(Binary, "x", { mask: false })], 1002, { _tag: "Violation", code: 1002 }],
    ["an unknown opcode", [Wire.frame(3, "x")], 1002, { _tag: "Violation", code: 1002 }],
    ["a continuation of nothing", [Wire.frame(Continuation, "x")], 1002, { _tag: "Violation", code: 1002 }],
    ["a message inside of a message", [Wire.frame(Binary, "x", { fin: false }), Wire.frame(Binary, "y")], 1002, {
      _tag: "Violation",
      code: 1002
    }],
    ["invalid UTF-8", [Wire.frame(Text, Buffer.from([0xc3, 0x28]))], 1007, { _tag: "Violation", code: 1007 }],
    ["a ping of 126 bytes", [Wire.frame(Ping, new Uint8Array(126))], 1002, { _tag: "Violation", code: 1002 }],
    ["a ping in fragments", [Wire.frame(Ping, "x", { fin: false })], 1002, { _tag: "Violation", code: 1002 }],
    [
      "a message of 20,000 fragments",
      [
        Wire.frame(Binary, "", { fin: false }),
        ...Array.from({ length: 20_000 }, () => Wire.frame(Continuation, "", { fin: false }))
      ],
      1008,
      { _tag: "Violation", code: 1008 }
    ]
  ]
  for (const [name, frames, answer, reason] of cases) {
    it.live(`W20 ${name} is answered with ${answer === 0 ? "an empty Close" : answer}`, () =>
      Effect.gen(function*() {
        const server = yield* serverOn()
        const events = yield* eventsOf(server)
        const { id, wire } = yield* Wire.join(portOf(server))
        yield* expectEvent(events, "PeerConnected")
        yield* wire.send(...frames)
        assert.strictEqual(yield* wire.closeCode, answer)
        const event = yield* expectEvent(events, "PeerDisconnected")
        assert.strictEqual(event.id, id)
        assert.deepInclude(event.reason, reason)
        yield* wire.closed
      }))
  }

  it.live("W20 a ping inside of a message is answered with its body, and is not in the message", () =>
    Effect.gen(function*() {
      const server = yield* serverOn()
      const events = yield* eventsOf(server)
      const { wire } = yield* Wire.join(portOf(server))
      yield* expectEvent(events, "PeerConnected")
      yield* wire.send(
        Wire.frame(Binary, "ab", { fin: false }),
        Wire.frame(Ping, "pp"),
        Wire.frame(Continuation, "cd")
      )
      const { opcode, payload } = yield* wire.frame
      assert.deepStrictEqual([opcode, payload.toString()], [Wire.Opcode.Pong, "pp"])
      assert.strictEqual(Buffer.from((yield* expectEvent(events, "Packet")).bytes).toString(), "abcd")
      yield* wire.send(Wire.frame(Wire.Opcode.Pong, "unasked"), Wire.frame(Text, "text"))
      assert.strictEqual(Buffer.from((yield* expectEvent(events, "Packet")).bytes).toString(), "text")
      assert.strictEqual(yield* Queue.size(events), 0)
    }))
})
