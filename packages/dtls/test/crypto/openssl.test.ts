/**
 * Known answers: sessions with OpenSSL whose master secrets OpenSSL wrote down, replayed with the randomness of then.
 */
import { describe, expect, it } from "@effect/vitest"
import { createPrivateKey } from "node:crypto"
import { sessionKeys, verifyData } from "../../src/crypto/KeySchedule.ts"
import { nodeCrypto, nodePrivateKey } from "../../src/crypto/NodeCrypto.ts"
import type { Association } from "../../src/protocol/Association.ts"
import * as Listener from "../../src/protocol/Listener.ts"
import { connect, step } from "../../src/protocol/Reducer.ts"
import { accept } from "../../src/protocol/Server.ts"
import { cipherSuites } from "../../src/wire/CipherSuite.ts"
import { encodeMessage } from "../../src/wire/Handshake.ts"
import { decodeClientHello } from "../../src/wire/messages/ClientHello.ts"
import { decodeServerHello } from "../../src/wire/messages/ServerHello.ts"
import { derFromPem } from "../../src/x509/TrustStore.ts"
import { clientConfig, serverConfig } from "../kit/Duo.ts"
import { fixture, fromHex, messagesOf, recordsOf, session, toHex } from "../kit/fixture.ts"
import { seededRandom } from "../kit/random.ts"

const names = Object.keys(fixture.sessions)

/** The randoms of a session, and the messages that its Finished messages are about. */
const read = (name: string) => {
  const recorded = session(name)
  const suite = cipherSuites.find(({ id }) => id === recorded.suite)
  const client = messagesOf(recorded, "client")
  const server = messagesOf(recorded, "server").filter(({ type }) => type !== 3)
  const hello = client.findLast(({ type }) => type === 1)
  const clientHello = decodeClientHello(hello!.body)
  const serverHello = decodeServerHello(server[0]!.body)
  if (suite === undefined || clientHello === undefined || serverHello === undefined) throw new Error("not a session")
  const rest = client.filter(({ type }) => type === 16)
  return {
    recorded,
    suite,
    masterSecret: fromHex(recorded.masterSecret),
    clientRandom: clientHello.random,
    serverRandom: serverHello.random,
    transcript: [hello!, ...server, ...rest].map(encodeMessage)
  }
}

describe.each(names)("session %s", (name) => {
  const { clientRandom, masterSecret, recorded, serverRandom, suite, transcript } = read(name)
  const keys = sessionKeys(nodeCrypto, suite, masterSecret, clientRandom, serverRandom)

  it("has records that its keys open, and Finished messages over its transcript", () => {
    const opened = (from: "client" | "server") =>
      recordsOf(recorded, from).filter(({ epoch }) => epoch === 1).map((record) => {
        const plaintext = keys[from].open(record, record.fragment)
        return { type: record.type, plaintext: plaintext === undefined ? "not authentic" : toHex(plaintext) }
      })
    const proof = verifyData(nodeCrypto, suite, masterSecret, "client", transcript)
    const finished = encodeMessage({ type: 20, sequence: 3, body: proof })
    const answer = verifyData(nodeCrypto, suite, masterSecret, "server", [...transcript, finished])
    const [clientFirst, ...clientRest] = opened("client")
    const [serverFirst, ...serverRest] = opened("server")
    expect(clientFirst).toEqual({ type: 22, plaintext: toHex(finished) })
    expect(serverFirst?.plaintext.endsWith(toHex(answer))).toBe(true)
    expect(clientRest[0]).toEqual({ type: 23, plaintext: toHex(new TextEncoder().encode("hello\n")) })
    if (name.startsWith("client")) {
      expect(serverRest[0]).toEqual({ type: 23, plaintext: toHex(new TextEncoder().encode("olleh\n")) })
      expect(serverRest.at(-1)).toEqual({ type: 21, plaintext: "0100" })
    }
  })
})

describe.each(names.filter((name) => name.startsWith("client")))("our client of session %s", (name) => {
  it("says again what it said then, and has OpenSSL's master secret", () => {
    const { masterSecret, recorded } = read(name)
    const random = seededRandom(recorded.seed)
    const said: Array<string> = []
    const secrets = new Set<string>()
    const take = (result: ReturnType<typeof step>): Association => {
      said.push(...result.outputs.transmits.map(toHex))
      if ("masterSecret" in result.state.phase) secrets.add(toHex(result.state.phase.masterSecret))
      return result.state
    }
    let state = take(connect(clientConfig(), 0, 0, random))
    for (const { bytes, from } of recorded.lines) {
      if (from === "server") state = take(step(state, { _tag: "Datagram", bytes: fromHex(bytes) }, 0, random))
      else if (!said.includes(bytes)) {
        const payload = new TextEncoder().encode("hello\n")
        state = take(
          said.length < 4
            ? step(state, { _tag: "Send", payload }, 0, random)
            : step(state, { _tag: "Close" }, 0, random)
        )
      }
    }
    expect(said).toEqual(recorded.lines.filter(({ from }) => from === "client").map(({ bytes }) => bytes))
    expect([...secrets]).toEqual([toHex(masterSecret)])
    expect(state.phase._tag).toBe("Ended")
  })
})

describe("our server of session server cca8", () => {
  it("says again what it said then, and has OpenSSL's master secret", () => {
    const { masterSecret, recorded } = read("server cca8")
    const random = seededRandom(recorded.seed)
    const privateKey = nodePrivateKey(createPrivateKey(fixture.key))
    const [certificate] = derFromPem(fixture.certificate)
    const config = serverConfig({ privateKey: privateKey!, chain: [certificate!] })
    const listener = Listener.make(nodeCrypto, 0, random)
    const said: Array<string> = []
    const secrets = new Set<string>()
    let state: Association | undefined
    for (const { bytes, from } of recorded.lines) {
      if (from === "server") continue
      const datagram = fromHex(bytes)
      if (state === undefined) {
        const greeting = Listener.greet(listener, "capture", datagram)
        if (greeting._tag === "Reply") said.push(toHex(greeting.datagram))
        if (greeting._tag !== "Accept") continue
        const result = accept(config, greeting.received, 0, random)
        said.push(...result.outputs.transmits.map(toHex))
        state = result.state
        continue
      }
      // Finished comes in the datagram of ClientKeyExchange: stop between the two
      const result = step(state, { _tag: "Datagram", bytes: datagram }, 0, random)
      const exchange = step(state, { _tag: "Datagram", bytes: datagram.subarray(0, 58) }, 0, random).state.phase
      if ("masterSecret" in exchange) secrets.add(toHex(exchange.masterSecret))
      said.push(...result.outputs.transmits.map(toHex))
      state = result.state
    }
    expect(said).toEqual(recorded.lines.filter(({ from }) => from === "server").map(({ bytes }) => bytes))
    expect([...secrets]).toEqual([toHex(masterSecret)])
  })
})
