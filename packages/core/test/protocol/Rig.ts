/**
 * One host under test, and a remote that is played by the test: segments go in, and the test says which segments must
 * come out. Time moves only when the test moves it.
 */
import {
  type Address,
  Host,
  type Input,
  type Output,
  type Peer,
  PeerState,
  step,
  type StepOptions
} from "@effect-enet/core/protocol"
import { type Command, Decode, Header } from "@effect-enet/core/wire"
import { ack, connect, CONNECT_ID, datagram, type DatagramOptions, payloadOf, verifyConnect } from "./segments.ts"

/** A datagram that the host sent. */
export interface Sent {
  readonly to: Address
  readonly bytes: Uint8Array
  /** The first two bytes. */
  readonly word: number
  readonly sentTime: number | undefined
  readonly checksum: number | undefined
  readonly commands: ReadonlyArray<Command.Command>
}

const printable = (payload: Uint8Array): string =>
  payload.length > 40 ? `${payload.length} bytes` : new TextDecoder().decode(payload)

/** An event in one line: `Connect 5`, `Receive 0 hello`, `Disconnect 77 Remote`. */
export const lineOf = (event: Output.Event): string => {
  switch (event._tag) {
    case "Connect":
      return `Connect ${event.data}`
    case "Receive":
      return `Receive ${event.channelID} ${printable(event.payload)}`
    case "Disconnect":
      return `Disconnect ${event.data} ${event.reason}`
  }
}

export const REMOTE: Address = { host: "10.0.0.2", port: 9000 }

export class Rig {
  state: Host.Host
  now = 1000
  /** The host's name for the remote; a test that plays several changes it. */
  ref: Output.PeerRef = { slot: 0, connection: 1 }
  options: StepOptions = {}
  private events: Array<Output.Event> = []
  private readonly checksum: Host.Settings["checksum"]

  constructor(settings: Host.PartialSettings = {}) {
    this.state = Host.make(settings)
    this.checksum = settings.checksum
  }

  apply(...inputs: ReadonlyArray<Input.Input>): Array<Sent> {
    const checksummed = this.checksum !== undefined
    return this.outputs(...inputs).transmits.map(({ address, bytes }) => {
      const { checksum, commands, header } = Decode.decodeDatagram(bytes, { checksum: checksummed })!
      return { to: address, bytes, word: Header.peerWord(bytes), sentTime: header.sentTime, checksum, commands }
    })
  }

  outputs(...inputs: ReadonlyArray<Input.Input>): Output.Outputs {
    const { outputs, state } = step(this.state, inputs, this.now, this.options)
    this.state = state
    this.events.push(...outputs.events)
    return outputs
  }

  /** Delivers commands from the remote in one datagram, by default as an honest remote would. */
  receive(
    commands: ReadonlyArray<Command.Command> | Command.Command,
    options: Partial<DatagramOptions> & { readonly from?: Address } = {}
  ): void {
    const peerID = options.peerID ?? this.ref.slot
    const link = this.state.peers.get(peerID)?.link
    const bytes = datagram({
      peerID,
      sessionID: (link?.incomingSessionID ?? 0) & 3,
      sentTime: this.now,
      checksum: this.checksum && { compute: this.checksum, seed: link?.connectID ?? 0 },
      ...options
    }, "length" in commands ? commands : [commands])
    this.receiveBytes(bytes, options.from ?? link?.address)
  }

  receiveBytes(bytes: Uint8Array, from: Address = REMOTE): void {
    const sent = this.apply({ _tag: "Datagram", address: from, bytes })
    if (sent.length > 0) throw new Error("receiving never sends")
  }

  /** A service, and what it sends. */
  service(): Array<Sent> {
    return this.apply({ _tag: "Service" })
  }

  flush(): Array<Sent> {
    return this.apply({ _tag: "Flush" })
  }

  /** A service, and the commands that it sends, datagram by datagram. */
  sends(): Array<ReadonlyArray<Command.Command>> {
    return this.service().map(({ commands }) => commands)
  }

  /** The same as the names of the commands. */
  sendsTags(): Array<ReadonlyArray<Command.Command["_tag"]>> {
    return this.sends().map((commands) => commands.map(({ _tag }) => _tag))
  }

  /** Lets time pass with a service every so often; what was sent, with the milliseconds since the call. */
  pass(milliseconds: number, every = 10): Array<Sent & { readonly at: number }> {
    const start = this.now
    const sent: Array<Sent & { readonly at: number }> = []
    while (this.now < start + milliseconds) {
      this.now = Math.min(this.now + every, start + milliseconds)
      for (const one of this.service()) sent.push({ ...one, at: this.now - start })
    }
    return sent
  }

