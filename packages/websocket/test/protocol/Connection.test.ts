import { assert, describe, it } from "@effect/vitest"
import { Connection, PeerId } from "../../src/protocol/index.ts"

const limits: Connection.ConnectionLimits = { inboundBufferSize: 100, outboundBufferSize: 50, maxQueuedPackets: 4 }

const freeze = <A>(value: A): A => {
  if (typeof value === "object" && value !== null && !ArrayBuffer.isView(value)) {
    Object.values(value).forEach(freeze)
    Object.freeze(value)
  }
  return value
}

/** Runs inputs from a state, which must stay as it is. */
const run = (state: Connection.Connection, ...inputs: ReadonlyArray<Connection.ConnectionInput>) => {
  let current = freeze(state)
  const outputs: Array<Connection.ConnectionOutput> = []
  for (const input of inputs) {
    const [next, out] = Connection.step(current, freeze(input))
    current = freeze(next)
    outputs.push(...out)
  }
  return { state: current, outputs, tags: outputs.map(({ _tag }) => _tag) }
}

const bytes = (length: number, fill = 7) => new Uint8Array(length).fill(fill)
const message = (content: Uint8Array): Connection.ConnectionInput => ({ _tag: "Message", bytes: content })
const send = (length: number): Connection.ConnectionInput => ({ _tag: "Send", bytes: bytes(length) })
const written = (length: number): Connection.ConnectionInput => ({ _tag: "Written", bytes: length })
const taken = (packets: number, length: number): Connection.ConnectionInput => ({
  _tag: "Taken",
  packets,
  bytes: length
})
const disconnect = (force = false): Connection.ConnectionInput => ({
  _tag: "Disconnect",
  code: 4001,
  reason: "bye",
  force
})
const ended = (
  reason: Extract<Connection.ConnectionInput, { _tag: "Ended" }>["reason"]
): Connection.ConnectionInput => ({
  _tag: "Ended",
  reason
})

const server = (changes: Partial<Connection.ConnectionLimits> = {}) => {
  const [state] = Connection.accept(77, { ...limits, ...changes })
  return run(state, written(4)).state
}
const client = (changes: Partial<Connection.ConnectionLimits> = {}) =>
  run(Connection.begin({ ...limits, ...changes }), message(PeerId.encode(77))).state

describe("the id", () => {
  it("W12 a server sends the client's id first, as four bytes little-endian, and then tells the application", () => {
    const [state, outputs] = Connection.accept(0x01020304, limits)
    assert.deepStrictEqual(outputs, [
      { _tag: "Transmit", bytes: Uint8Array.of(4, 3, 2, 1) },
      { _tag: "Connected" }
    ])
    assert.deepStrictEqual([state.phase, state.id, state.uniqueId, state.unsent], ["Open", 0x01020304, 1, {
      packets: 1,
      bytes: 4
    }])
  })

  it("W12 a client's first message is its id, and no packet", () => {
    const { state, tags } = run(Connection.begin(limits), message(PeerId.encode(0x7fffffff)), message(bytes(2)))
    assert.deepStrictEqual(tags, ["Connected", "Packet"])
    assert.deepStrictEqual([state.phase, state.id, state.uniqueId], ["Open", 1, 0x7fffffff])
  })

  for (
    const [name, wrong] of [
      ["is empty", bytes(0)],
      ["has three bytes", bytes(3)],
      ["has five bytes", bytes(5)],
      ["is 0", PeerId.encode(0)],
      ["is 1", PeerId.encode(1)],
      ["is negative", PeerId.encode(-5)]
    ] as const
  ) {
    it(`W12 a client closes with 1000 and without a reason when its id ${name}, and looks at no later one`, () => {
      const { outputs, state } = run(Connection.begin(limits), message(wrong), message(PeerId.encode(9)))
      assert.deepStrictEqual(outputs, [{ _tag: "BadId" }, { _tag: "Close", code: 1000, reason: "" }])
      assert.deepStrictEqual([state.phase, state.uniqueId], ["Rejected", 0])
      assert.deepStrictEqual(run(state, ended({ _tag: "Lost" })).tags, ["Room"], "nobody was told of a connection")
    })
  }

  it("W15 a client that is closed before its id tells the application nothing", () => {
    assert.deepStrictEqual(
      run(Connection.begin(limits), ended({ _tag: "Remote", code: 1000, reason: "" })).tags,
      ["Room"]
    )
  })
})

