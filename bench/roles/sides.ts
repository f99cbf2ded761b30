/**
 * Hosts without sockets: the reducer, driven by hand. Time stands still, so that idle connections are idle: as it passed
 * they would be pinged, and lost.
 */
import { type Address, Host, type Input, type Output, step, Workspace } from "@effect-enet/core/protocol"

const NOW = 1000
const SERVER: Address = { host: "10.0.0.1", port: 7777 }

export interface Side {
  state: Host.Host
  readonly address: Address
  readonly workspace: Workspace
}

/** A client and its connection. */
export interface Client extends Side {
  readonly peer: Output.PeerRef
}

export const service: Input.Input = { _tag: "Service" }
export const dispatch: Input.Input = { _tag: "Dispatch" }

export const makeServer = (maxPeers: number, settings: Host.PartialSettings = {}): Side => ({
  state: Host.make({ maxPeers, ...settings }),
  address: SERVER,
  workspace: new Workspace()
})

export const apply = (side: Side, inputs: ReadonlyArray<Input.Input>): Output.Outputs => {
  const { outputs, state } = step(side.state, inputs, NOW, { workspace: side.workspace })
  side.state = state
  return outputs
}

/** What a side has sent, as inputs of the other, each with a buffer of its own, as from a socket. */
export const datagrams = (from: Side, { transmits }: Output.Outputs): ReadonlyArray<Input.Input> =>
  transmits.map(({ bytes }) => ({ _tag: "Datagram", address: from.address, bytes: bytes.slice() }))

export const sending = (peer: Output.PeerRef, payload: Uint8Array): Input.Input => ({
  _tag: "Send",
  peer,
  channelID: 0,
  packet: { payload, flags: 1 }
})

const clientWorkspace = new Workspace()

/** Connects a new client. `index` makes its address. */
export const connect = (server: Side, index: number, channelCount: number): Client => {
  const address: Address = { host: "10.0.0.2", port: 10_000 + index }
  const side: Side = { state: Host.make({ maxPeers: 1 }), address, workspace: clientWorkspace }
  const opened = apply(side, [
    { _tag: "Connect", address: server.address, channelCount, data: 0, connectID: index + 1 },
    service
  ])
  const verified = apply(server, [...datagrams(side, opened), service])
  const confirmed = apply(side, [...datagrams(server, verified), service, dispatch])
  apply(server, [...datagrams(side, confirmed), service, dispatch])
  const peer = opened.answers[0]?.result
  if (peer === undefined || typeof peer === "string") throw new Error("not connected")
  return Object.assign(side, { peer })
}

export const connectMany = (server: Side, count: number, channelCount: number): ReadonlyArray<Client> =>
  Array.from({ length: count }, (_, index) => connect(server, index, channelCount))
