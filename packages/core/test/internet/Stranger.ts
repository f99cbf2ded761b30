/**
 * A server that asks strangers to prove their address, and strangers that are played by the test.
 */
import { type Address, type Host, PeerState } from "@effect-enet/core/protocol"
import { type Command, Header } from "@effect-enet/core/wire"
import { Rig, type Sent } from "../protocol/Rig.ts"
import { ack, connect, datagram } from "../protocol/segments.ts"

export const SECRET = [0x01020304, 0x05060708, 0x090a0b0c, 0x0d0e0f10] as const

type Settings = Host.PartialSettings
type Proving = Partial<NonNullable<Host.PartialSettings["proving"]>>

export class Server extends Rig {
  constructor(settings: Settings = {}, proving: Proving = {}) {
    super({ proving: { secret: SECRET, ...proving }, ...settings })
  }

  /** What the host sends in answer to a datagram. */
  hears(
    from: Address,
    options: Parameters<typeof datagram>[0],
    ...commands: ReadonlyArray<Command.Command>
  ): Array<Sent> {
    return this.apply({ _tag: "Datagram", address: from, bytes: datagram(options, commands) })
  }

  get dropped(): Host.Dropped {
    return this.state.dropped
  }

  /** The states of all peers that are in use. */
  get peers(): Array<PeerState.PeerStateName> {
    const states: Array<PeerState.PeerStateName> = []
    this.state.peers.forEach(({ state }) => {
      if (state !== PeerState.PeerState.Disconnected) states.push(PeerState.stateNames[state]!)
    })
    return states
  }
}

/** What a stranger must echo. */
export interface Proof {
  readonly peerID: number
  readonly sessionID: number
  readonly number: number
  readonly sentTime: number
}

export class Stranger {
  readonly server: Server
  readonly address: Address
  readonly request: Command.Connect
  /** The answers to its CONNECTs. */
  readonly answers: Array<Sent> = []

  constructor(server: Server, host: string, fields: Partial<Command.Connect> = {}, port = 9000) {
    this.server = server
    this.address = { host, port }
    this.request = connect(fields)
  }

  /** Sends CONNECT, once more if it did before; gives the answer. */
  asks(): Sent | undefined {
    const sent = this.server.hears(this.address, { peerID: 0xfff, sentTime: 1 }, this.request)
    this.answers.push(...sent)
    return sent[0]
  }

  /** What the first VERIFY_CONNECT says. */
  get proof(): Proof {
    const [answer] = this.answers
    const [verify] = answer?.commands ?? []
    if (answer === undefined || verify?._tag !== "VerifyConnect") throw new Error("no VERIFY_CONNECT")
    return {
      peerID: verify.outgoingPeerID,
      sessionID: verify.outgoingSessionID,
      number: verify.reliableSequenceNumber,
      sentTime: answer.sentTime ?? -1
    }
  }

  says(proof: Proof, ...commands: ReadonlyArray<Command.Command>): Array<Sent> {
    const { peerID, sessionID } = proof
    return this.server.hears(this.address, { peerID, sessionID, sentTime: 1 }, ...commands)
  }

  acknowledges(proof: Proof = this.proof): Array<Sent> {
    return this.says(proof, ack(proof.number, proof.sentTime))
  }
}

export const sessionOf = (sent: Sent): number => Header.sessionIDOf(sent.word)
