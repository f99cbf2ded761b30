import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { spawnSync } from "node:child_process"
import { X509Certificate } from "node:crypto"
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { relative } from "node:path"
import { cli, parse, serve } from "./utils/cli.ts"
import { pathOf } from "./utils/identity.ts"

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0

const make = Effect.fnUntraced(function*(name: string, ...args: ReadonlyArray<string>) {
  const [cert, key] = [pathOf(`${name}.pem`), pathOf(`${name}.key`)]
  const result = yield* cli("cert", "--cert", cert, "--key", key, ...args)
  return { cert, key, result }
})

describe.skipIf(!hasOpenssl)("effect-enet cert (skipped where there is no openssl)", () => {
  it.live("makes a pair with which server and client talk", () =>
    Effect.gen(function*() {
      const { cert, key, result } = yield* make("pair")
      assert.deepStrictEqual([result.status, result.stderr], [0, []])
      assert.strictEqual(
        result.stdout[0],
        `${cert} and its key ${key}, for DNS:localhost, IP:127.0.0.1, IP:::1, valid for 365 days`
      )
      assert.strictEqual(statSync(key).mode & 0o777, 0o600)
      const server = yield* serve("--dtls", "--cert", cert, "--key", key)
      for (const host of ["localhost", "127.0.0.1"]) {
        const args = ["--host", host, "--port", server.port, "--dtls", "--ca", cert, "--json"]
        const { status, stdout } = yield* cli("client", ...args)
        assert.deepInclude(parse(stdout).at(-1), { ok: true })
        assert.strictEqual(status, 0)
      }
    }))

  it.live("makes it for other hosts, for as long as is said, and for servers only", () =>
    Effect.gen(function*() {
      const hosts = ["--hostname", "*.example.com", "--hostname", "192.0.2.7"]
      const { cert, result } = yield* make("others", ...hosts, "--days", "7")
      assert.strictEqual(result.status, 0)
      const certificate = new X509Certificate(readFileSync(cert))
      assert.strictEqual(certificate.subjectAltName, "DNS:*.example.com, IP Address:192.0.2.7")
      assert.isFalse(certificate.ca)
      assert.deepStrictEqual(certificate.keyUsage, ["1.3.6.1.5.5.7.3.1"])
      const days = (Date.parse(certificate.validTo) - Date.parse(certificate.validFrom)) / 86_400_000
      assert.strictEqual(days, 7)
    }))

  it.live("replaces no file", () =>
    Effect.gen(function*() {
      for (const taken of ["pem", "key"]) {
        writeFileSync(pathOf(`taken-${taken}.${taken}`), "mine")
        const { cert, key, result } = yield* make(`taken-${taken}`)
        const path = pathOf(`taken-${taken}.${taken}`)
        assert.deepStrictEqual([result.status, result.stderr], [1, [`effect-enet: ${path} is there already`]])
        assert.strictEqual(readFileSync(path, "utf8"), "mine")
        assert.isFalse(existsSync(cert) && existsSync(key))
      }
    }))

  it.live("leaves no key without a certificate", () =>
    Effect.gen(function*() {
      const [cert, key] = [pathOf("no/such/directory/x.pem"), pathOf("lonely.key")]
      const { status, stderr } = yield* cli("cert", "--cert", cert, "--key", key)
      assert.deepStrictEqual([status, stderr], [1, [
        `effect-enet: ${cert}: cannot be written: no such file or directory`
      ]])
      assert.isFalse(existsSync(key))
    }))

  it.live("says what it cannot write", () =>
    Effect.gen(function*() {
      const { key, result } = yield* make("no/such/directory/x")
      assert.deepStrictEqual([result.status, result.stderr], [1, [
        `effect-enet: ${key}: cannot be written: no such file or directory`
      ]])
    }))
})

describe("effect-enet cert", () => {
  it.live("writes no certificate over its key, whatever the file is called", () =>
    Effect.gen(function*() {
      mkdirSync(pathOf("place"))
      symlinkSync(pathOf("place"), pathOf("link"))
      const key = pathOf("place/one.pem")
      for (const cert of [key, pathOf("place/./one.pem"), pathOf("link/one.pem"), relative(".", key)]) {
        const { status, stderr } = yield* cli("cert", "--cert", cert, "--key", key)
        assert.deepStrictEqual([status, stderr], [1, [`effect-enet: --cert and --key are one file, ${key}`]])
      }
      symlinkSync(key, pathOf("nowhere.pem"))
      const { status, stderr } = yield* cli("cert", "--cert", pathOf("nowhere.pem"), "--key", key)
      assert.deepStrictEqual([status, stderr], [1, [`effect-enet: ${pathOf("nowhere.pem")} is there already`]])
      assert.deepStrictEqual(readdirSync(pathOf("place")), [])
    }))

  for (const host of ["a b", "two, DNS:three", "-", "name\n[x]", ""]) {
    it.live(`does not take ${JSON.stringify(host)} for a host`, () =>
      Effect.gen(function*() {
        const { result } = yield* make("never", "--hostname", host)
        assert.strictEqual(result.status, 1)
        assert.include(result.stderr[0], "Expected: a host name or an IP address")
      }))
  }

  it.live("says so where there is no openssl", () =>
    Effect.gen(function*() {
      const { PATH } = process.env
      process.env["PATH"] = ""
      const { result } = yield* Effect.ensuring(make("without"), Effect.sync(() => process.env["PATH"] = PATH))
      assert.deepStrictEqual(
        [result.status, result.stderr],
        [1, ["effect-enet: openssl cannot be run; `effect-enet cert` needs it"]]
      )
    }))
})
