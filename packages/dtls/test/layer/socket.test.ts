import { MemoryNetwork, SimulatedNetwork } from "@effect-enet/core/testing"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Exit, Layer, Scope } from "effect"
import { DatagramSocket } from "effect/socket"
import * as Dtls from "../../src/Dtls.ts"
import {
  addressOf,
  clientOptions,
  identity,
  type Network,
  openClient,
  openServer,
  pass,
  reasons,
  root,
  serverPort,
  settle
} from "../kit/layers.ts"
import * as Pki from "../kit/Pki.ts"

const memory = (): Network => {
  const network = MemoryNetwork.make()
  return (port) => network.layer(port === undefined ? {} : { port })
}

const server = addressOf("127.0.0.1", serverPort)

describe("sockets with DTLS", () => {
  it.effect("carry datagrams both ways", () =>
    Effect.gen(function*() {
      const network = memory()
      const there = yield* openServer(network)
      const here = yield* openClient(network)
      yield* here.write(server, "hello")
      yield* settle
      expect(there.texts()).toEqual(["hello"])
      const [first] = there.received
      yield* there.write(first!.from, "well met")
      yield* there.write(first!.from, new Uint8Array(0))
      yield* settle
      expect(here.texts()).toEqual(["well met", ""])
      expect(here.received[0]?.from.port).toBe(serverPort)
      expect(here.events).toMatchObject([
        { _tag: "Opened", cipherSuite: "ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", group: "x25519" }
      ])
      expect(yield* there.dtls.statistics).toEqual({ associations: 1, handshaking: 0, dropped: {} })
      expect((yield* there.dtls.associations).map(({ port }) => port)).toEqual([here.address.port])
    }))

  it.effect("show nothing of what they carry", () =>
    Effect.gen(function*() {
      const network = MemoryNetwork.make()
      const seen: Array<string> = []
      const tapped: Network = (port) =>
        Layer.effect(
          DatagramSocket.DatagramSocket,
          Effect.map(DatagramSocket.DatagramSocket, (socket) =>
            DatagramSocket.make({
              reader: socket.reader,
              writer: Effect.map(socket.writer, (writer) => ({
                ...writer,
                writeAll: (datagrams) => {
                  for (const { payload } of datagrams) seen.push(Buffer.from(payload).toString("latin1"))
                  return writer.writeAll(datagrams)
                }
              }))
            }))
        ).pipe(Layer.provide(network.layer(port === undefined ? {} : { port })))
      yield* openServer(tapped)
      const here = yield* openClient(tapped)
      yield* here.write(server, "a very secret word")
      yield* settle
      expect(seen.length).toBeGreaterThan(5)
      expect(seen.some((text) => text.includes("secret"))).toBe(false)
    }))

  it.effect("close their associations with their scope, and the other side knows", () =>
    Effect.gen(function*() {
      const network = memory()
      const there = yield* openServer(network)
      const scope = yield* Scope.make()
      const here = yield* Scope.provide(openClient(network), scope)
      yield* here.write(server, "hello")
      yield* settle
      yield* Scope.close(scope, Exit.void)
      yield* settle
      expect(reasons(there)).toMatchObject([{ _tag: "AssociationClosed", by: "remote" }])
      expect(yield* there.dtls.associations).toEqual([])
    }))

  it.effect("of servers close theirs as well, and clients begin anew", () =>
    Effect.gen(function*() {
      const network = memory()
      const scope = yield* Scope.make()
      yield* Scope.provide(openServer(network), scope)
      const here = yield* openClient(network)
      yield* here.write(server, "hello")
      yield* settle
      yield* Scope.close(scope, Exit.void)
      yield* settle
      expect(reasons(here)).toMatchObject([{ _tag: "AssociationClosed", by: "remote" }])
      const again = yield* openServer(network)
      yield* here.write(server, "hello again")
      yield* settle
      expect(again.texts()).toEqual(["hello again"])
    }))

  it.effect("open again when their reader is opened again", () =>
    Effect.gen(function*() {
      const network = memory()
      const there = yield* openServer(network)
      const context = yield* Layer.build(Dtls.layerClient(clientOptions()).pipe(Layer.provide(network())))
      for (const text of ["one", "two"]) {
        yield* Effect.scoped(Effect.gen(function*() {
          const socket = yield* DatagramSocket.DatagramSocket
          yield* socket.reader
          const writer = yield* socket.writer
          yield* writer.write({ payload: text, address: server })
          yield* settle
        })).pipe(Effect.provide(context))
        yield* settle
      }
      expect(there.texts()).toEqual(["one", "two"])
      expect(reasons(there).length).toBe(2)
    }))

  it.effect("close one association when asked to", () =>
    Effect.gen(function*() {
      const network = memory()
      const there = yield* openServer(network)
      const here = yield* openClient(network)
      yield* here.write(server, "hello")
      yield* settle
      yield* there.dtls.close(here.address)
      yield* settle
      expect(reasons(there)).toMatchObject([{ by: "local" }])
      expect(reasons(here)).toMatchObject([{ by: "remote" }])
    }))

  it.effect("do not write to whom they do not know, nor what does not fit", () =>
    Effect.gen(function*() {
      const network = memory()
      const there = yield* openServer(network)
      const failed = yield* Effect.flip(there.write(addressOf("127.0.0.1", 9), "hello"))
      expect(failed.reason).toMatchObject({
        _tag: "DatagramSocketWriteError",
        kind: "Unreachable",
        cause: { reason: { _tag: "NotAssociated", address: "127.0.0.1:9" } }
      })
      const here = yield* openClient(network)
      const large = yield* Effect.flip(here.write(server, new Uint8Array(16_385)))
      expect(large.reason).toMatchObject({ kind: "MessageTooLarge", cause: { reason: { _tag: "DatagramTooLarge" } } })
      yield* here.write(server, new Uint8Array(16_384))
      yield* settle
      expect(there.received.length).toBe(1)
    }))

  it.effect("refuse new associations from the start or later", () =>
    Effect.gen(function*() {
      const network = memory()
      const there = yield* openServer(network, { refuseNewConnections: true })
      const here = yield* openClient(network)
      yield* here.write(server, "hello")
      yield* settle
      expect((yield* there.dtls.statistics).dropped).toEqual({ Refusing: 1 })
      yield* there.dtls.refuseNewConnections(false)
      yield* pass(1000)
      expect(there.texts()).toEqual(["hello"])
      yield* there.dtls.refuseNewConnections(true)
      yield* here.write(server, "still me")
      yield* settle
      expect(there.texts()).toEqual(["hello", "still me"])
    }))

  it.effect("have no multicast", () =>
    Effect.gen(function*() {
      const context = yield* Layer.build(Dtls.layerClient(clientOptions()).pipe(Layer.provide(memory()())))
      const failed = yield* Effect.scoped(Effect.gen(function*() {
        const socket = yield* DatagramSocket.DatagramSocket
        const reader = yield* socket.reader
        const group = addressOf("224.0.0.251", 1).address
        return yield* Effect.flip(reader.joinMulticast({ group: group as never }))
      })).pipe(Effect.provide(context))
      expect(failed.reason._tag).toBe("DatagramSocketUnsupportedError")
    }))
})

