/**
 * One client and one server of the state machine, face to face: nothing is lost or reordered unless a test does it.
 */
import type { Random } from "../../src/crypto/CryptoProvider.ts"
import { nodeCrypto, nodePrivateKey } from "../../src/crypto/NodeCrypto.ts"
import { nodePublicKey } from "../../src/crypto/NodeCrypto.ts"
import type { Association } from "../../src/protocol/Association.ts"
import type { ClientConfig, CommonConfig, ServerConfig, Verdict } from "../../src/protocol/Config.ts"
import type { Input } from "../../src/protocol/Input.ts"
import * as Listener from "../../src/protocol/Listener.ts"
import type { DropReason, EndReason, Event } from "../../src/protocol/Output.ts"
import { connect, step, type StepResult } from "../../src/protocol/Reducer.ts"
import { accept } from "../../src/protocol/Server.ts"
import { cipherSuites } from "../../src/wire/CipherSuite.ts"
import { namedGroups } from "../../src/wire/Groups.ts"
import { parseCertificate } from "../../src/x509/Certificate.ts"
import * as Pki from "./Pki.ts"
import { seededRandom } from "./random.ts"

export const commonConfig: CommonConfig = {
  crypto: nodeCrypto,
  suites: cipherSuites,
  groups: namedGroups,
  mtu: 1200,
  handshakeTimeout: 30_000,
  idleTimeout: 60_000
}

/** Takes any certificate: for tests that are not about certificates. */
export const trustAll = (chain: ReadonlyArray<Uint8Array>): Verdict => {
  const certificate = chain[0] === undefined ? undefined : parseCertificate(chain[0])
  const publicKey = certificate === undefined ? undefined : nodePublicKey(certificate.publicKey)
  return publicKey === undefined
    ? { _tag: "Refused", alert: "bad_certificate", reason: { _tag: "CertificateRefused", detail: "malformed" } }
    : { _tag: "Accepted", publicKey }
}

/** One certificate for all tests that need just any. */
export const identity = Pki.server()

export const serverConfig = (changes: Partial<ServerConfig> = {}, issued: Pki.Issued = identity): ServerConfig => {
  const privateKey = nodePrivateKey(issued.privateKey)
  if (privateKey === undefined) throw new Error("not a key for DTLS")
  return { ...commonConfig, handshakeTimeout: 8000, role: "server", chain: [issued.der], privateKey, ...changes }
}

export const clientConfig = (changes: Partial<ClientConfig> = {}): ClientConfig => ({
  ...commonConfig,
  role: "client",
  serverName: "localhost",
  verify: trustAll,
  ...changes
})

export type Side = "client" | "server"

export const other = (side: Side): Side => side === "client" ? "server" : "client"

export class Duo {
  now = 1000
  readonly random: Random
  readonly address = "10.0.0.1 5000"
  readonly config: { readonly client: ClientConfig; readonly server: ServerConfig }
  listener: Listener.Listener
  client: Association | undefined
  server: Association | undefined
  /** On their way to this side. */
  readonly inbox: { readonly [S in Side]: Array<Uint8Array> } = { client: [], server: [] }
  /** Everything that this side has sent. */
  readonly sent: { readonly [S in Side]: Array<Uint8Array> } = { client: [], server: [] }
  readonly events: { readonly [S in Side]: Array<Event> } = { client: [], server: [] }
  readonly drops: { readonly [S in Side]: Array<DropReason> } = { client: [], server: [] }
  /** What becomes of a datagram on its way to a side; default: it arrives. */
  tamper: (to: Side, bytes: Uint8Array) => ReadonlyArray<Uint8Array> = (_, bytes) => [bytes]

  constructor(options: {
    readonly client?: Partial<ClientConfig>
    readonly server?: Partial<ServerConfig>
    readonly issued?: Pki.Issued
    readonly seed?: string
  } = {}) {
    this.random = seededRandom(options.seed ?? "duo")
    this.config = { client: clientConfig(options.client), server: serverConfig(options.server, options.issued) }
    this.listener = Listener.make(nodeCrypto, this.now, this.random)
  }

  /** The client says hello. */
  start(): this {
    this.take("client", connect(this.config.client, this.now, Date.now(), this.random))
    return this
  }

  /** Delivers everything, and what is said in answer, until nobody has anything to say. */
  run(): this {
    while (this.inbox.client.length + this.inbox.server.length > 0) {
      this.deliver("server")
      this.deliver("client")
    }
    return this
  }

  /** Delivers what is on its way to a side. */
  deliver(to: Side): this {
    for (const bytes of this.inbox[to].splice(0)) this.receive(to, bytes)
    return this
  }

  receive(to: Side, bytes: Uint8Array): void {
    if (to === "server" && this.server === undefined) return this.greet(bytes)
    this.input(to, { _tag: "Datagram", bytes })
  }

  input(side: Side, input: Input): void {
    const state = this[side]
    if (state !== undefined) this.take(side, step(state, input, this.now, this.random))
  }

  send(side: Side, text: string): void {
    this.input(side, { _tag: "Send", payload: new TextEncoder().encode(text) })
  }

  /** Lets time pass, with a tick at its end, without delivering anything. */
  wait(milliseconds: number): this {
    this.now += milliseconds
    this.input("client", { _tag: "Tick" })
    this.input("server", { _tag: "Tick" })
    return this
  }

  /** What a side's application has received. */
  received(side: Side): ReadonlyArray<string> {
    return this.events[side].flatMap((event) =>
      event._tag === "Receive" ? [new TextDecoder().decode(event.payload)] : []
    )
  }

  phase(side: Side): string {
    return this[side]?.phase._tag ?? "None"
  }

  /** Why a side's association has ended. */
  end(side: Side): EndReason | undefined {
    return this.events[side].flatMap((event) => event._tag === "End" ? [event.reason] : [])[0]
  }

  get isOpen(): boolean {
    return this.phase("client") === "Open" && this.phase("server") === "Open"
  }

  /** Lets the server take a hello without asking for a cookie. */
  accept(hello: Uint8Array, config: ServerConfig = this.config.server): void {
    const received = Listener.readHello(hello)
    if (received === undefined) throw new Error("not a ClientHello")
    this.take("server", accept(config, received, this.now, this.random))
  }

  private greet(bytes: Uint8Array): void {
    this.listener = Listener.rotate(this.listener, this.now, this.random)
    const greeting = Listener.greet(this.listener, this.address, bytes)
    if (greeting._tag === "Ignore") this.drops.server.push(greeting.reason)
    else if (greeting._tag === "Reply") this.post("server", [greeting.datagram])
    else this.take("server", accept(this.config.server, greeting.received, this.now, this.random))
  }

  private take(side: Side, { outputs, state }: StepResult): void {
    this[side] = state
    this.events[side].push(...outputs.events)
    this.drops[side].push(...outputs.drops)
    this.post(side, outputs.transmits)
  }

  private post(from: Side, datagrams: ReadonlyArray<Uint8Array>): void {
    const to = other(from)
    this.sent[from].push(...datagrams)
    for (const bytes of datagrams) this.inbox[to].push(...this.tamper(to, bytes))
  }
}

/** Two sides with an open association. */
export const opened = (options: ConstructorParameters<typeof Duo>[0] = {}): Duo => {
  const duo = new Duo(options).start().run()
  if (!duo.isOpen) throw new Error(`not open: ${JSON.stringify([duo.end("client"), duo.end("server")])}`)
  return duo
}
