/**
 * `npm run bench:dtls`: what DTLS costs in processor time. Handshakes and records in memory, beside what OpenSSL needs for
 * their cryptography alone, and hosts with DTLS beside plain ones.
 */
import { spawnSync } from "node:child_process"
import { nodeCrypto, nodePrivateKey, nodePublicKey, secureRandom } from "../packages/dtls/src/crypto/NodeCrypto.ts"
import type { Association } from "../packages/dtls/src/protocol/Association.ts"
import type { ClientConfig, CommonConfig, ServerConfig } from "../packages/dtls/src/protocol/Config.ts"
import * as Listener from "../packages/dtls/src/protocol/Listener.ts"
import { connect, step } from "../packages/dtls/src/protocol/Reducer.ts"
import { accept } from "../packages/dtls/src/protocol/Server.ts"
import { type AeadAlgorithm, cipherSuites } from "../packages/dtls/src/wire/CipherSuite.ts"
import { namedGroups } from "../packages/dtls/src/wire/Groups.ts"
import { parseCertificate } from "../packages/dtls/src/x509/Certificate.ts"
import { makeTrustStore } from "../packages/dtls/src/x509/TrustStore.ts"
import { isFor, verifyChain } from "../packages/dtls/src/x509/Verify.ts"
import * as Pki from "../packages/dtls/test/kit/Pki.ts"
import { readFlags } from "../scripts/flags.ts"
import { measureHosts } from "./dtlsHosts.ts"
import { median } from "./median.ts"

const { json } = readFlags({ json: { type: "boolean", default: false } })

const ROUNDS = 5
const SIZE = 400

interface Identity {
  readonly config: ServerConfig
  readonly verify: ClientConfig["verify"]
}

const common: CommonConfig = {
  crypto: nodeCrypto,
  suites: cipherSuites,
  groups: namedGroups,
  mtu: 1200,
  handshakeTimeout: 30_000,
  idleTimeout: 60_000
}

const parsed = ({ der }: Pki.Issued) => {
  const certificate = parseCertificate(der)
  if (certificate === undefined) throw new Error("not a certificate")
  return certificate
}

/** A server below a CA of the same kind of key. */
const identity = (keys: () => Pki.KeyPair): Identity => {
  const root = Pki.ca("root", undefined, {}, keys())
  const issued = Pki.server(root, {}, keys())
  const privateKey = nodePrivateKey(issued.privateKey)
  if (privateKey === undefined) throw new Error("not a key")
  const store = makeTrustStore([parsed(root)])
  return {
    config: { ...common, role: "server", chain: [issued.der], privateKey },
    verify: (chain, date) => {
      const result = verifyChain(chain, store, date)
      const publicKey = "der" in result && isFor(result, { name: "localhost" })
        ? nodePublicKey(result.publicKey)
        : undefined
      if (publicKey === undefined) throw new Error("refused")
      return { _tag: "Accepted", publicKey }
    }
  }
}

/** A whole handshake, both sides; gives their associations. */
const handshake = ({ config, verify }: Identity, changes: Partial<CommonConfig> = {}) => {
  const date = Date.now()
  const listener = Listener.make(nodeCrypto, 0, secureRandom)
  const client: ClientConfig = { ...common, ...changes, role: "client", serverName: "localhost", verify }
  let result = connect(client, 0, date, secureRandom)
  let server: Association | undefined
  while (result.outputs.transmits.length > 0) {
    const answers: Array<Uint8Array> = []
    for (const bytes of result.outputs.transmits) {
      if (server === undefined) {
        const greeting = Listener.greet(listener, "bench", bytes)
        if (greeting._tag === "Reply") answers.push(greeting.datagram)
        if (greeting._tag !== "Accept") continue
        const accepted = accept(config, greeting.received, 0, secureRandom)
        server = accepted.state
        answers.push(...accepted.outputs.transmits)
      } else {
        const next = step(server, { _tag: "Datagram", bytes }, 0, secureRandom)
        server = next.state
        answers.push(...next.outputs.transmits)
      }
    }
    const transmits: Array<Uint8Array> = []
    for (const bytes of answers) {
      result = step(result.state, { _tag: "Datagram", bytes }, 0, secureRandom)
      transmits.push(...result.outputs.transmits)
    }
    result = { state: result.state, outputs: { ...result.outputs, transmits } }
  }
  if (server?.phase._tag !== "Open" || result.state.phase._tag !== "Open") throw new Error("no handshake")
  return { client: result.state, server }
}

/** Seconds of processor time. */
const cpu = (run: () => void): number => {
  const before = process.cpuUsage()
  run()
  const { system, user } = process.cpuUsage(before)
  return (system + user) / 1e6
}

const handshakesPerSecond = (keys: () => Pki.KeyPair): number => {
  const one = identity(keys)
  const count = 200
  for (let i = 0; i < 20; i++) handshake(one)
  return median(Array.from({ length: ROUNDS }, () =>
    count / cpu(() => {
      for (let i = 0; i < count; i++) handshake(one)
    })))
}