describe("receiving", () => {
  it("W3 a message of exactly the inbound buffer size is a packet, one byte more is closed with 1009", () => {
    assert.deepStrictEqual(run(server(), message(bytes(100))).outputs[0], { _tag: "Packet", bytes: bytes(100) })
    const { outputs, state } = run(server(), message(bytes(101)), message(bytes(1)))
    assert.deepStrictEqual(outputs, [
      { _tag: "Close", code: 1009, reason: "" },
      {
        _tag: "Disconnected",
        reason: { _tag: "Violation", code: 1009, detail: "a message of 101 bytes" }
      }
    ])
    assert.strictEqual(state.phase, "Closing")
  })

  it("W4 a full queue of packets pauses the socket, and room in it lets it go on; nothing is dropped", () => {
    const { state, tags } = run(server(), ...[1, 2, 3, 4, 5].map((n) => message(bytes(n))))
    assert.deepStrictEqual(tags, ["Packet", "Packet", "Packet", "Packet", "Pause", "Packet"])
    const half = run(state, taken(1, 1))
    assert.deepStrictEqual(half.tags, [], "still full")
    assert.deepStrictEqual(run(half.state, taken(1, 2)).tags, ["Resume"])
  })

  it("W4 what was paused and resumed is paused again when the queue is full again", () => {
    const full = run(server(), ...[1, 2, 3, 4].map((n) => message(bytes(n)))).state
    const { tags } = run(full, taken(2, 3), message(bytes(1)), message(bytes(1)))
    assert.deepStrictEqual(tags, ["Resume", "Packet", "Packet", "Pause"])
  })

  it("W3 a violation is told once, and a paused socket reads on until the other side's Close", () => {
    const paused = run(server(), message(bytes(100))).state
    const broken = run(paused, message(bytes(101)))
    assert.deepStrictEqual(broken.tags, ["Close", "Resume", "Disconnected"])
    const late = run(broken.state, taken(1, 100), message(bytes(101)), ended({ _tag: "Lost" }))
    assert.deepStrictEqual(late.tags, ["Room"])
  })

  it("W3 as many unread bytes as the inbound buffer size pause the socket", () => {
    const { state, tags } = run(server(), message(bytes(60)), message(bytes(40)))
    assert.deepStrictEqual(tags, ["Packet", "Packet", "Pause"])
    assert.deepStrictEqual(run(state, taken(1, 60)).tags, ["Resume"])
  })

  it("W13 an empty message is no packet", () => {
    assert.deepStrictEqual(run(server(), message(bytes(0))).tags, [])
  })

  it("a socket that cannot pause is closed with 1008 before the memory is gone", () => {
    const { outputs, state } = run(
      server({ maxQueuedPackets: 1_000_000 }),
      ...Array.from({ length: 20_000 }, () => message(bytes(100)))
    )
    assert.deepStrictEqual(outputs.at(-1), {
      _tag: "Disconnected",
      reason: { _tag: "Violation", code: 1008, detail: "more packets than are read" }
    })
    assert.isAtMost(state.waiting.bytes, 64 * 100 + 1_048_576)
  })
})

