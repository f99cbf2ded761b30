/**
 * A server, honest clients some way off, and somebody who sends CONNECTs with the addresses of others, on virtual time.
 */
import { type Address, Host, type Input, type Output, step, Workspace } from "@effect-enet/core/protocol"
import { SeededRandom } from "@effect-enet/core/testing"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { connect, datagram } from "../protocol/segments.ts"
import { SECRET } from "./Stranger.ts"

const SERVER: Address = { host: "10.0.0.1", port: 7777 }

setFlagsFromString("--expose_gc")
const collect: unknown = runInNewContext("gc")

interface Flight {
  readonly at: number
  readonly input: Input.Datagram
}

interface Client {
  readonly address: Address
  state: Host.Host
  peer: Output.PeerRef
  connectedAt: number | undefined
  sent: number
  readonly inbox: Array<Flight>
}

export interface FloodOptions {
  readonly clients: number
  /** Milliseconds in each direction. */
  readonly latency: number
  readonly connectsPerMillisecond: number
  readonly seed: number
  /** Of the honest clients' datagrams, in each direction. */
  readonly loss?: number
  readonly proving?: Host.PartialSettings["proving"]
}

export class Flood {
  server: Host.Host
  spoofed = 0
  private now = 1000
  private isCalm = false
  private readonly options: FloodOptions
  private readonly random: SeededRandom.SeededRandom
  private readonly workspace = new Workspace()
  private readonly clients: Array<Client> = []
  private readonly byAddress = new Map<string, Client>()
  private readonly inbox: Array<Flight> = []
  private readonly heard = new Map<number, Array<number>>()
  private readonly request = datagram({ peerID: 0xfff, sentTime: 1 }, [connect()])

  constructor(options: FloodOptions) {
    this.options = options
    this.random = new SeededRandom.SeededRandom(options.seed)
    const proving = "proving" in options ? options.proving : { secret: SECRET }
    this.server = Host.make({ maxPeers: 100, proving })
    for (let i = 0; i < options.clients; i++) this.join(i)
  }

  private join(index: number): void {
    const address = { host: `172.16.${index}.1`, port: 5000 }
    const fresh = Host.make({ maxPeers: 1 })
    const input: Input.Connect = {
      _tag: "Connect",
      address: SERVER,
      channelCount: 1,
      data: index,
      connectID: this.random.word()
    }
    const { outputs, state } = step(fresh, [input], this.now)
    const peer = outputs.answers[0]?.result
    if (peer === undefined || typeof peer === "string") throw new Error("no slot")
    const client: Client = { address, state, peer, connectedAt: undefined, sent: 0, inbox: [] }
    this.clients.push(client)
    this.byAddress.set(address.host, client)
  }

  /** Lets time pass with the flood. */
  run(milliseconds: number): void {
    this.pass(milliseconds, this.options.connectsPerMillisecond)
  }

  /** Lets time pass without it, and without packets of the clients. */
  calm(milliseconds: number): void {
    this.isCalm = true
    this.pass(milliseconds, 0)
  }

  private pass(milliseconds: number, rate: number): void {
    for (const end = this.now + milliseconds; this.now < end;) {
      this.now += 10
      this.serve(rate * 10)
      for (const client of this.clients) this.live(client)
    }
  }

  private isLost(): boolean {
    return this.random.chance(this.options.loss ?? 0)
  }

  private serve(spoofed: number): void {
    const inputs: Array<Input.Input> = this.due(this.inbox)
    for (let i = 0; i < spoofed; i++) {
      const word = this.random.word()
      const host = `${1 + (word >>> 24) % 200}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`
      inputs.push({ _tag: "Datagram", address: { host, port: 1024 + (i & 0x7fff) }, bytes: this.request })
    }
    this.spoofed += spoofed
    const { outputs, state } = step(
      this.server,
      [...inputs, { _tag: "Service" }, { _tag: "Dispatch" }],
      this.now,
      { workspace: this.workspace }
    )
    this.server = state
    for (const event of outputs.events) {
      if (event._tag !== "Receive") continue
      const packets = this.heard.get(event.peer.slot) ?? []
      packets.push(event.payload[0]! * 256 + event.payload[1]!)
      this.heard.set(event.peer.slot, packets)
    }
    for (const { address, bytes } of outputs.transmits) {
      const client = this.byAddress.get(address.host)
      if (client === undefined || this.isLost()) continue
      client.inbox.push({ at: this.now + this.options.latency, input: { _tag: "Datagram", address: SERVER, bytes } })
    }
  }

  private live(client: Client): void {
    const isAwaited = client.inbox.length > 0 && client.inbox[0]!.at <= this.now
    if (!isAwaited && this.now % 50 !== 0) return
    const inputs: Array<Input.Input> = this.due(client.inbox)
    if (!this.isCalm && client.connectedAt !== undefined && this.now % 100 === 0) {
      const packet = { payload: Uint8Array.of(client.sent >>> 8, client.sent & 255), flags: 1 }
      inputs.push({ _tag: "Send", peer: client.peer, channelID: 0, packet })
      client.sent++
    }
    const { outputs, state } = step(
      client.state,
      [...inputs, { _tag: "Service" }, { _tag: "Dispatch" }],
      this.now,
      { workspace: this.workspace }
    )
    client.state = state
    if (outputs.events.some(({ _tag }) => _tag === "Connect")) client.connectedAt = this.now
    for (const { bytes } of outputs.transmits) {
      if (this.isLost()) continue
      const input = { _tag: "Datagram", address: client.address, bytes } as const
      this.inbox.push({ at: this.now + this.options.latency, input })
    }
  }

  private due(flights: Array<Flight>): Array<Input.Input> {
    let count = 0
    while (count < flights.length && flights[count]!.at <= this.now) count++
    return flights.splice(0, count).map(({ input }) => input)
  }

  /** How long each client took that is connected, as it sees it. */
  connectedAfter(): Array<number> {
    return this.clients.flatMap(({ connectedAt }) => connectedAt === undefined ? [] : [connectedAt - 1000])
  }

  /** Clients that the server knows. */
  get accepted(): number {
    return this.server.connectedPeers
  }

  /** Clients of which the server has not got everything in its order. */
  lost(): Array<string> {
    const counts = [...this.heard.values()].filter((packets) => packets.every((number, index) => number === index))
    const got = counts.map(({ length }) => length).toSorted((a, b) => a - b)
    const sent = this.clients.map((client) => client.sent).toSorted((a, b) => a - b)
    return got.length === sent.length && got.every((count, index) => count === sent[index])
      ? []
      : [`sent ${sent.join(" ")}, got ${got.join(" ")}`]
  }

  /** Bytes in use. */
  heap(): number {
    if (typeof collect === "function") collect()
    return process.memoryUsage().heapUsed
  }
}