describe("a server's certificate", () => {
  const attempt = (client: Parameters<typeof openClient>[1], issued: Pki.Issued = identity) =>
    Effect.gen(function*() {
      const network = memory()
      const there = yield* openServer(network, { key: issued.keyPem, certificate: issued.pem })
      const here = yield* openClient(network, client)
      yield* here.write(server, "hello")
      yield* settle
      return { received: there.texts(), reason: reasons(here)[0], there: reasons(there)[0] }
    }).pipe(Effect.scoped)

  it.effect("is accepted for its host name, its address, and the address that is connected to", () =>
    Effect.gen(function*() {
      for (const hostName of ["localhost", "LOCALHOST.", "127.0.0.1", undefined]) {
        expect((yield* attempt({ hostName })).received).toEqual(["hello"])
      }
    }))

  it.effect("is refused at once when it is for another host, with the reason", () =>
    Effect.gen(function*() {
      const { reason, received, there } = yield* attempt({ hostName: "example.com" })
      expect(received).toEqual([])
      expect(reason).toMatchObject({
        _tag: "HostNameMismatch",
        address: "127.0.0.1:7777",
        expected: "example.com",
        names: "DNS:localhost, IP Address:127.0.0.1, IP Address:10.0.0.1"
      })
      expect(there).toMatchObject({ _tag: "AlertReceived", alert: "bad_certificate" })
    }))

  it.effect("is refused for the address that is connected to when it does not have that", () =>
    Effect.gen(function*() {
      const other = Pki.server(root, { extensions: [Pki.alternativeNames(Pki.dns("localhost"))] })
      expect((yield* attempt({ hostName: undefined }, other)).reason?._tag).toBe("HostNameMismatch")
      expect((yield* attempt({ hostName: "localhost" }, other)).received).toEqual(["hello"])
    }))

  it.effect("is refused at once when nobody vouches for it", () =>
    Effect.gen(function*() {
      const { reason, there } = yield* attempt({ roots: Pki.ca("other").pem })
      expect(reason).toMatchObject({ _tag: "CertificateRefused", detail: "it was not issued by a trusted CA" })
      expect(there).toMatchObject({ _tag: "AlertReceived", alert: "unknown_ca" })
    }))

  it.effect("is refused when it has expired on the clock of the program", () =>
    Effect.gen(function*() {
      const expired = Pki.server(root, {
        notAfter: new Date("1969-12-31T23:59:59Z"),
        notBefore: new Date("1960-01-01T00:00:00Z")
      })
      expect((yield* attempt({}, expired)).reason).toMatchObject({ detail: "the certificate has expired" })
    }))

  it.effect("is not looked at when that is wanted, and only then", () =>
    Effect.gen(function*() {
      const own = Pki.server()
      const unsafe = { roots: undefined, hostName: undefined, unsafe: true }
      expect((yield* attempt(unsafe, own)).received).toEqual(["hello"])
      expect((yield* attempt({ ...unsafe, roots: root.pem }, own)).reason?._tag).toBe("CertificateRefused")
      const other = Pki.server(root, { extensions: [Pki.alternativeNames(Pki.dns("elsewhere"))] })
      expect((yield* attempt({ ...unsafe, roots: root.pem }, other)).received).toEqual(["hello"])
    }))

  it.effect("may be the trusted one itself", () =>
    Effect.gen(function*() {
      const own = Pki.server()
      expect((yield* attempt({ roots: own.pem }, own)).received).toEqual(["hello"])
    }))
})

