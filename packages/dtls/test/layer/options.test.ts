import { MemoryNetwork } from "@effect-enet/core/testing"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import type { DatagramSocket } from "effect/socket"
import { rootCertificates } from "node:tls"
import * as Dtls from "../../src/Dtls.ts"
import type { DtlsError } from "../../src/DtlsError.ts"
import type { ClientOptions } from "../../src/DtlsOptions.ts"
import { clientOptions, identity, root, serverOptions } from "../kit/layers.ts"
import * as Pki from "../kit/Pki.ts"

const build = (layer: Layer.Layer<DatagramSocket.DatagramSocket, DtlsError, DatagramSocket.DatagramSocket>) =>
  Effect.scoped(Layer.build(layer.pipe(Layer.provide(MemoryNetwork.make().layer()))))

/** What is wrong with the options of a layer. */
const fault = (layer: Layer.Layer<DatagramSocket.DatagramSocket, DtlsError, DatagramSocket.DatagramSocket>) =>
  Effect.map(Effect.flip(build(layer)), ({ reason }) => {
    if (reason._tag !== "InvalidOption") throw new Error(reason._tag)
    return `${reason.field} must be ${reason.expected}, got ${reason.actual}`
  })

const client = (options: ClientOptions) => fault(Dtls.layerClient(options))
const server = (changes: Parameters<typeof serverOptions>[0]) => fault(Dtls.layerServer(serverOptions(changes)))

describe("a client", () => {
  it.effect("must have roots or say that it is unsafe", () =>
    Effect.gen(function*() {
      const expected = "roots must be trusted certificates in PEM, unless unsafe is true, got undefined"
      expect(yield* client({})).toBe(expected)
      expect(yield* client({ hostName: "localhost" })).toBe(expected)
      expect(yield* client({ unsafe: false })).toBe(expected)
      expect(yield* client({ roots: undefined })).toBe(expected)
      yield* build(Dtls.layerClient({ unsafe: true }))
      yield* build(Dtls.layerClient({ roots: root.pem }))
      yield* build(Dtls.layerClient({ roots: root.pem, unsafe: true }))
    }))

  it.effect("must have roots that are certificates", () =>
    Effect.gen(function*() {
      const damaged = root.pem.replace("M", "!")
      const bad = [
        "",
        "hello",
        [],
        identity.keyPem,
        damaged,
        [root.pem, damaged],
        `${root.pem}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----`
      ]
      for (const roots of bad) expect(yield* client({ roots })).toContain("roots must be one trusted certificate")
      yield* build(Dtls.layerClient({ roots: rootCertificates }))
      yield* build(Dtls.layerClient({ roots: `some words\n${root.pem}\n${identity.pem}` }))
    }))

  it.effect("must not name a host that nobody checks", () =>
    Effect.gen(function*() {
      expect(yield* client({ unsafe: true, hostName: "localhost" })).toContain("hostName must be left out")
      expect(yield* client({ unsafe: true, roots: root.pem, hostName: "localhost" })).toContain(
        "hostName must be left out"
      )
    }))

  it.effect("must name a host that can be one", () =>
    Effect.gen(function*() {
      const wrong = ["", " ", "a..b", "-a.example", "a b", "exa_mple!", "a".repeat(64), `${"a.".repeat(127)}aaa`]
      // a URL would make an address of these, or leave something out
      const addresses = ["127.1", "2130706433", "0x7f.1", "\uff11\uff12\uff17.1", "[::1]", "999.1.1.1"]
      const urls = ["a.example:7777", "a.example/b", "a.example#b", "a.example\\b", "a.example?b", "b@a.example"]
      for (
        const hostName of [...wrong, ...addresses, ...urls, "a%2eexample", "https://a.example", "bücher.example/b"]
      ) {
        expect(yield* client(clientOptions({ hostName })), hostName).toContain("hostName must be a host name")
      }
      for (const hostName of ["localhost", "Example.COM.", "bücher.example", "10.0.0.1", "::1", "a_b.example"]) {
        yield* build(Dtls.layerClient(clientOptions({ hostName })))
      }
    }))
})

describe("a server", () => {
  it.effect("must have a private key of a kind that can be used", () =>
    Effect.gen(function*() {
      for (const key of ["", "hello", identity.pem, Pki.server(undefined, {}, Pki.rsa(1024)).keyPem]) {
        const text = yield* server({ key })
        expect(text).toContain("key must be a private key in PEM")
        // a key in the wrong place must not end up in a log
        expect(text).not.toContain(key === "" ? "nothing" : key.slice(0, 20))
      }
      const other = Pki.server(undefined, {}, Pki.p521())
      expect(yield* server({ key: other.keyPem, certificate: other.pem })).toContain("key must be a key on P-256")
      yield* build(Dtls.layerServer(serverOptions({ key: Redacted.make(identity.keyPem) })))
    }))

  it.effect("must have the certificate of its key", () =>
    Effect.gen(function*() {
      expect(yield* server({ certificate: "" })).toContain("certificate must be one certificate")
      expect(yield* server({ certificate: identity.keyPem })).toContain("certificate must be one certificate")
      expect(yield* server({ certificate: root.pem })).toContain("certificate must be the certificate of the key")
      expect(yield* server({ certificate: `${root.pem}${identity.pem}` })).toContain("the certificate of the key first")
      yield* build(Dtls.layerServer(serverOptions({ certificate: `${identity.pem}${root.pem}` })))
    }))

  it.effect("must have a suite for its key", () =>
    Effect.gen(function*() {
      expect(yield* server({ cipherSuites: ["ECDHE_RSA_WITH_AES_128_GCM_SHA256"] }))
        .toContain("cipherSuites must be one or more with ECDSA")
    }))

  it.effect("has numbers within their ranges", () =>
    Effect.gen(function*() {
      const wrong = [
        ["mtu", 255],
        ["mtu", 16_385],
        ["mtu", 1000.5],
        ["handshakeTimeout", 0],
        ["handshakeTimeout", 600_001],
        ["idleTimeout", 0],
        ["idleTimeout", Number.NaN],
        ["pendingLimit", 0],
        ["maxAssociations", 65_536],
        ["receiveBuffer", 0]
      ] as const
      for (const [field, value] of wrong) {
        expect(yield* server({ [field]: value })).toMatch(
          new RegExp(`^${field} must be an integer from .*, got ${value}$`)
        )
      }
    }))

  it.effect("has suites and groups that exist, each once", () =>
    Effect.gen(function*() {
      expect(yield* server({ groups: [] })).toContain("groups must be some of x25519, secp256r1, secp384r1")
      expect(yield* server({ groups: ["x25519", "x25519"] })).toContain("groups must be some of")
      expect(yield* server({ cipherSuites: [] })).toContain("cipherSuites must be some of")
    }))
})
