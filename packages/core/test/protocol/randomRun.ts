/**
 * Two hosts that do everything a host can do, in a random order, over a wire that loses, repeats and delays datagrams.
 */
import { type Host, type Input, type Output, PeerState } from "@effect-enet/core/protocol"
import { Decode } from "@effect-enet/core/wire"
import { type Flight, Network, type Node, type Recorded } from "./Pair.ts"
import { random } from "./random.ts"
import { datagram } from "./segments.ts"

export interface RunOptions {
  readonly seed: number
  readonly rounds: number
  readonly settings?: Host.PartialSettings
  /** Delivers every command in a datagram of its own; not with a checksum or a compressor. */
  readonly split?: boolean
  /** Of 1; a repeated datagram is half as likely. */
  readonly loss?: number
  readonly observe: (recorded: Recorded) => void
}

interface Late {
  readonly at: number
  readonly flight: Flight
}

const SIZES = [0, 1, 20, 20, 100, 100, 500, 1364, 1365, 3000, 9000]
const FLAGS = [0, 1, 1, 2, 8, 3, 10]

const split = (bytes: Uint8Array): Array<Uint8Array> => {
  const { commands, header } = Decode.decodeDatagram(bytes)!
  return commands.map((command) => datagram(header, [command]))
}

export const randomRun = (options: RunOptions): Network => {
  const { bytes, chance, integer, next, pick } = random(options.seed)
  const loss = options.loss ?? 0.05
  const network = new Network()
  network.now = pick([1000, 0x7ffff000, 0xfffff000])
  const nodes = [0, 1].map(() => network.node({ maxPeers: 4, maximumWaitingData: 20_000, ...options.settings }))
  for (const node of nodes) node.observe = options.observe

  const refs = (node: Node): Array<Output.PeerRef> => {
    const found: Array<Output.PeerRef> = []
    node.state.peers.forEach(({ ref, state }) => {
      if (state !== PeerState.PeerState.Disconnected) found.push(ref)
    })
    return found
  }

  const call = (peer: Output.PeerRef): Input.Input => {
    const kind = integer(1000)
    const packet = () => ({ payload: bytes(pick(SIZES)), flags: pick(FLAGS) })
    if (kind < 800) return { _tag: "Send", peer, channelID: integer(3), packet: packet() }
    if (kind < 820) return { _tag: "Broadcast", channelID: integer(3), packet: packet() }
    if (kind < 840) return { _tag: "Ping", peer }
    if (kind < 880) return { _tag: "Hold", peer, held: chance(0.15) }
    if (kind < 930) return { _tag: "Receive", peer, packets: integer(10), bytes: integer(9000) }
    if (kind < 940) return { _tag: "PingInterval", peer, interval: integer(2000) }
    if (kind < 950) {
      return { _tag: "ThrottleConfigure", peer, interval: integer(9000), acceleration: 3, deceleration: 4 }
    }
    if (kind < 960) return { _tag: "BandwidthLimit", incoming: pick([0, 0, 90_000]), outgoing: pick([0, 0, 9000]) }
    if (kind < 965) return { _tag: "Timeout", peer, limit: integer(40), minimum: integer(6000), maximum: integer(9000) }
    if (kind < 970) return { _tag: "ChannelLimit", limit: integer(5) }
    if (kind < 975) return { _tag: "HoldIncoming", held: chance(0.15) }
    if (kind < 980) return { _tag: "RefuseNewConnections", refuse: chance(0.3) }
    if (kind < 985) return { _tag: "ResetStatistics" }
    if (kind < 990) return { _tag: "Disconnect", peer, data: next() }
    if (kind < 995) return { _tag: "DisconnectLater", peer, data: next() }
    return { _tag: kind < 998 ? "DisconnectNow" : "Reset", peer, data: next() }
  }

  let late: Array<Late> = []
  const carry = (): void => {
    for (const flight of network.inFlight.splice(0)) {
      for (let copies = chance(loss) ? 0 : chance(loss / 2) ? 2 : 1; copies > 0; copies--) {
        late.push({ at: network.now + (chance(0.05) ? integer(100) : 5 + integer(5)), flight })
      }
    }
    const due = late.filter(({ at }) => ((at - network.now) | 0) <= 0)
    late = late.filter(({ at }) => ((at - network.now) | 0) > 0)
    for (const { flight } of due) {
      const slots = { eventSlots: chance(0.8) ? undefined : integer(2) }
      for (const part of options.split === true ? split(flight.bytes) : [flight.bytes]) {
        network.at(flight.to)?.receive(flight.from, part, slots)
      }
    }
  }

  for (let round = 0; round < options.rounds; round++) {
    for (const node of nodes) {
      const peers = refs(node)
      if (chance(peers.length === 0 ? 0.2 : 0.005)) {
        node.apply([{
          _tag: "Connect",
          address: nodes[1 - nodes.indexOf(node)]!.address,
          channelCount: 1 + integer(4),
          data: next(),
          connectID: next()
        }])
      }
      if (peers.length > 0) { for (let calls = integer(3); calls > 0; calls--) node.apply([call(pick(peers))]) }
      if (chance(0.1)) node.apply([{ _tag: "Flush" }])
      node.apply([{ _tag: "Service" }])
      if (chance(0.5)) node.apply([{ _tag: "Dispatch" }], { eventSlots: chance(0.5) ? undefined : integer(4) })
    }
    carry()
    network.now = (network.now + (chance(0.004) ? integer(3000) : chance(0.0003) ? 40_000 : integer(20))) >>> 0
  }
  return network
}
