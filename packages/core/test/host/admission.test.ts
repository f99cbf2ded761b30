import { Admission, EnetError, type EnetHost, ReasonCode } from "@effect-enet/core"
import { describe, expect, it } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import * as NetAddress from "effect/net/NetAddress"
import { captureLog, connectTo, localhost, Network, pass, reasonOf, record, serverPort, settle, told } from "./Kit.ts"

const { ReasonCode: codes } = ReasonCode

/** A server with a policy, and a client. */
const served = Effect.fnUntraced(function*(policy: Admission.Policy, options: Admission.Options = {}) {
  const network = new Network()
  const log = captureLog()
  const server = yield* network.host({}, serverPort).pipe(
    Effect.provide([Admission.layer(policy, options), log.layer])
  )
  const client = yield* network.host()
  const events = yield* record(server)
  return { network, server, client, events, lines: log.lines }
})

/** Connects, and tells how the server ends it, `Connected` when it does not. */
const outcome = Effect.fnUntraced(function*(client: EnetHost.EnetHost["Service"], data = 0) {
  const peer = yield* connectTo(client, { data, channels: 3 })
  yield* pass(100)
  const state = yield* peer.state
  return state === "Connected" ? state : (yield* peer.closed)
})

const refusedWith = (data: number) => ({ _tag: "Remote", data })

describe("admission", () => {
  it.effect("sees address, data, channels and the address's other connections, before the Connect event", () =>
    Effect.gen(function*() {
      const seen: Array<Admission.Request> = []
      const { client, events } = yield* served(Admission.make((request) =>
        Effect.sync(() => {
          seen.push(request)
          return request.data === 7 ? Admission.accept : Admission.refuse(1234)
        })
      ))
      expect(yield* outcome(client, 7)).toBe("Connected")
      expect(yield* outcome(client, 8)).toEqual(refusedWith(1234))
      expect(yield* outcome(client, 7)).toBe("Connected")
      expect(told(events)).toEqual(["1 connect 7", "3 connect 7"])
      expect(seen.map(({ address, ...rest }) => ({ ...rest, host: NetAddress.formatHost(address) }))).toEqual([
        { data: 7, channels: 3, connections: 0, host: localhost },
        { data: 8, channels: 3, connections: 1, host: localhost },
        { data: 7, channels: 3, connections: 1, host: localhost }
      ])
      expect(seen[0]!.address.port).toBe(client.address.port)
    }))

  it.effect("keeps the remote's packets waiting at the remote, and loses none", () =>
    Effect.gen(function*() {
      const gate = yield* Deferred.make<void>()
      const { client, events } = yield* served(
        Admission.make(() => Effect.as(Deferred.await(gate), Admission.accept))
      )
      const peer = yield* connectTo(client)
      yield* peer.send(0, "first")
      yield* pass(2000)
      expect(told(events)).toEqual([])
      yield* Deferred.succeed(gate, undefined)
      yield* pass(4000)
      expect(told(events)).toEqual(["1 connect 0", "1 receive 0 first"])
    }))

  it.effect("is refused after the deadline, and when too many wait", () =>
    Effect.gen(function*() {
      const { client, events, server } = yield* served(Admission.make(() => Effect.never), {
        concurrency: 1,
        waiting: 1,
        deadline: "2 seconds"
      })
      const peers = yield* Effect.all([connectTo(client), connectTo(client), connectTo(client)])
      yield* pass(1999)
      expect(yield* peers[0].state).toBe("Connected")
      expect(yield* peers[2].closed).toEqual(refusedWith(codes.Busy))
      yield* pass(1)
      expect(yield* peers[0].closed).toEqual(refusedWith(codes.AdmissionTimeout))
      expect(yield* peers[1].closed).toEqual(refusedWith(codes.AdmissionTimeout))
      expect(told(events)).toEqual([])
      expect((yield* server.statistics).dropped.Denied).toBe(3)
      expect((yield* server.peers).length).toBe(0)
    }))

  it.effect("that fails is logged, and refuses", () =>
    Effect.gen(function*() {
      const { client, lines } = yield* served(Admission.make(() => Effect.die("the database is gone")))
      expect(yield* outcome(client)).toEqual(refusedWith(codes.Denied))
      expect(lines.join()).toContain("admission failed")
    }))

  it.effect("comes too late for a remote that has left", () =>
    Effect.gen(function*() {
      const gate = yield* Deferred.make<void>()
      const { client, events, server } = yield* served(
        Admission.make(() => Effect.as(Deferred.await(gate), Admission.accept))
      )
      const peer = yield* connectTo(client)
      yield* pass(100)
      yield* peer.disconnectNow()
      yield* settle
      yield* Deferred.succeed(gate, undefined)
      yield* pass(1000)
      expect(told(events)).toEqual([])
      expect((yield* server.peers).length).toBe(0)
    }))

  it.effect("also decides with ENet's own handshake", () =>
    Effect.gen(function*() {
      const network = new Network()
      yield* network.host({ handshake: "enet" }, serverPort).pipe(
        Effect.provide(Admission.layer(Admission.make(() => Effect.succeed(Admission.refuse(5)))))
      )
      expect(yield* outcome(yield* network.host())).toEqual(refusedWith(5))
    }))
})