describe("a handshake that fails", () => {
  it.effect("for want of a common suite says so at once", () =>
    Effect.gen(function*() {
      const network = memory()
      const there = yield* openServer(network, { cipherSuites: ["ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"] })
      const here = yield* openClient(network, { cipherSuites: ["ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"] })
      yield* here.write(server, "hello")
      yield* settle
      expect(reasons(here)).toMatchObject([{ _tag: "NegotiationFailed", detail: "it answered with handshake_failure" }])
      expect(reasons(there)).toMatchObject([{ _tag: "NegotiationFailed" }])
    }))

  it.effect("for want of an answer says so in time", () =>
    Effect.gen(function*() {
      const here = yield* openClient(memory(), { handshakeTimeout: 5000 })
      yield* here.write(server, "hello")
      yield* pass(4999)
      expect(here.events).toEqual([])
      yield* pass(1)
      expect(reasons(here)).toMatchObject([{ _tag: "HandshakeTimeout", address: "127.0.0.1:7777" }])
      expect(reasons(here)[0]?.message).toBe("no DTLS handshake with 127.0.0.1:7777 in time")
    }))
})

describe("on a network that loses a fifth of everything", () => {
  it.effect("sockets find together under the test clock", () =>
    Effect.gen(function*() {
      const simulated = yield* SimulatedNetwork.make({
        seed: 5,
        conditions: { latency: 40, jitter: 20, loss: 0.2, duplicate: 0.1, reorder: 0.1 }
      })
      const network: Network = (port) => simulated.layer(port === undefined ? {} : { port, host: "10.0.0.1" })
      const there = yield* openServer(network)
      const clients = yield* Effect.forEach(Array.from({ length: 20 }, (_, i) => i), () => openClient(network))
      for (const client of clients) yield* client.write(addressOf("10.0.0.1", serverPort), "hello")
      for (let i = 0; i < 300; i++) yield* pass(100)
      expect(clients.filter(({ events }) => events[0]?._tag === "Opened").length).toBe(20)
      expect(new Set(there.received.map(({ from }) => String(from))).size).toBeGreaterThan(10)
    }), 60_000)
})