describe("sending", () => {
  it("W5 a packet of the outbound buffer size is sent, one byte more never can be", () => {
    assert.deepStrictEqual(run(client(), send(50)).tags, ["Transmit"])
    assert.deepStrictEqual(run(client(), send(51)).outputs, [{ _tag: "Refused", because: "PacketTooLarge" }])
    assert.deepStrictEqual(run(client({ outboundBufferSize: 0 }), send(1_000_000)).tags, ["Transmit"], "0: unlimited")
  })

  it("W5 unsent bytes above the outbound buffer size refuse the packet, whole; the connection stays", () => {
    const { outputs, state } = run(client(), send(30), send(21))
    assert.deepStrictEqual(outputs.at(-1), { _tag: "Refused", because: "QueueFull" })
    assert.deepStrictEqual(run(state, send(20)).tags, ["Transmit"])
    assert.deepStrictEqual(run(state, written(30), send(50)).tags, ["Room", "Transmit"])
  })

  it("W4 as many unsent packets as the queue takes refuse the next one", () => {
    const { outputs, state } = run(client(), send(1), send(1), send(1), send(1), send(1))
    assert.deepStrictEqual(outputs.at(-1), { _tag: "Refused", because: "QueueFull" })
    assert.deepStrictEqual(state.unsent, { packets: 4, bytes: 4 })
    assert.deepStrictEqual(run(state, written(1), written(1), send(1), send(1), send(1)).tags, [
      "Room",
      "Room",
      "Transmit",
      "Transmit",
      "Refused"
    ])
  })

  it("W13 an empty packet is fine, and not sent", () => {
    assert.deepStrictEqual(run(client(), send(0)).tags, [])
  })

  it("W7 nothing is sent before the id, nor behind a Close", () => {
    const refused: ReadonlyArray<Connection.ConnectionOutput> = [{ _tag: "Refused", because: "NotConnected" }]
    assert.deepStrictEqual(run(Connection.begin(limits), send(1)).outputs, [...refused])
    assert.deepStrictEqual(run(run(client(), disconnect()).state, send(1)).outputs, [...refused])
    assert.deepStrictEqual(run(run(client(), ended({ _tag: "Lost" })).state, send(1)).outputs, [...refused])
  })
})

describe("the end", () => {
  it("W16 a server that disconnects a peer sends the Close and tells the application at once, and only once", () => {
    const { outputs, state } = run(server(), disconnect())
    assert.deepStrictEqual(outputs, [
      { _tag: "Close", code: 4001, reason: "bye" },
      { _tag: "Disconnected", reason: { _tag: "Local" } }
    ])
    assert.deepStrictEqual(run(state, message(bytes(3)), disconnect(), ended({ _tag: "Lost" })).tags, ["Room"])
  })

  it("W16 a client that disconnects waits for the server's Close", () => {
    const { state, tags } = run(client(), disconnect())
    assert.deepStrictEqual(tags, ["Close"])
    assert.deepStrictEqual(run(state, ended({ _tag: "Remote", code: 4001, reason: "bye" })).outputs, [
      { _tag: "Disconnected", reason: { _tag: "Local" } },
      { _tag: "Room" }
    ])
  })

  it("W16 a forced disconnect sends the Close and drops the connection", () => {
    assert.deepStrictEqual(run(server(), disconnect(true)).outputs, [
      { _tag: "Close", code: 4001, reason: "bye" },
      { _tag: "Terminate" },
      { _tag: "Disconnected", reason: { _tag: "Closed" } }
    ])
  })

  it("W16 what ends a connection that was dropped or has ended is told no more, nor does its socket read on", () => {
    const dropped = run(server(), disconnect(true)).state
    assert.deepStrictEqual(run(dropped, ended({ _tag: "Lost" }), ended({ _tag: "Lost" })).tags, ["Room"])
    const paused = run(server(), message(bytes(100))).state
    for (const input of [disconnect(), disconnect(true), ended({ _tag: "Lost" })]) {
      assert.deepStrictEqual(run(run(paused, input).state, taken(1, 100)).tags, [])
    }
  })

  it("a paused socket reads again when it is closed, so that it can see the other side's Close", () => {
    const paused = run(server(), message(bytes(100))).state
    assert.deepStrictEqual(run(paused, disconnect()).tags, ["Close", "Resume", "Disconnected"])
  })

  it("W15 the remote's Close comes behind the packets, with code and reason", () => {
    const { outputs } = run(client(), message(bytes(1)), ended({ _tag: "Remote", code: 4000, reason: "kicked" }))
    assert.deepStrictEqual(outputs.map(({ _tag }) => _tag), ["Packet", "Disconnected", "Room"])
    assert.deepInclude(outputs[1], { reason: { _tag: "Remote", code: 4000, reason: "kicked" } })
  })

  it("W20 a violation that the socket found is told with its code, once", () => {
    const { outputs, state } = run(server(), ended({ _tag: "Violation", code: 1002, detail: "RSV1" }))
    assert.deepInclude(outputs[0], { reason: { _tag: "Violation", code: 1002, detail: "RSV1" } })
    assert.deepStrictEqual(run(state, ended({ _tag: "Lost" }), disconnect(), message(bytes(1))).tags, [])
  })
})
