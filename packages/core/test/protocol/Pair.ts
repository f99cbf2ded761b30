/**
 * Hosts on one virtual clock, joined by a lossless wire: datagrams arrive in the step after the one that sent them,
 * unless a test takes them out.
 */
import { type Address, Host, type Input, type Output, step, type StepOptions } from "@effect-enet/core/protocol"
import { Decode } from "@effect-enet/core/wire"
import { defaultBudgets } from "../../src/protocol/Budgets.ts"

export interface Flight {
  readonly from: Address
  readonly to: Address
  readonly bytes: Uint8Array
}

/** One call of `step`. */
export interface Recorded {
  readonly node: Node
  readonly before: Host.Host
  readonly inputs: ReadonlyArray<Input.Input>
  readonly now: number
  readonly options: StepOptions | undefined
  readonly after: Host.Host
  readonly outputs: Output.Outputs
}

const sameAddress = (a: Address, b: Address) => a.host === b.host && a.port === b.port

/** One host, protected as hosts are by default unless its settings say otherwise: every call is a step of its own. */
export class Node {
  readonly address: Address
  readonly network: Network
  readonly settings: Host.PartialSettings
  state: Host.Host
  events: Array<Output.Event> = []
  /** Sees every step. */
  observe: ((recorded: Recorded) => void) | undefined

  constructor(network: Network, address: Address, settings: Host.PartialSettings) {
    this.network = network
    this.address = address
    this.settings = { proving: { secret: [1, 2, 3, address.port] }, budgets: defaultBudgets, ...settings }
    this.state = Host.make(this.settings)
  }

  apply(inputs: ReadonlyArray<Input.Input>, options?: StepOptions): Output.Outputs {
    const before = this.state
    const { now } = this.network
    const { outputs, state } = step(before, inputs, now, options)
    this.state = state
    this.events.push(...outputs.events)
    for (const { address, bytes } of outputs.transmits) {
      this.network.inFlight.push({ from: this.address, to: address, bytes })
    }
    this.observe?.({ node: this, before, inputs, now, options, after: state, outputs })
    return outputs
  }

  connect(
    to: Node,
    options: { readonly channelCount?: number; readonly data?: number; readonly connectID?: number } = {}
  ) {
    const { answers } = this.apply([{
      _tag: "Connect",
      address: to.address,
      channelCount: options.channelCount ?? 2,
      data: options.data ?? 0,
      connectID: options.connectID ?? 0x01020304
    }])
    const result = answers[0]!.result
    if (typeof result === "string") throw new Error(result)
    return result
  }

  /** Queues a packet; gives why it cannot be. */
  send(peer: Output.PeerRef, channelID: number, payload: Uint8Array | string, flags = 1) {
    const bytes = typeof payload === "string" ? new TextEncoder().encode(payload) : payload
    return this.apply([{ _tag: "Send", peer, channelID, packet: { payload: bytes, flags } }]).answers[0]?.result
  }

  service(options?: StepOptions) {
    return this.apply([{ _tag: "Service" }, { _tag: "Dispatch" }], options)
  }

  receive(from: Address, bytes: Uint8Array, options?: StepOptions) {
    return this.apply([{ _tag: "Datagram", address: from, bytes }], options)
  }

  peer(ref: Output.PeerRef) {
    return this.state.peers.get(ref.slot)!
  }

  /** The events since the last call. */
  takeEvents(): Array<Output.Event> {
    return this.events.splice(0)
  }
}

export class Network {
  now = 1000
  inFlight: Array<Flight> = []
  readonly nodes: Array<Node> = []

  node(settings: Host.PartialSettings = {}): Node {
    const node = new Node(this, { host: "10.0.0.1", port: 7000 + this.nodes.length }, settings)
    this.nodes.push(node)
    return node
  }

  at(address: Address): Node | undefined {
    return this.nodes.find((node) => sameAddress(node.address, address))
  }

  /** Delivers what is in flight; gives what was delivered. */
  deliver(keep: (flight: Flight) => boolean = () => true): Array<Flight> {
    const flights = this.inFlight.splice(0)
    for (const flight of flights) {
      if (keep(flight)) this.at(flight.to)?.receive(flight.from, flight.bytes)
    }
    return flights
  }

  /** Services all hosts and delivers until nothing moves at this instant. */
  settle(keep?: (flight: Flight) => boolean): void {
    for (let round = 0; round < 10_000; round++) {
      for (const node of this.nodes) node.service()
      if (this.inFlight.length === 0) return
      this.deliver(keep)
    }
    throw new Error("the hosts never come to rest")
  }

  /** Lets time pass in steps, with a `settle` after each. */
  pass(
    milliseconds: number,
    options: { readonly step?: number; readonly keep?: (flight: Flight) => boolean } = {}
  ): void {
    const end = this.now + milliseconds
    while (this.now < end) {
      this.now = Math.min(this.now + (options.step ?? 10), end)
      this.settle(options.keep)
    }
  }
}

/** Two connected hosts. `client` sees the server as `toServer`, `server` the client as `toClient`. */
export const connectedPair = (options: {
  readonly server?: Host.PartialSettings
  readonly client?: Host.PartialSettings
  readonly channelCount?: number
} = {}) => {
  const network = new Network()
  const server = network.node(options.server)
  const client = network.node(options.client)
  const toServer = client.connect(server, { channelCount: options.channelCount ?? 2 })
  network.settle()
  const event = server.takeEvents()[0]
  if (event?._tag !== "Connect") throw new Error("not connected")
  client.takeEvents()
  return { network, server, client, toServer, toClient: event.peer }
}

/** The commands of a datagram without checksum. */
export const commandsOf = (flight: { readonly bytes: Uint8Array }) => Decode.decodeDatagram(flight.bytes)!.commands

export const textOf = (payload: Uint8Array): string => new TextDecoder().decode(payload)
