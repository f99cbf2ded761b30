/**
 * The reducer alone: nanoseconds for each message that goes from one host through `step` into another and is
 * acknowledged, with one and with 4,000 connected peers on the receiving host.
 */
import { type Address, Host, type Input, type Output, step, Workspace } from "@effect-enet/core/protocol"

const now = 1000
const serverAddress: Address = { host: "10.0.0.1", port: 7777 }

interface Side {
  state: Host.Host
  readonly address: Address
  readonly workspace: Workspace
}

const side = (address: Address, maxPeers: number): Side => ({
  state: Host.make({ maxPeers }),
  address,
  workspace: new Workspace()
})

const apply = (self: Side, inputs: ReadonlyArray<Input.Input>, at: number): Output.Outputs => {
  const { outputs, state } = step(self.state, inputs, at, { workspace: self.workspace })
  self.state = state
  return outputs
}

const datagrams = (from: Side, outputs: Output.Outputs): Array<Input.Input> =>
  outputs.transmits.map(({ bytes }) => ({ _tag: "Datagram", address: from.address, bytes }))

const connect = (client: Side, server: Side, at: number): Output.PeerRef => {
  const opened = apply(client, [
    { _tag: "Connect", address: server.address, channelCount: 2, data: 0, connectID: 1 },
    { _tag: "Service" }
  ], at)
  const verified = apply(server, [...datagrams(client, opened), { _tag: "Service" }], now)
  const confirmed = apply(client, [...datagrams(server, verified), { _tag: "Service" }, { _tag: "Dispatch" }], at)
  apply(server, [...datagrams(client, confirmed), { _tag: "Service" }, { _tag: "Dispatch" }], at)
  const answer = opened.answers[0]?.result
  if (answer === undefined || typeof answer === "string") throw new Error("not connected")
  return answer
}

export interface StepFigures {
  readonly peers: number
  readonly perStep: number
  readonly nanoseconds: number
}

/**
 * Sends `messages` packets of 64 bytes, `perStep` in each step, to a host with `peers` connections. Time stands still, so
 * that the other connections are idle: as it passed they would be pinged, and lost.
 */
export const measureStep = (peers: number, perStep: number, messages: number): StepFigures => {
  const server = side(serverAddress, peers)
  let active = side({ host: "10.0.0.2", port: 10_000 }, 1)
  let ref = connect(active, server, now)
  // only the last one sends; of the others the server's side is what counts
  for (let index = 1; index < peers; index++) {
    active = side({ host: "10.0.0.2", port: 10_000 + index }, 1)
    ref = connect(active, server, now)
  }
  const payload = new Uint8Array(64)
  const round = () => {
    const sends: Array<Input.Input> = []
    for (let i = 0; i < perStep; i++) {
      sends.push({ _tag: "Send", peer: ref, channelID: 0, packet: { payload, flags: 1 } })
    }
    const sent = apply(active, [...sends, { _tag: "Service" }], now)
    const received = apply(server, [...datagrams(active, sent), { _tag: "Service" }, { _tag: "Dispatch" }], now)
    apply(active, datagrams(server, received), now)
    return received.events.length
  }
  for (let i = 0; i < 2000; i++) round()
  const start = process.hrtime.bigint()
  let delivered = 0
  while (delivered < messages) delivered += round()
  const elapsed = Number(process.hrtime.bigint() - start)
  return { peers, perStep, nanoseconds: elapsed / delivered }
}
