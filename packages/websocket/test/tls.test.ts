import { NodeWebSocketClient, type TlsOptions } from "@effect-enet/websocket"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import * as Tls from "node:tls"
import * as Pki from "../../dtls/test/kit/Pki.ts"
import { eventsOf, expectEvent, portOf, reasonOf, serverOn, text } from "./kit/hosts.ts"
import * as Wire from "./kit/Wire.ts"

const root = Pki.ca("root")
const stranger = Pki.ca("stranger")
const identity = Pki.server(root)
const elsewhere = Pki.server(root, { extensions: [Pki.alternativeNames(Pki.dns("elsewhere.example"))] })
const selfSigned = Pki.server()

const tlsOf = ({ keyPem, pem }: Pki.Issued): TlsOptions.ServerTls => ({ key: keyPem, certificate: pem })

const attempt = Effect.fnUntraced(function*(
  issued: Pki.Issued,
  tls: TlsOptions.ClientTls | undefined,
  host = "localhost"
) {
  const server = yield* serverOn({ tls: tlsOf(issued) })
  const client = yield* NodeWebSocketClient.make({ url: `wss://${host}:${portOf(server)}`, tls })
  const events = yield* eventsOf(client)
  yield* expectEvent(events, "PeerConnected")
  yield* server.send("all", "secret")
  return text((yield* expectEvent(events, "Packet")).bytes)
})

describe("a client of wss", () => {
  const accepted: ReadonlyArray<readonly [name: string, Pki.Issued, TlsOptions.ClientTls, host?: string]> = [
    ["that leads to one of its roots and is for the host of the URL", identity, { roots: root.pem }],
    ["for the IP address of the URL", identity, { roots: [stranger.pem, root.pem] }, "127.0.0.1"],
    ["for the host name that it was told", elsewhere, { roots: root.pem, hostName: "elsewhere.example" }],
    ["that is one of its roots itself", identity, { roots: identity.pem }],
    ["that leads to one of its roots, for whatever host, when it is unsafe", elsewhere, {
      roots: root.pem,
      unsafe: true
    }],
    ["of any kind, when it is unsafe and has no roots", selfSigned, { unsafe: true }]
  ]
  for (const [name, issued, tls, host] of accepted) {
    it.live(`W19 accepts a certificate ${name}`, () =>
      Effect.map(attempt(issued, tls, host), (heard) => assert.strictEqual(heard, "secret")))
  }

  const refused: ReadonlyArray<readonly [name: string, Pki.Issued, TlsOptions.ClientTls | undefined, host?: string]> = [
    ["that leads to none of its roots", identity, { roots: stranger.pem }],
    ["that nobody on this machine vouches for, when it has no options", identity, undefined],
    ["that nobody on this machine vouches for, when its options are empty", selfSigned, {}],
    ["for another host", elsewhere, { roots: root.pem }],
    ["for another IP address", elsewhere, { roots: root.pem }, "127.0.0.1"],
    ["for the URL's host, when it was told another", identity, { roots: root.pem, hostName: "elsewhere.example" }],
    ["that leads to none of its roots, although it is unsafe", identity, { roots: stranger.pem, unsafe: true }]
  ]
  for (const [name, issued, tls, host = "localhost"] of refused) {
    it.live(`W19 refuses a certificate ${name}`, () =>
      Effect.gen(function*() {
        const server = yield* serverOn({ tls: tlsOf(issued) })
        const url = `wss://${host}:${portOf(server)}`
        assert.deepInclude(yield* reasonOf(NodeWebSocketClient.make({ url, tls })), { _tag: "ConnectFailed" })
      }))
  }

  it.live("says whom it does not trust", () =>
    Effect.gen(function*() {
      const why = Effect.fnUntraced(function*(issued: Pki.Issued, tls: TlsOptions.ClientTls) {
        const server = yield* serverOn({ tls: tlsOf(issued) })
        const url = `wss://localhost:${portOf(server)}`
        return (yield* Effect.flip(NodeWebSocketClient.make({ url, tls }))).message
      })
      const itself = "its certificate is signed by itself, and is not a certificate that is trusted"
      assert.include(yield* why(selfSigned, { roots: root.pem }), itself)
      assert.include(yield* why(identity, { roots: stranger.pem }), "its certificate was not issued by a trusted CA")
      assert.include(yield* why(elsewhere, { roots: root.pem }), "elsewhere.example")
    }))

  it.live("says that a server of ws does not speak TLS", () =>
    Effect.gen(function*() {
      const server = yield* serverOn({})
      const reason = yield* reasonOf(NodeWebSocketClient.make({ url: `wss://localhost:${portOf(server)}` }))
      assert.deepInclude(reason, { _tag: "ConnectFailed", detail: "the server does not speak TLS" })
    }))

  it.live("W19 a connection that was unsafe lends nothing to a later one: each certificate is looked at", () =>
    Effect.gen(function*() {
      const server = yield* serverOn({ tls: tlsOf(selfSigned) })
      const url = `wss://localhost:${portOf(server)}`
      yield* Effect.scoped(NodeWebSocketClient.make({ url, tls: { unsafe: true } }))
      assert.deepInclude(yield* reasonOf(NodeWebSocketClient.make({ url })), { _tag: "ConnectFailed" })
    }))

  for (
    const [field, tls] of [
      ["hostName", { roots: root.pem, unsafe: true, hostName: "localhost" }],
      ["hostName", { roots: root.pem, hostName: "" }],
      ["roots", { roots: "no certificate" }],
      ["roots", { roots: [] }]
    ] as const
  ) {
    it.live(`W19 options that make no sense are invalid: ${JSON.stringify(tls).slice(0, 40)}`, () =>
      Effect.gen(function*() {
        const reason = yield* reasonOf(NodeWebSocketClient.make({ url: "wss://localhost", tls }))
        assert.deepInclude(reason, { _tag: "InvalidOption", field })
      }))
  }
})

