import { HostMetrics } from "@effect-enet/core"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Exit, Option, Scope, Stream, Tracer } from "effect"
import {
  addressOf,
  connectTo,
  type Host,
  localhost,
  Network,
  onlyPeer,
  pass,
  record,
  serverPort,
  settle
} from "../host/Kit.ts"
import { valueOf, withMetrics } from "./Kit.ts"

const observed = (network: Network, port?: number) =>
  Effect.flatMap(network.host({}, port), (host) => HostMetrics.observe(host))

const connectedPair = Effect.gen(function*() {
  const network = new Network()
  const server = yield* observed(network, serverPort)
  const events = yield* record(server)
  const client = yield* network.host()
  const toServer = yield* connectTo(client)
  yield* settle
  return { network, server, events, client, toServer }
})

/** The spans that ended or are open, by name. */
const captureSpans = () => {
  const spans: Array<Tracer.NativeSpan> = []
  const tracer = Tracer.make({
    span: (options) => {
      const span = new Tracer.NativeSpan(options)
      spans.push(span)
      return span
    }
  })
  const named = (name: string) => spans.filter((span) => span.name === name)
  return { named, provide: Effect.provideService(Tracer.Tracer, tracer) }
}

describe("metrics", () => {
  it.effect("count datagrams and bytes as the host does", () =>
    withMetrics((lines) =>
      Effect.gen(function*() {
        const network = new Network()
        const server = yield* network.host({}, serverPort)
        const scope = yield* Scope.make()
        yield* HostMetrics.observe(server).pipe(Scope.provide(scope))
        const toServer = yield* connectTo(yield* network.host())
        for (let i = 0; i < 10; i++) {
          yield* toServer.send(0, "x".repeat(100))
          yield* pass(1000)
        }
        const early = valueOf(yield* lines, `enet_datagrams_total{direction="in"}`)
        expect(early).toBeGreaterThan(20)
        // the last ones are counted when the observer goes
        yield* Scope.close(scope, Exit.void)
        const told = yield* lines
        const statistics = yield* server.statistics
        expect(valueOf(told, `enet_datagrams_total{direction="in"}`)).toBe(statistics.receivedPackets)
        expect(valueOf(told, `enet_datagrams_total{direction="out"}`)).toBe(statistics.sentPackets)
        expect(valueOf(told, `enet_bytes_total{direction="in"}`)).toBe(statistics.receivedData)
        expect(valueOf(told, `enet_bytes_total{direction="out"}`)).toBe(statistics.sentData)
        expect(valueOf(told, "enet_steps_total")).toBe(statistics.steps)
        expect(valueOf(told, "enet_step_time_us_count")).toBeGreaterThan(0)
      })
    ))

  it.effect("go on when the host's counters are popped", () =>
    withMetrics((lines) =>
      Effect.gen(function*() {
        const { server, toServer } = yield* connectedPair
        yield* pass(1250)
        yield* toServer.send(0, "before")
        yield* settle
        const popped = (yield* server.popStatistics).receivedPackets
        yield* toServer.send(0, "after")
        yield* settle
        const { receivedPackets } = yield* server.popStatistics
        expect(popped).toBeGreaterThan(0)
        expect(receivedPackets).toBeGreaterThan(0)
        expect(valueOf(yield* lines, `enet_datagrams_total{direction="in"}`)).toBe(popped + receivedPackets)
      })
    ))

  it.effect("count what is dropped, by reason", () =>
    withMetrics((lines) =>
      Effect.gen(function*() {
        const { network, server } = yield* connectedPair
        const raw = yield* network.raw()
        for (let i = 0; i < 3; i++) yield* raw.send(serverPort, new Uint8Array([0xff]))
        yield* pass(1000)
        const [[reason, count] = ["", 0]] = Object.entries((yield* server.statistics).dropped)
        expect(count).toBe(3)
        expect(valueOf(yield* lines, `enet_datagrams_dropped_total{reason="${reason}"}`)).toBe(3)
      })
    ))

  it.effect("count peers by state, also when none is left", () =>
    withMetrics((lines) =>
      Effect.gen(function*() {
        const { toServer } = yield* connectedPair
        yield* pass(1000)
        expect(valueOf(yield* lines, `enet_peers{state="Connected"}`)).toBe(1)
        expect(valueOf(yield* lines, "enet_round_trip_time_ms_count")).toBeGreaterThan(0)
        yield* toServer.disconnectNow()
        yield* pass(1000)
        expect(valueOf(yield* lines, `enet_peers{state="Connected"}`)).toBe(0)
      })
    ))

  it.effect("tell what waits", () =>
    withMetrics((lines) =>
      Effect.gen(function*() {
        const network = new Network()
        const server = yield* observed(network, serverPort)
        const toServer = yield* connectTo(yield* network.host())
        yield* settle
        yield* toServer.send(0, new Uint8Array(5000))
        yield* settle
        const toClient = yield* onlyPeer(server)
        network.passes = ({ from }) => from !== serverPort
        yield* toClient.send(0, new Uint8Array(700))
        yield* pass(1000)
        expect(valueOf(yield* lines, `enet_queued_bytes{queue="waiting"}`)).toBe(5000)
        expect(valueOf(yield* lines, `enet_queued_bytes{queue="in_transit"}`)).toBe(700)
        expect(valueOf(yield* lines, `enet_queued_bytes{queue="outgoing"}`)).toBe(0)
      })
    ))

  it.effect("count events, and connections that are served", () =>
    withMetrics((lines) =>
      Effect.gen(function*() {
        const { toServer } = yield* connectedPair
        for (let i = 0; i < 7; i++) yield* toServer.send(0, "x")
        yield* settle
        yield* toServer.disconnectNow()
        yield* pass(1000)
        const told = yield* lines
        expect(valueOf(told, `enet_events_total{event="Connect"}`)).toBe(1)
        expect(valueOf(told, `enet_events_total{event="Receive"}`)).toBe(7)
        expect(valueOf(told, `enet_events_total{event="Disconnect",reason="Remote"}`)).toBe(1)

        const network = new Network()
        const server = yield* observed(network, serverPort)
        yield* Effect.forkScoped(server.serve((peer) => Stream.runDrain(peer.messages)))
        yield* settle
        const peer = yield* connectTo(yield* network.host())
        yield* settle
        yield* peer.disconnectNow()
        yield* settle
        expect(valueOf(yield* lines, `enet_events_total{event="Connect"}`)).toBe(2)
        expect(valueOf(yield* lines, `enet_events_total{event="Disconnect",reason="Remote"}`)).toBe(2)
      })
    ))

  it.effect("count packets that are read from a peer, and the connections of a client", () =>
    withMetrics((lines) =>
      Effect.gen(function*() {
        const network = new Network()
        const server = yield* network.host({}, serverPort).pipe(
          Effect.flatMap((host) => HostMetrics.observe(host, { attributes: { host: "server" } }))
        )
        yield* Effect.forkScoped(server.serve((peer) =>
          Effect.andThen(
            Effect.andThen(peer.receive, peer.send(0, "answer")),
            Stream.runDrain(peer.messages)
          )
        ))
        const client = yield* HostMetrics.observe(yield* network.host(), { attributes: { host: "client" } })
        // the client's events tell of its connection, too: it is counted once
        yield* record(client)
        const peer = yield* connectTo(client)
        for (let i = 0; i < 5; i++) yield* peer.send(0, "x")
        expect((yield* peer.receive).packet).toHaveLength(6)
        yield* settle
        yield* peer.disconnect()
        yield* pass(1000)
        const told = yield* lines
        const count = (event: string, host: string) =>
          valueOf(told, `enet_events_total{host="${host}",event="${event}"}`)
        const ends = (reason: string, host: string) =>
          valueOf(told, `enet_events_total{host="${host}",event="Disconnect",reason="${reason}"}`)
        expect([count("Connect", "server"), count("Receive", "server"), ends("Remote", "server")]).toEqual([1, 5, 1])
        expect([count("Connect", "client"), count("Receive", "client"), ends("Local", "client")]).toEqual([1, 1, 1])
      })
    ))
})

