import { DirectSocket, EnetHost, Recorder, type Recording } from "@effect-enet/core"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Layer, Scope, Stream } from "effect"
import { DatagramSocket } from "effect/socket"
import { localhost, settle } from "./Kit.ts"

/** Sockets on a wire that tells writers from the direct call, and can keep the reports of the latter to itself. */
const wire = () => {
  const open = new Map<number, DatagramSocket.BackingEvents>()
  const written: Array<number> = []
  const sent: Array<number> = []
  const control = { fails: false, reports: true, onSent: (_port: number): void => {} }
  /** The very bytes that either of them was given last. */
  const given: { written?: Uint8Array; sent?: Uint8Array } = {}
  const unreported: Array<() => void> = []
  const carry = (from: number, payload: Uint8Array, to: DatagramSocket.BackingAddress | undefined) =>
    open.get(to?.port ?? 0)?.onPacket(payload.slice(), localhost, from)
  const backing = (port: number) =>
    DatagramSocket.makeFromBackingSocket((events) =>
      Effect.sync((): DatagramSocket.BackingSocket => {
        open.set(port, events)
        const send: DatagramSocket.BackingSocket["send"] = (payload, to, done) => {
          written.push(port)
          given.written = payload
          carry(port, payload, to)
          done()
        }
        return {
          address: { host: localhost, port },
          send,
          sendMany: (payloads, to, done) => {
            payloads.forEach((payload, index) => send(payload, to[index], () => {}))
            done()
          },
          joinMulticast: () => Effect.die(new Error("none")),
          close: () => void open.delete(port)
        }
      })
    )
  const directly = (port: number): DirectSocket.Send => (payload, to, done) => {
    sent.push(port)
    given.sent = payload
    if (!control.fails) carry(port, payload, to)
    const report = () => done(control.fails ? new Error("no route") : undefined)
    if (control.reports) report()
    else unreported.push(report)
    control.onSent(port)
  }
  const socket = (port: number) => Effect.map(backing(port), (plain) => DirectSocket.make(plain, directly(port)))
  return { control, given, open, sent, socket, unreported, written }
}

type Wire = ReturnType<typeof wire>

const hostOn = (socket: Effect.Effect<DatagramSocket.DatagramSocket>) =>
  EnetHost.make().pipe(Effect.provide(Layer.effect(DatagramSocket.DatagramSocket, socket)))

/** A server that echoes on port 1, and a client on port 2 that is connected to it. */
const echoing = Effect.fnUntraced(function*({ socket }: Wire) {
  const server = yield* hostOn(socket(1))
  yield* Effect.forkScoped(
    Stream.runForEach(
      server.events,
      (event) => event._tag === "Receive" ? event.peer.send(0, event.packet) : Effect.void
    ),
    { startImmediately: true }
  )
  const client = yield* hostOn(socket(2))
  const peer = yield* client.connect({ address: localhost, port: 1, channels: 1 })
  yield* settle
  return { client, peer, server }
})

