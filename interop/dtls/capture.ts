/**
 * Records two sessions with OpenSSL for the known-answer tests of `packages/dtls`: our client against `s_server`, and
 * `s_client` against our server, datagram by datagram, with the master secrets from OpenSSL's key log and the seed that
 * all of our randomness comes from. Run by hand when the fixtures are to be made anew:
 *
 *   node --conditions=@effect-enet/source interop/dtls/capture.ts
 */
import { spawn } from "node:child_process"
import * as Crypto from "node:crypto"
import * as Dgram from "node:dgram"
import { once } from "node:events"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Readable } from "node:stream"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { nodeCrypto, nodePrivateKey, nodePublicKey } from "../../packages/dtls/src/crypto/NodeCrypto.ts"
import type { ClientConfig, CommonConfig, ServerConfig } from "../../packages/dtls/src/protocol/Config.ts"
import * as Listener from "../../packages/dtls/src/protocol/Listener.ts"
import { connect, step, type StepResult } from "../../packages/dtls/src/protocol/Reducer.ts"
import { accept } from "../../packages/dtls/src/protocol/Server.ts"
import { cipherSuites } from "../../packages/dtls/src/wire/CipherSuite.ts"
import { namedGroups } from "../../packages/dtls/src/wire/Groups.ts"
import * as Pki from "../../packages/dtls/test/kit/Pki.ts"
import { seededRandom } from "../../packages/dtls/test/kit/random.ts"

interface Line {
  readonly from: "client" | "server"
  readonly bytes: string
}

const directory = mkdtempSync(join(tmpdir(), "dtls-capture-"))
const keyLog = join(directory, "keys.log")
const identity = Pki.server(undefined, {}, Pki.rsa(2048))
writeFileSync(join(directory, "cert.pem"), identity.pem)
writeFileSync(join(directory, "key.pem"), identity.keyPem)

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex")

const socket = async () => {
  const udp = Dgram.createSocket("udp4")
  udp.bind(0, "127.0.0.1")
  await once(udp, "listening")
  return udp
}

const common: CommonConfig = {
  crypto: nodeCrypto,
  suites: cipherSuites,
  groups: namedGroups,
  mtu: 1200,
  handshakeTimeout: 30_000,
  idleTimeout: 60_000
}

/** The port that `s_server` says it has. */
const portOf = async (output: Readable): Promise<number> => {
  let text = ""
  for await (const chunk of output) {
    text += String(chunk)
    const port = /ACCEPT 127\.0\.0\.1:(\d+)/.exec(text)?.[1]
    if (port !== undefined) return Number(port)
  }
  throw new Error("openssl ended")
}

const masterSecret = () => /CLIENT_RANDOM \w+ (\w+)/.exec(readFileSync(keyLog, "utf8"))?.[1] ?? ""

const withClient = async (suite: string, seed: string) => {
  const server = spawn("openssl", [
    "s_server",
    "-dtls1_2",
    "-accept",
    "127.0.0.1:0",
    "-cert",
    join(directory, "cert.pem"),
    "-key",
    join(directory, "key.pem"),
    "-keylogfile",
    keyLog,
    "-cipher",
    suite
  ], { stdio: ["pipe", "pipe", "ignore"] })
  const port = await portOf(server.stdout)
  const udp = await socket()
  const lines: Array<Line> = []
  const random = seededRandom(seed)
  const publicKey = nodePublicKey(identity.publicKey)
  if (publicKey === undefined) throw new Error("no key")
  const config: ClientConfig = {
    ...common,
    role: "client",
    serverName: "localhost",
    verify: () => ({ _tag: "Accepted", publicKey })
  }
  const send = (result: StepResult) => {
    for (const bytes of result.outputs.transmits) {
      lines.push({ from: "client", bytes: hex(bytes) })
      udp.send(bytes, port, "127.0.0.1")
    }
    return result.state
  }
  let state = send(connect(config, 0, Date.now(), random))
  udp.on("message", (bytes) => {
    lines.push({ from: "server", bytes: hex(bytes) })
    state = send(step(state, { _tag: "Datagram", bytes }, 0, random))
  })
  await sleep(500)
  state = send(step(state, { _tag: "Send", payload: new TextEncoder().encode("hello\n") }, 0, random))
  server.stdin.write("olleh\n")
  await sleep(500)
  state = send(step(state, { _tag: "Close" }, 0, random))
  await sleep(200)
  server.kill()
  udp.close()
  return { seed, lines, masterSecret: masterSecret() }
}

const withServer = async (suite: string, seed: string) => {
  const udp = await socket()
  const lines: Array<Line> = []
  const random = seededRandom(seed)
  const privateKey = nodePrivateKey(identity.privateKey)
  if (privateKey === undefined) throw new Error("no key")
  const config: ServerConfig = { ...common, role: "server", chain: [identity.der], privateKey }
  const listener = Listener.make(nodeCrypto, 0, random)
  let state: StepResult["state"] | undefined
  udp.on("message", (bytes, from) => {
    const reply = (datagrams: ReadonlyArray<Uint8Array>) => {
      for (const datagram of datagrams) {
        lines.push({ from: "server", bytes: hex(datagram) })
        udp.send(datagram, from.port, from.address)
      }
    }
    lines.push({ from: "client", bytes: hex(bytes) })
    if (state !== undefined) {
      const result = step(state, { _tag: "Datagram", bytes }, 0, random)
      state = result.state
      return reply(result.outputs.transmits)
    }
    const greeting = Listener.greet(listener, "capture", bytes)
    if (greeting._tag === "Reply") return reply([greeting.datagram])
    if (greeting._tag === "Ignore") return undefined
    const result = accept(config, greeting.received, 0, random)
    state = result.state
    return reply(result.outputs.transmits)
  })
  const client = spawn("openssl", [
    "s_client",
    "-dtls1_2",
    "-connect",
    `127.0.0.1:${udp.address().port}`,
    "-keylogfile",
    keyLog,
    "-cipher",
    suite,
    "-quiet",
    "-servername",
    "localhost"
  ], { stdio: ["pipe", "ignore", "ignore"] })
  await sleep(500)
  client.stdin.end("hello\n")
  await sleep(700)
  client.kill()
  udp.close()
  return { seed, lines, masterSecret: masterSecret() }
}

const clear = () => rmSync(keyLog, { force: true })

const sessions: Record<string, unknown> = {}
const names = { "ECDHE-RSA-AES128-GCM-SHA256": 0xc02f, "ECDHE-RSA-AES256-GCM-SHA384": 0xc030 }
for (const [suite, id] of Object.entries(names)) {
  clear()
  sessions[`client ${id.toString(16)}`] = { suite: id, ...await withClient(suite, `client ${suite}`) }
}
clear()
const chacha = await withServer("ECDHE-RSA-CHACHA20-POLY1305", "server")
sessions["server cca8"] = { suite: 0xcca8, ...chacha }
const target = fileURLToPath(new URL("../../packages/dtls/test/fixtures/openssl.json", import.meta.url))
const fixture = { certificate: identity.pem, key: identity.keyPem, sessions }
writeFileSync(target, `${JSON.stringify(fixture, undefined, 2)}\n`)
rmSync(directory, { recursive: true })
for (const [name, session] of Object.entries(sessions)) console.log(name, Crypto.hash("sha1", JSON.stringify(session)))