describe("bans", () => {
  it.effect("refuse requests from addresses and networks, without a connection", () =>
    Effect.gen(function*() {
      for (
        const [networks, banned] of [
          [["10.0.0.0/8", "127.0.0.0/24"], true],
          [[localhost], true],
          [["2001:db8::/32", "127.0.1.0/24", "127.0.0.2"], false]
        ] as const
      ) {
        const { client, server } = yield* served(yield* Admission.ban(networks, 99))
        const attempt = yield* Effect.forkChild(Effect.exit(connectTo(client)))
        yield* settle
        expect((yield* Fiber.join(attempt))._tag).toBe(banned ? "Failure" : "Success")
        if (!banned) continue
        const address = `${localhost}:${serverPort}`
        expect(yield* reasonOf(connectTo(client))).toEqual(new EnetError.ConnectRefused({ address, data: 99 }))
        expect((yield* server.statistics).dropped).toEqual({ Denied: 2 })
        expect((yield* server.peers).length).toBe(0)
      }
    }))

  it.effect("are addresses, or networks without host bits", () =>
    Effect.gen(function*() {
      for (const network of ["example.org", "10.0.0.0/33", "10.0.0.1/8", ""]) {
        expect(yield* reasonOf(Admission.ban([network]))).toBeInstanceOf(EnetError.InvalidOption)
      }
    }))
})

describe("limits", () => {
  it.effect("of connections of one address", () =>
    Effect.gen(function*() {
      const { client } = yield* served(Admission.maxPerAddress(2))
      expect(yield* outcome(client)).toBe("Connected")
      expect(yield* outcome(client)).toBe("Connected")
      expect(yield* outcome(client)).toEqual(refusedWith(codes.TooManyFromAddress))
    }))

  it.effect("of connections of one network in some time, which comes back bit by bit", () =>
    Effect.gen(function*() {
      const { client } = yield* served(yield* Admission.rateLimit({ connections: 2, milliseconds: 10_000 }))
      expect(yield* outcome(client)).toBe("Connected")
      expect(yield* outcome(client)).toBe("Connected")
      expect(yield* outcome(client)).toEqual(refusedWith(codes.RateLimited))
      yield* pass(5000)
      expect(yield* outcome(client)).toBe("Connected")
      expect(yield* outcome(client)).toEqual(refusedWith(codes.RateLimited))
    }))

  it.effect("can be combined; the first refusal counts", () =>
    Effect.gen(function*() {
      const first = Admission.make(({ data }) => Effect.succeed(data === 1 ? Admission.refuse(1) : Admission.accept))
      const second = Admission.make(() => Effect.succeed(Admission.refuse(2)))
      const { client } = yield* served(Admission.all(yield* Admission.ban(["10.0.0.0/8"]), first, second))
      expect(yield* outcome(client, 1)).toEqual(refusedWith(1))
      expect(yield* outcome(client, 2)).toEqual(refusedWith(2))
    }))
})