describe("a server of wss", () => {
  const speak = (port: number, options: Tls.ConnectionOptions) =>
    Effect.acquireRelease(
      Effect.callback<Tls.TLSSocket, Error>((resume) => {
        const socket = Tls.connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ...options })
        socket.once("secureConnect", () => resume(Effect.succeed(socket)))
        socket.once("error", (error) => resume(Effect.fail(error)))
      }),
      (socket) => Effect.sync(() => socket.destroy())
    )

  for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
    it.live(`W19 speaks ${version}, and gives ids as without encryption`, () =>
      Effect.gen(function*() {
        const server = yield* serverOn({ tls: { ...tlsOf(identity), key: Redacted.make(identity.keyPem) } })
        const events = yield* eventsOf(server)
        const socket = yield* speak(portOf(server), { minVersion: version, maxVersion: version })
        assert.strictEqual(socket.getProtocol(), version)
        const wire = new Wire.Wire(socket)
        yield* wire.send(Wire.request())
        yield* wire.headers
        const { id, peer } = yield* expectEvent(events, "PeerConnected")
        assert.strictEqual((yield* wire.frame).payload.readInt32LE(), id)
        assert.strictEqual(peer.address?.port, socket.localPort)
      }))
  }

  it.live("W19 does not speak TLS 1.1, nor plain HTTP, and goes on", () =>
    Effect.gen(function*() {
      const server = yield* serverOn({ tls: tlsOf(identity) })
      yield* Effect.flip(speak(portOf(server), { minVersion: "TLSv1.1", maxVersion: "TLSv1.1" }))
      const plain = yield* Wire.connect(portOf(server))
      yield* plain.send(Wire.request())
      assert.notInclude(yield* plain.closed, "HTTP")
      yield* speak(portOf(server), {})
    }))

  it.live("W2 W19 drops who is silent within TLS after the handshake timeout, and who finishes TLS and says nothing", () =>
    Effect.gen(function*() {
      const server = yield* serverOn({ tls: tlsOf(identity), handshakeTimeout: 1500 })
      const silent = yield* Wire.connect(portOf(server))
      const secure = new Wire.Wire(yield* speak(portOf(server), {}))
      yield* silent.closed
      yield* secure.closed
      assert.deepStrictEqual((yield* server.statistics).refused, { HandshakeTimeout: 2 })
    }))

  it.live("W8 W19 with a key that is not its certificate's, or none at all, is an invalid option", () =>
    Effect.gen(function*() {
      for (const tls of [{ ...tlsOf(identity), key: stranger.keyPem }, { key: "", certificate: "" }]) {
        assert.deepInclude(yield* reasonOf(serverOn({ tls })), { _tag: "InvalidOption", field: "tls" })
      }
    }))
})