describe("a direct socket", () => {
  it.effect("sends to whoever was heard from without its writer", () =>
    Effect.gen(function*() {
      const line = wire()
      const { peer } = yield* echoing(line)
      // the client knew the server by the address it was given, until an answer came
      expect(line.written).toEqual([2])
      yield* peer.send(0, "hello")
      expect(new TextDecoder().decode((yield* peer.receive).packet)).toBe("hello")
      expect(line.written).toEqual([2])
      expect(new Set(line.sent)).toEqual(new Set([1, 2]))
    }))

  it.effect("counts what could not be sent", () =>
    Effect.gen(function*() {
      const line = wire()
      const { client, peer } = yield* echoing(line)
      line.control.fails = true
      yield* peer.send(0, "hello")
      yield* settle
      expect((yield* client.statistics).dropped).toEqual({ NotSent: 1 })
    }))

  it.effect("stays open until the system has reported on everything", () =>
    Effect.gen(function*() {
      const line = wire()
      const scope = yield* Scope.make()
      yield* Scope.provide(echoing(line), scope)
      line.control.reports = false
      const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void))
      yield* settle
      expect(line.unreported.length).toBeGreaterThan(0)
      expect(line.open.size).toBeGreaterThan(0)
      while (line.unreported.length > 0) {
        for (const report of line.unreported.splice(0)) report()
        yield* settle
      }
      yield* Fiber.join(closing)
      expect(line.open.size).toBe(0)
    }))

  it.effect("takes no more than it may hold back", () =>
    Effect.gen(function*() {
      const line = wire()
      const { client, peer } = yield* echoing(line)
      line.control.reports = false
      line.control.fails = true
      for (let i = 0; i < 20_000; i++) {
        yield* peer.send(0, new Uint8Array(0), { mode: "unsequenced" })
        yield* client.flush
      }
      const { length } = line.unreported
      line.control.reports = true
      for (const report of line.unreported) report()
      expect(length).toBe(16_384)
      expect((yield* client.statistics).dropped).toEqual({ NotSent: 20_000 })
    }))

  const unsequenced = { mode: "unsequenced" } as const

  it.effect("gets the same memory again once the system has let go of it", () =>
    Effect.gen(function*() {
      const line = wire()
      const { client, peer } = yield* echoing(line)
      const bytesOf = Effect.fnUntraced(function*(text: string) {
        yield* peer.send(0, text, unsequenced)
        yield* client.flush
        return line.given.sent!
      })
      const first = yield* bytesOf("first")
      expect((yield* bytesOf("other")).byteOffset).toBe(first.byteOffset)
      line.control.reports = false
      const kept = yield* bytesOf("kept.")
      const copy = kept.slice()
      const next = yield* bytesOf("next.")
      expect(next.buffer).toBe(kept.buffer)
      expect(next.byteOffset).toBeGreaterThanOrEqual(kept.byteOffset + kept.length)
      expect(kept).toEqual(copy)
      line.control.reports = true
      for (const report of line.unreported) report()
      expect((yield* bytesOf("again")).byteOffset).toBe(first.byteOffset)
    }))

  it.effect("leaves what is still to be sent alone when it is called back between two datagrams", () =>
    Effect.gen(function*() {
      const line = wire()
      const { server } = yield* echoing(line)
      const other = yield* hostOn(line.socket(3))
      const others = yield* other.connect({ address: localhost, port: 1, channels: 1 })
      yield* settle
      const [first] = yield* server.peers
      let isFirst = true
      line.control.onSent = (port) => {
        if (port !== 1 || !isFirst) return
        isFirst = false
        Effect.runSync(Effect.andThen(first!.send(0, "for the first alone", unsequenced), server.flush))
      }
      yield* server.broadcast(0, "to everybody", unsequenced)
      yield* server.flush
      expect(isFirst).toBe(false)
      expect(new TextDecoder().decode((yield* others.receive).packet)).toBe("to everybody")
    }))

  it.effect("leaves to a writer bytes of its own", () =>
    Effect.gen(function*() {
      const line = wire()
      const { client, peer } = yield* echoing(line)
      // nobody was heard from there
      yield* Effect.forkChild(Effect.ignore(client.connect({ address: localhost, port: 9, channels: 1 })))
      yield* settle
      const question = line.given.written!
      const copy = question.slice()
      for (let i = 0; i < 100; i++) {
        yield* peer.send(0, new Uint8Array(100).fill(0xff), unsequenced)
        yield* client.flush
      }
      expect(question).toEqual(copy)
    }).pipe(Effect.scoped))

  it.effect("leaves what is recorded as it was", () =>
    Effect.gen(function*() {
      const line = wire()
      const steps: Array<Recording.Step> = []
      const recorder = () => (step: Recording.Step) => void steps.push(step)
      const { client, peer } = yield* echoing(line).pipe(Effect.provideService(Recorder.Recorder, recorder))
      const sent = () => steps.flatMap((step) => step.sent.map(({ bytes }) => bytes))
      yield* peer.send(0, "first", unsequenced)
      yield* client.flush
      const copies = sent().map((bytes) => bytes.slice())
      yield* peer.send(0, "second", unsequenced)
      yield* client.flush
      expect(sent().slice(0, copies.length)).toEqual(copies)
    }))

  it.effect("is not reached through a socket that is made of it", () =>
    Effect.gen(function*() {
      const line = wire()
      const socket = yield* line.socket(1)
      expect(DirectSocket.sendOf(socket)).toBeDefined()
      const { reader, writer } = socket
      expect(DirectSocket.sendOf(DatagramSocket.make({ reader, writer }))).toBeUndefined()
      expect(DirectSocket.sendOf({ ...socket, writer })).toBeUndefined()
    }))
})