/** Microseconds for sending and for receiving a record. */
const records = (aead: AeadAlgorithm): { readonly send: number; readonly receive: number } => {
  const suites = cipherSuites.filter((suite) => suite.aead === aead)
  const { client, server } = handshake(identity(Pki.p256), { suites })
  const payload = new Uint8Array(SIZE).fill(7)
  const count = 20_000
  const sends: Array<number> = []
  const receives: Array<number> = []
  let [from, to] = [client, server]
  for (let round = 0; round < ROUNDS; round++) {
    const datagrams: Array<Uint8Array> = []
    sends.push(cpu(() => {
      for (let i = 0; i < count; i++) {
        const { outputs, state } = step(from, { _tag: "Send", payload }, 1, secureRandom)
        from = state
        datagrams.push(...outputs.transmits)
      }
    }))
    let received = 0
    receives.push(cpu(() => {
      for (const bytes of datagrams) {
        const { outputs, state } = step(to, { _tag: "Datagram", bytes }, 1, secureRandom)
        to = state
        received += outputs.events.length
      }
    }))
    if (received !== count) throw new Error(`${received} of ${count} records`)
  }
  return { send: median(sends) / count * 1e6, receive: median(receives) / count * 1e6 }
}

/** What `openssl speed` says, as it prints it; nothing where there is no OpenSSL. */
const openssl = (...args: ReadonlyArray<string>): string =>
  spawnSync("openssl", ["speed", "-seconds", "1", ...args], { encoding: "utf8", timeout: 30_000 }).stdout ?? ""

const opensslSigns = (): number | undefined => {
  const line = /rsa 2048 bits +\S+ +\S+ +(\S+) +(\S+)/.exec(openssl("rsa2048"))
  return line?.[1] === undefined ? undefined : Number(line[1])
}

const opensslSeal = (cipher: string): number | undefined => {
  const line = new RegExp(`^${cipher} +([0-9.]+)k`, "im").exec(openssl("-evp", cipher, "-bytes", String(SIZE)))
  return line?.[1] === undefined ? undefined : SIZE / (Number(line[1]) * 1000) * 1e6
}

const AEADS = ["aes-128-gcm", "aes-256-gcm", "chacha20-poly1305"] as const

/** What was measured, as `--json` prints it; an OpenSSL that is not there leaves its figures out. */
export interface DtlsFigures {
  readonly handshakes: { readonly rsa: number; readonly p256: number; readonly opensslSigns: number | undefined }
  readonly records: ReadonlyArray<
    { readonly aead: string; readonly send: number; readonly receive: number; readonly opensslSeal: number | undefined }
  >
  readonly hosts: Awaited<ReturnType<typeof measureHosts>>
}

const measure = async (): Promise<DtlsFigures> => {
  // first, on a heap without the garbage of the others
  const hosts = await measureHosts(SIZE, ROUNDS)
  return {
    hosts,
    handshakes: {
      rsa: handshakesPerSecond(() => Pki.rsa()),
      p256: handshakesPerSecond(Pki.p256),
      opensslSigns: opensslSigns()
    },
    records: AEADS.map((aead) => ({ aead, ...records(aead), opensslSeal: opensslSeal(aead) }))
  }
}

const print = ({ handshakes, hosts: { encrypted, plain }, records }: DtlsFigures): void => {
  console.log("DTLS handshakes in memory, both sides, certificates checked, per second of one core")
  console.log(`  RSA-2048  ${handshakes.rsa.toFixed(0)} (at least 400)`)
  console.log(`  P-256     ${handshakes.p256.toFixed(0)}`)
  if (handshakes.opensslSigns !== undefined) {
    console.log(`  OpenSSL makes ${handshakes.opensslSigns.toFixed(0)} RSA-2048 signatures alone`)
  }
  console.log(`DTLS records of ${SIZE} bytes (at most 30 µs each way)`)
  for (const { aead, opensslSeal, receive, send } of records) {
    const beside = opensslSeal === undefined ? "" : `, OpenSSL's cipher alone ${opensslSeal.toFixed(2)} µs`
    console.log(`  ${aead.padEnd(18)} ${send.toFixed(1)} µs to send, ${receive.toFixed(1)} µs to receive${beside}`)
  }
  const each = (encrypted.micros - plain.micros) / encrypted.datagrams
  console.log(`a reliable packet of ${SIZE} bytes from host to host and back, all of both hosts`)
  console.log(`  plain      ${plain.micros.toFixed(1)} µs in ${plain.datagrams.toFixed(1)} datagrams`)
  console.log(
    `  with DTLS  ${encrypted.micros.toFixed(1)} µs in ${encrypted.datagrams.toFixed(1)} datagrams, ` +
      `${each.toFixed(1)} µs more for sending and receiving each`
  )
}

const figures = await measure()
if (json) console.log(JSON.stringify(figures))
else print(figures)
