/**
 * What a simulation knows about everything: its time, its network, its nodes, its books, and what went wrong.
 */
import type { EnetHost } from "@effect-enet/core/EnetHost"
import type { EnetPeer } from "@effect-enet/core/EnetPeer"
import type { PacketRecord } from "@effect-enet/core/testing/NetworkEmulator"
import { SeededRandom } from "@effect-enet/core/testing/SeededRandom"
import type { SimulatedNetwork } from "@effect-enet/core/testing/SimulatedNetwork"
import { formatRecord } from "@effect-enet/core/testing/Timeline"
import * as Effect from "effect/Effect"
import { Auditor, driverOf } from "./Audit.ts"
import { Ledger, type Side } from "./Ledger.ts"
import type { NodePlan, Plan } from "./Plan.ts"
import type { VirtualTime } from "./VirtualTime.ts"

export interface Violation {
  readonly invariant: string
  readonly detail: string
  /** Virtual milliseconds. */
  readonly time: number
}

/** One host and its application. A restart begins another life. */
export class Node {
  readonly plan: NodePlan
  life = 0
  host: EnetHost["Service"] | undefined
  /** Where others reach it. */
  port = 0
  auditor: Auditor
  /** It sent or received something since the last check. */
  isDirty = false
  sent = 0
  sentBytes = 0
  arrived = 0
  /** Raw datagrams, which the host does not count. */
  raw = 0
  rawBytes = 0
  /** When an attempt to connect came to nothing. */
  lastFailure: number | undefined
  popped = { sent: 0, sentBytes: 0, received: 0 }
  sides: Array<Side> = []

  constructor(plan: NodePlan, world: World) {
    this.plan = plan
    this.auditor = this.audited(world)
  }

  get name(): string {
    return this.plan.name
  }

  begin(host: EnetHost["Service"], world: World): void {
    this.life++
    this.host = host
    this.port = host.address.port
    this.auditor = this.audited(world)
    this.sent =
      this.sentBytes =
      this.arrived =
      this.raw =
      this.rawBytes =
        0
    this.popped = { sent: 0, sentBytes: 0, received: 0 }
    this.lastFailure = undefined
    this.sides = []
  }

  /** The application is about to die, and takes its connections along. */
  end(): void {
    this.host = undefined
    for (const side of this.sides) {
      side.left("at once", 0)
      side.isDeaf = true
    }
  }

  private audited(world: World): Auditor {
    return new Auditor(this.name, (invariant, detail) => world.violate(invariant, detail))
  }
}

type Text = string | (() => string)

type Line = { readonly time: number; readonly text: Text } | PacketRecord

export class World {
  readonly plan: Plan
  readonly time: VirtualTime
  readonly ledger: Ledger
  readonly nodes: ReadonlyArray<Node>
  /** What applications draw from. */
  readonly random: SeededRandom
  readonly faultRandom: SeededRandom
  network: SimulatedNetwork | undefined
  /** Starts a fiber of nobody's. */
  fork: (effect: Effect.Effect<void>) => void = () => {}
  /** The faults are over: applications start nothing new and read what is there. */
  isCalm = false
  violation: Violation | undefined
  datagrams = 0
  broadcasts = 0
  connects = 0
  failedConnects = 0
  private readonly byHost: Map<string, Node> = new Map()
  private readonly lines: Array<Line> = []
  private readonly kept: number
  private dropped = 0
  private checks = 0

  /** `kept` lines of the timeline are remembered. */
  constructor(plan: Plan, time: VirtualTime, kept: number) {
    this.plan = plan
    this.time = time
    this.kept = kept
    this.random = new SeededRandom(plan.seed).fork("applications")
    this.faultRandom = new SeededRandom(plan.seed).fork("faults")
    this.ledger = new Ledger((invariant, detail) => this.violate(invariant, detail), (text) => this.note(text))
    this.nodes = plan.nodes.map((node) => new Node(node, this))
    for (const node of this.nodes) this.byHost.set(node.plan.host, node)
  }

  violate(invariant: string, detail: string): void {
    if (this.violation !== undefined) return
    this.violation = { invariant, detail, time: this.time.now }
    this.note(`VIOLATED: ${invariant}: ${detail}`)
    this.time.stop()
  }

  /** A line of the timeline. */
  note(text: Text): void {
    this.keep({ time: this.time.now, text })
  }

  observe(record: PacketRecord): void {
    this.keep(record)
    if (record.fate === "sent") {
      this.datagrams++
      const node = this.nodeAt(record.from)
      if (node === undefined) return
      node.isDirty = true
      node.sent++
      node.sentBytes += record.bytes.length
    } else if (record.fate === "delivered") {
      const node = this.nodeAt(record.to)
      if (node === undefined) return
      node.isDirty = true
      node.arrived++
    }
  }

  private nodeAt(endpoint: string): Node | undefined {
    return this.byHost.get(endpoint.slice(0, endpoint.lastIndexOf(":")))
  }

  /** The side of a peer; the first time, somebody starts to wait for its end. */
  side(node: Node, peer: EnetPeer): Side {
    const side = this.ledger.side(node.name, node.life, peer)
    if (node.sides.includes(side)) return side
    node.sides.push(side)
    this.fork(Effect.map(peer.closed, (reason) => {
      this.note(`${side.name} is closed: ${reason._tag}`)
      side.overSince = this.time.now
      this.ledger.closed(side, reason)
    }))
    return side
  }

  /** Between two steps, when everything has come to rest: those who sent or received, and now and then all. */
  check(): void {
    const all = ++this.checks % 32 === 0
    for (const node of this.nodes) {
      if (node.host === undefined || this.violation !== undefined || !(all || node.isDirty)) continue
      node.isDirty = false
      const peers = Effect.runSync(node.host.peers)
      const driver = peers[0] === undefined ? undefined : driverOf(peers[0])
      if (driver !== undefined) node.auditor.check(driver)
      this.checkStatistics(node, node.host, peers)
    }
  }

  private checkStatistics(node: Node, host: EnetHost["Service"], peers: ReadonlyArray<EnetPeer>): void {
    const statistics = Effect.runSync(host.statistics)
    const { NotSent: unsent = 0, ReceiveQueueFull: overflowed = 0 } = statistics.dropped
    const expect = (what: string, actual: number, expected: number) => {
      if (actual !== expected) {
        this.violate("statistics are consistent", `${node.name}, ${what}: ${actual} instead of ${expected}`)
      }
    }
    expect("sent packets", statistics.sentPackets + node.popped.sent, node.sent - node.raw)
    expect("sent data", statistics.sentData + node.popped.sentBytes, node.sentBytes - node.rawBytes)
    expect("received packets", statistics.receivedPackets + overflowed + node.popped.received, node.arrived)
    expect("packets not sent", unsent, 0)
    if (statistics.connectedPeers > peers.length) expect("connected peers", statistics.connectedPeers, peers.length)
  }

  private keep(line: Line): void {
    this.lines.push(line)
    if (this.lines.length < 2 * this.kept) return
    this.dropped += this.lines.length - this.kept
    this.lines.splice(0, this.lines.length - this.kept)
  }

  timeline(): string {
    const options = { checksum: this.plan.checksum }
    const start = Math.max(this.lines.length - this.kept, 0)
    const lines = this.lines.slice(start).map((line) =>
      "text" in line
        ? `${(line.time / 1000).toFixed(3).padStart(10)}  -- ${typeof line.text === "string" ? line.text : line.text()}`
        : formatRecord(line, options)
    )
    if (this.dropped + start > 0) lines.unshift(`... ${this.dropped + start} lines before`)
    return `${lines.join("\n")}\n`
  }
}