describe("spans", () => {
  const client = (network: Network): Effect.Effect<Host, never, Scope.Scope> => Effect.orDie(observed(network))

  it.effect("last from the call of connect to the connection, from there to its end, and while that takes", () => {
    const { named, provide } = captureSpans()
    return Effect.gen(function*() {
      const network = new Network()
      yield* network.host({}, serverPort)
      const host = yield* client(network)
      const scope = yield* Scope.make()
      const peer = yield* connectTo(host).pipe(Scope.provide(scope))
      const [connect] = named("EnetHost.connect")
      expect(connect?.status._tag).toBe("Ended")
      expect(connect?.attributes.get("port")).toBe(serverPort)
      expect(connect?.attributes.get("connection")).toBe(peer.connection)
      const [handshake] = named("EnetHost.handshake")
      expect(handshake?.status._tag).toBe("Ended")
      expect(handshake && Option.getOrUndefined(handshake.parent)?.spanId).toBe(connect?.spanId)
      yield* settle
      const [connection] = named("EnetHost.connection")
      expect(connection?.status._tag).toBe("Started")
      expect(named("EnetHost.disconnect")).toEqual([])
      yield* Scope.close(scope, Exit.void)
      yield* pass(100)
      expect(named("EnetHost.disconnect").map(({ status }) => status._tag)).toEqual(["Ended"])
      expect(connection?.status._tag).toBe("Ended")
      expect(connection?.attributes.get("reason")).toBe("Local")
      expect(connection?.attributes.get("direction")).toBe("out")
    }).pipe(provide)
  })

  it.effect("tell of a connection that failed", () => {
    const { named, provide } = captureSpans()
    return Effect.gen(function*() {
      const host = yield* client(new Network())
      const failing = yield* Effect.forkChild(Effect.flip(host.connect({
        address: localhost,
        port: addressOf(serverPort).port,
        timeout: 500
      })))
      yield* pass(500)
      expect(failing.pollUnsafe()).toBeDefined()
      const status = named("EnetHost.connect")[0]?.status
      expect(status?._tag === "Ended" && Exit.isFailure(status.exit)).toBe(true)
      expect(named("EnetHost.connection")).toEqual([])
    }).pipe(provide)
  })

  it.effect("last while a disconnection takes that was called for, one for each connection", () => {
    const { named, provide } = captureSpans()
    return Effect.gen(function*() {
      const network = new Network()
      yield* network.host({}, serverPort)
      const host = yield* client(network)
      const scope = yield* Scope.make()
      const peer = yield* connectTo(host).pipe(Scope.provide(scope))
      yield* settle
      network.passes = () => false
      yield* peer.disconnect()
      yield* pass(100)
      const [disconnect] = named("EnetHost.disconnect")
      expect(disconnect?.status._tag).toBe("Started")
      expect(disconnect?.attributes.get("connection")).toBe(peer.connection)
      network.passes = () => true
      for (let i = 0; i < 20; i++) yield* pass(500)
      expect(disconnect?.status._tag).toBe("Ended")
      yield* Scope.close(scope, Exit.void)

      yield* (yield* connectTo(host)).disconnectNow()
      yield* (yield* connectTo(host)).disconnectLater()
      yield* pass(1000)
      expect(named("EnetHost.disconnect").map(({ status }) => status._tag)).toEqual(["Ended", "Ended", "Ended"])
    }).pipe(provide)
  })

  it.effect("tell of the disconnection at the end of a handler, not of one by the remote", () => {
    const { named, provide } = captureSpans()
    return Effect.gen(function*() {
      const network = new Network()
      const server = yield* Effect.orDie(observed(network, serverPort))
      yield* Effect.forkScoped(server.serve((_, data) => data === 1 ? Effect.void : Effect.never))
      const host = yield* network.host()
      const staying = yield* connectTo(host, { data: 2 })
      yield* staying.disconnect()
      yield* pass(1000)
      expect(named("EnetHost.disconnect")).toEqual([])
      yield* connectTo(host, { data: 1 })
      yield* pass(1000)
      expect(named("EnetHost.disconnect").map(({ status }) => status._tag)).toEqual(["Ended"])
    }).pipe(provide)
  })
})
