/**
 * A remote that speaks ENet well enough to be connected, and then sends what it likes.
 */
import { Host, type Input, type Peer, PeerState, step, Workspace } from "@effect-enet/core/protocol"
import type { Address } from "@effect-enet/core/protocol"
import type { SeededRandom } from "@effect-enet/core/testing/SeededRandom"
import { hostile, type Target } from "./Mutations.ts"

const CORPUS = 48
const flags = [1, 1, 0, 2, 8, 10]

/** How an attacker reaches its victim. */
export interface Wire {
  readonly now: number
  readonly send: (bytes: Uint8Array) => void
  /** From an address that has no connection. */
  readonly sendFromElsewhere: (bytes: Uint8Array) => void
}

export class Attacker {
  private state: Host.Host
  private readonly random: SeededRandom
  private readonly victim: Address
  private readonly checksum: boolean
  private readonly corpus: Array<Uint8Array> = []
  private readonly workspace = new Workspace()
  private nextAttempt = 0
  sent = 0

  constructor(random: SeededRandom, victim: Address, checksum: Host.Settings["checksum"]) {
    this.random = random
    this.victim = victim
    this.checksum = checksum !== undefined
    this.state = Host.make({ maxPeers: 4, checksum, maximumWaitingData: 100_000 })
  }

  /** What it does as an honest program: answers, acknowledges, sends a packet now and then. */
  behave(wire: Wire, received: ReadonlyArray<Uint8Array>): void {
    const { random } = this
    const inputs: Array<Input.Input> = received.map((bytes) => ({ _tag: "Datagram", address: this.victim, bytes }))
    const peers = this.established()
    const attempts: Array<Peer> = []
    this.state.peers.forEach((peer) => {
      if (peer.state === PeerState.PeerState.Connecting) attempts.push(peer)
    })
    if (peers.length === 0 && attempts.length === 0 && wire.now >= this.nextAttempt) {
      this.nextAttempt = wire.now + 50
      this.corpus.splice(8)
      inputs.push({
        _tag: "Connect",
        address: this.victim,
        channelCount: random.integer(1, 8),
        data: 0,
        connectID: random.word()
      })
    }
    for (const { connection, link, slot } of peers) {
      if (!random.chance(0.3)) continue
      const packet = { payload: random.bytes(random.integer(0, 2_000)), flags: random.pick(flags) }
      const channelID = random.integer(0, link.channelCount - 1)
      inputs.push({ _tag: "Send", peer: { slot, connection }, channelID, packet })
    }
    const { outputs, state } = step(
      this.state,
      [...inputs, { _tag: "Service" }, { _tag: "Dispatch" }],
      wire.now + 1_000,
      {
        workspace: this.workspace
      }
    )
    this.state = state
    for (const event of outputs.events) {
      if (event._tag !== "Connect") continue
      // it must notice soon when the victim has had enough of it
      const impatience: ReadonlyArray<Input.Input> = [
        { _tag: "Timeout", peer: event.peer, limit: 2, minimum: 50, maximum: 150 },
        { _tag: "PingInterval", peer: event.peer, interval: 30 }
      ]
      this.state = step(this.state, impatience, wire.now + 1_000).state
    }
    for (const { address, bytes } of outputs.transmits) {
      if (this.corpus.length < CORPUS) this.corpus.push(bytes)
      else this.corpus[random.integer(0, CORPUS - 1)] = bytes
      // one that nobody answers retransmits, and its replies come from a state that nobody expects
      if (address.host === this.victim.host && random.chance(0.9)) wire.send(bytes)
    }
  }

  /** One hostile datagram. */
  attack(wire: Wire, observe: (bytes: Uint8Array) => void): void {
    const { random } = this
    const peers = this.established()
    // most of what is not for a connection is not looked at
    if (peers.length === 0 && random.chance(0.8)) return
    const link = peers.length === 0 ? undefined : random.pick(peers).link
    const target: Target = {
      peerID: link?.outgoingPeerID ?? 0xfff,
      sessionID: link?.outgoingSessionID ?? 0,
      connectID: link?.connectID ?? 0,
      checksum: this.checksum,
      now: wire.now + 1_000
    }
    const bytes = hostile(random, target, this.corpus)
    this.sent++
    observe(bytes)
    if (random.chance(0.95)) wire.send(bytes)
    else wire.sendFromElsewhere(bytes)
  }

  private established(): Array<Peer> {
    const peers: Array<Peer> = []
    this.state.peers.forEach((peer) => {
      if (peer.state === PeerState.PeerState.Connected) peers.push(peer)
    })
    return peers
  }
}