  advance(milliseconds: number): this {
    this.now += milliseconds
    return this
  }

  /** Queues a packet; gives why it cannot be. */
  send(channelID: number, payload: string | number | Uint8Array, flags = 1): Output.CallFailure | undefined {
    const { answers } = this.outputs({
      _tag: "Send",
      peer: this.ref,
      channelID,
      packet: { payload: payloadOf(payload), flags }
    })
    const result = answers[0]?.result
    return typeof result === "string" ? result : undefined
  }

  /** Queues the same packet many times, in one step. */
  sendMany(count: number, channelID: number, payload: string, flags = 1): void {
    const packet = { payload: payloadOf(payload), flags }
    this.apply(...Array.from({ length: count }, () => ({ _tag: "Send", peer: this.ref, channelID, packet } as const)))
  }

  /** The events since the last call, dispatched as far as they can be, one line each. */
  lines(): Array<string> {
    for (let before = -1; before !== this.events.length;) {
      before = this.events.length
      this.outputs({ _tag: "Dispatch" })
    }
    return this.events.splice(0).map(lineOf)
  }

  get peer(): Peer {
    return this.state.peers.get(this.ref.slot)!
  }

  get stateName(): PeerState.PeerStateName {
    return PeerState.stateNames[this.peer.state]!
  }

  /** Puts the peer into a situation that would take long to reach by traffic. */
  given(fields: Partial<Omit<Peer, "slot" | "owner">>): this {
    Object.assign(this.peer, fields)
    return this
  }

  /** Lets a remote connect; the rig talks to it from now on. */
  join(
    fields: Partial<Command.Connect> = {},
    options: { readonly from?: Address; readonly roundTripTime?: number } = {}
  ): Output.PeerRef {
    this.receive(connect(fields), { from: options.from ?? REMOTE, peerID: 0xfff })
    this.state.peers.forEach(({ ref }) => {
      if (ref.connection === this.state.connections) this.ref = ref
    })
    const verify = this.service().filter(({ commands }) => commands[0]?._tag === "VerifyConnect")
    this.advance(options.roundTripTime ?? 16).acknowledge(...verify)
    return this.ref
  }

  /** Acknowledges what the host sent, at this instant. */
  acknowledge(...sent: ReadonlyArray<Sent>): void {
    const acks = sent.flatMap(({ commands, sentTime }) =>
      commands.filter(({ flags }) => (flags & 0x80) !== 0).map((command) =>
        ack(command.reliableSequenceNumber, sentTime ?? 0, command.channelID)
      )
    )
    for (let i = 0; i < acks.length; i += 100) this.receive(acks.slice(i, i + 100), { sentTime: undefined })
  }
}

interface RigOptions {
  readonly settings?: Host.PartialSettings
  /** The host's first time, 1000 by default. */
  readonly now?: number
  /** Between VERIFY_CONNECT and its acknowledgement, or between CONNECT and VERIFY_CONNECT. */
  readonly roundTripTime?: number
}

/** A host to which the remote has connected: in slot 0, at time 1000 + round trip time. */
export const serverRig = (options: RigOptions & { readonly connect?: Partial<Command.Connect> } = {}): Rig => {
  const rig = new Rig(options.settings)
  rig.now = options.now ?? rig.now
  rig.join(options.connect, options)
  rig.lines()
  return rig
}

/** A host that asks the remote for a connection; its CONNECT has left. */
export const connectingRig = (options: RigOptions & { readonly call?: Partial<Input.Connect> } = {}): Rig => {
  const rig = new Rig(options.settings)
  rig.now = options.now ?? rig.now
  rig.apply({ _tag: "Connect", address: REMOTE, channelCount: 2, data: 0, connectID: CONNECT_ID, ...options.call })
  rig.service()
  return rig
}

/** A host that has connected to the remote, in slot 0, at time 1000 + round trip time. */
export const clientRig = (
  options: RigOptions & { readonly call?: Partial<Input.Connect>; readonly verify?: Partial<Command.VerifyConnect> } =
    {}
): Rig => {
  const rig = connectingRig(options)
  rig.advance(options.roundTripTime ?? 16).receive(verifyConnect(options.verify), { sessionID: 0 })
  rig.lines()
  return rig
}
