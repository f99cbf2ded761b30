/**
 * Runs a seed on our side, and writes down what to ask the oracle and what it must answer.
 */
import { type Address, deadline, type Input, type Peer, PeerState } from "@effect-enet/core/protocol"
import { Constants, Header } from "@effect-enet/core/wire"
import { hostFields, peerLines } from "./fields.ts"
import { forge } from "./hostile.ts"
import { type Call, LATEST, type Operation } from "./operations.ts"
import { type Flight, Ours, type Surroundings } from "./ours.ts"
import { pattern } from "./pattern.ts"
import type { HostPlan, Plan, Weather } from "./plan.ts"
import { Random } from "./random.ts"
import { EndOfSeed, type RuleName, withheld } from "./rules.ts"
import { type Check, type Entry, type Script, silent } from "./script.ts"

const { PeerState: State } = PeerState

const HISTORY = 32
const LONGEST_WAIT = 8000
const NO_PEER = Constants.PROTOCOL_MAXIMUM_PEER_ID
const NOBODY: Address = { host: "10.9.9.9", port: 9 }
const BROADCAST = "255.255.255.255"

const words = (...parts: ReadonlyArray<string | number>): string => parts.join(" ")

const hostCommand = (id: number, plan: HostPlan, checksum: boolean): string =>
  words(
    "host",
    id,
    plan.ip,
    plan.port,
    plan.maxPeers,
    plan.channelLimit,
    plan.incomingBandwidth,
    plan.outgoingBandwidth,
    checksum ? 1 : 0,
    plan.mtu,
    plan.duplicatePeers,
    plan.maximumPacketSize,
    plan.maximumWaitingData
  )

class World implements Surroundings {
  now: number
  private readonly plan: Plan
  private readonly hosts: ReadonlyArray<Ours>
  private readonly entries: Array<Entry> = []
  private readonly applied = new Map<RuleName, number>()
  /** On the way to each host. */
  private readonly wires: ReadonlyArray<Array<Flight>>
  /** The latest datagrams to each host, for forgers. */
  private readonly seen: ReadonlyArray<Array<Flight>>
  private readonly dirty = new Set<Ours>()
  private step = -1
  private elapsed = 0
  private datagrams = 0
  private alone = 0

  constructor(plan: Plan) {
    this.plan = plan
    this.now = plan.start
    this.hosts = plan.hosts.map((host, id) => new Ours(id, host, plan.checksum, this))
    this.wires = plan.hosts.map(() => [])
    this.seen = plan.hosts.map(() => [])
  }

  apply = (rule: RuleName): void => {
    this.applied.set(rule, (this.applied.get(rule) ?? 0) + 1)
  }

  run(operations: ReadonlyArray<Operation>, steps: ReadonlyArray<number>): Script {
    let ended: Script["ended"]
    let crash: Script["crash"]
    this.ask("reset-all")
    for (const { id, plan } of this.hosts) {
      if (plan.isAlone) continue
      this.ask(hostCommand(id, plan, this.plan.checksum), { ...silent, result: "0" })
      if (plan.compresses) this.ask(words("compress", id, "range-coder"))
    }
    this.ask(words("clock", this.now))
    try {
      for (const step of steps) {
        this.step = step
        this.operate(operations[step]!)
        this.inspect()
      }
    } catch (error) {
      if (error instanceof EndOfSeed) ended = { rule: error.rule, step: this.step }
      else crash = { step: this.step, text: error instanceof Error ? error.stack ?? error.message : String(error) }
    }
    const { alone, applied, datagrams, entries } = this
    return { entries, ended, applied, crash, datagrams, alone }
  }

  private operate(operation: Operation): void {
    switch (operation._tag) {
      case "Tick":
        return this.tick(operation)
      case "Call":
        this.advance(operation.advance)
        return this.call(this.hostOf(operation.host), operation.call)
      case "Connect":
        return this.connect(operation)
      case "Send":
        return this.send(operation)
      case "Part":
        return this.part(operation)
      case "Tune":
        return this.tune(operation)
      case "Receive":
        return this.receive(operation)
      case "Hostile":
        return this.attack(operation)
      case "Bandwidth": {
        const { incoming, outgoing } = operation
        const host = this.hostOf(operation.host)
        host.apply([{ _tag: "BandwidthLimit", incoming, outgoing }])
        return this.record(host, words("bandwidth", host.id, incoming, outgoing))
      }
      case "ChannelLimit": {
        const host = this.hostOf(operation.host)
        host.apply([{ _tag: "ChannelLimit", limit: operation.limit }])
        return this.record(host, words("channel-limit", host.id, operation.limit))
      }
    }
  }

  // ---- asking the oracle ----

  private ask(command: string, check: Check = silent): void {
    this.entries.push({ step: this.step, command, check })
  }

  /** Asks for what a host of ours has just done. */
  private record(host: Ours, command: string, result?: string): void {
    this.dirty.add(host)
    const { events, order, sent } = host
    host.sent = []
    host.events = []
    host.order = "whole"
    const datagrams = sent.map(({ hex, to }) => `${to.host} ${to.port} ${hex}`)
    if (host.plan.isAlone) this.alone += events.filter((event) => event.startsWith("connect ")).length
    else this.ask(command, { _tag: "Activity", datagrams, events, result, order })
    this.datagrams += sent.length
    for (const flight of sent) this.route(flight)
  }

  private route(flight: Flight): void {
    const { host, port } = flight.to
    const target = this.hosts.find(({ plan }) => plan.port === port && (host === BROADCAST || plan.ip === host))
    if (target === undefined) return
    this.wires[target.id]!.push(flight)
    const seen = this.seen[target.id]!
    if (seen.push(flight) > HISTORY) seen.shift()
  }

  /** Compares every field of the hosts that the operation concerned. */
  private inspect(): void {
    for (const host of this.dirty) {
      const { id, plan, state } = host
      if (plan.isAlone) continue
      this.ask(words("host-state", id), hostFields(id, state))
      const peers = host.used().map((slot) => peerLines(id, state.peers.get(slot)!))
      this.ask(words("peers", id), { _tag: "Peers", peers, maximumWaitingData: host.plan.maximumWaitingData })
    }
    this.dirty.clear()
  }

  // ---- who is meant ----

  private hostOf(number: number): Ours {
    return this.hosts[number % this.hosts.length]!
  }

  /** One of the peers in use; connected ones rather than others. */
  private peerOf(host: Ours, number: number): Peer | undefined {
    const used = host.used()
    if (number === LATEST) {
      const peers = used.map((slot) => host.state.peers.get(slot)!)
      return peers.toSorted((left, right) => right.connection - left.connection)[0]
    }
    const connected = used.filter((slot) => host.stateOf(slot) === State.Connected)
    const slots = connected.length > 0 && number % 8 !== 0 ? connected : used
    const slot = slots[(number >>> 3) % slots.length]
    return slot === undefined ? undefined : host.state.peers.get(slot)
  }

  // ---- operations ----

  private advance(milliseconds: number): void {
    // half a turn of the clock after it was set, a time looks as if it were ahead
    if (milliseconds === 0 || this.elapsed + milliseconds >= 2 ** 31) return
    this.elapsed += milliseconds
    this.now = Math.max(1, (this.now + milliseconds) >>> 0)
    this.ask(words("clock", this.now))
  }

  private call(host: Ours, wanted: Call): void {
    // which of several peers comes first is not the same on both sides
    const several = (wanted === "service" || wanted === "check") && host.used().length > 1
    if (several) this.apply("event-order")
    const call = several ? "drain" : wanted
    this.record(host, words(call, host.id), host.call(call))
  }

  /** How long to wait so that a host's deadline comes, or almost. */
  private wait({ advance, until }: Operation & { readonly _tag: "Tick" }, random: Random): number {
    if (until === "advance") return advance
    const due = deadline(this.hostOf(random.next()).state)
    const left = due === undefined ? 0 : ((due - this.now) | 0) - (until === "almost" ? 1 : 0)
    return left > 0 && left <= LONGEST_WAIT ? left : advance
  }

  private tick(operation: Operation & { readonly _tag: "Tick" }): void {
    const { fates, rounds, weather } = operation
    const { withoutEvents } = this.plan.profile
    const random = new Random(fates)
    for (let round = 0; round < rounds; round++) {
      this.advance(round === 0 ? this.wait(operation, random) : random.pick([0, 0, 1, 5, this.plan.profile.pace]))
      const first = random.below(this.hosts.length)
      for (let i = 0; i < this.hosts.length; i++) {
        const host = this.hostOf(first + i)
        this.carry(host, weather, random)
        this.call(
          host,
          random.weighted<Call>([[90, "drain"], [withoutEvents, "service-null"], [3, "flush"], [3, "service"]])
        )
      }
    }
  }

  /** Brings a host what the weather lets through. */
  private carry(host: Ours, weather: Weather, random: Random): void {
    const wire = this.wires[host.id]!
    const flights = wire.splice(0)
    for (let i = flights.length - 1; i > 0; i--) {
      if (!random.chance(weather.reorder)) continue
      const other = random.below(i + 1)
      ;[flights[i], flights[other]] = [flights[other]!, flights[i]!]
    }
    for (const flight of flights) {
      if (random.chance(weather.delay)) wire.push(flight)
      else if (!random.chance(weather.loss)) {
        if (random.chance(weather.duplicate)) wire.push(flight)
        this.deliver(host, flight)
      }
    }
  }

  private deliver(host: Ours, flight: Flight): void {
    // what is sent honestly is fit to be delivered, but a CONNECT may have gone astray to a host with a smaller MTU
    const rule = Header.peerIDOf(Header.peerWord(flight.bytes)) === NO_PEER
      ? withheld(flight.bytes, host.state, host.plan)
      : undefined
    if (rule !== undefined) return this.apply(rule)
    host.socket.push(flight)
    if (host.plan.isAlone) return
    this.ask(words("deliver", host.id, flight.from.host, flight.from.port, flight.hex))
  }

  private connect({ channels, data, kind, ...operation }: Operation & { readonly _tag: "Connect" }): void {
    let host = this.hostOf(operation.host)
    let target = this.hostOf(operation.to)
    if (host.plan.mtu > target.plan.mtu) [host, target] = [target, host]
    const address = kind === "nobody"
      ? NOBODY
      : kind === "broadcast"
      ? { host: BROADCAST, port: target.plan.port }
      : target.address
    const next = (host.connectIDs + 1) >>> 0
    // the library copies the number as it lies in memory
    const connectID = Buffer.from(Uint32Array.of(next).buffer).readUInt32BE()
    const input: Input.Input = { _tag: "Connect", address, channelCount: channels, data, connectID }
    const answer = host.apply([input]).answers[0]!.result
    if (typeof answer !== "string") host.connectIDs = next
    const command = words("connect", host.id, address.host, address.port, channels, data)
    this.record(host, command, typeof answer === "string" ? "-1" : `${answer.slot}`)
  }

  private send({ broadcast, count, fill, flags, size, ...operation }: Operation & { readonly _tag: "Send" }): void {
    const host = this.hostOf(operation.host)
    const peer = this.peerOf(host, operation.peer)
    if (peer === undefined) return
    const { channelCount, mtu } = peer.link
    const channelID = operation.channel < 256
      ? operation.channel
      : (operation.channel >>> 8) % Math.max(channelCount, 1)
    const whole = mtu - 28 - (this.plan.checksum ? 4 : 0)
    const length = Math.max(0, size.fragments * whole + size.extra)
    const packet = { payload: pattern(length, fill), flags }
    const data = length === 0 ? "-" : `#${length}:${fill}`
    if (broadcast) {
      host.apply([{ _tag: "Broadcast", channelID, packet }])
      return this.record(host, words("broadcast", host.id, channelID, flags, data))
    }
    const inputs: Array<Input.Input> = []
    for (let i = 0; i < count; i++) inputs.push({ _tag: "Send", peer: peer.ref, channelID, packet })
    const { answers } = host.apply(inputs)
    const result = answers.length === 0 ? "0" : "-1"
    for (let i = 0; i < count; i++) this.record(host, words("send", host.id, peer.slot, channelID, flags, data), result)
  }

  private part({ data, how, ...operation }: Operation & { readonly _tag: "Part" }): void {
    const host = this.hostOf(operation.host)
    const peer = this.peerOf(host, operation.peer)
    if (peer === undefined) return
    const ref = peer.ref
    if (how === "reset") {
      host.apply([{ _tag: "Reset", peer: ref }])
      return this.record(host, words("reset", host.id, peer.slot))
    }
    const tags = {
      disconnect: "Disconnect",
      "disconnect-now": "DisconnectNow",
      "disconnect-later": "DisconnectLater"
    } as const
    host.pass({ _tag: tags[how], peer: ref, data })
    this.record(host, words(how, host.id, peer.slot, data))
  }

  private tune({ values, what, ...operation }: Operation & { readonly _tag: "Tune" }): void {
    const host = this.hostOf(operation.host)
    const peer = this.peerOf(host, operation.peer)
    if (peer === undefined) return
    const ref = peer.ref
    const [first, second, third] = values
    switch (what) {
      case "ping":
        host.apply([{ _tag: "Ping", peer: ref }])
        return this.record(host, words("ping", host.id, peer.slot))
      case "ping-interval":
        host.apply([{ _tag: "PingInterval", peer: ref, interval: first }])
        return this.record(host, words("ping-interval", host.id, peer.slot, first))
      case "timeout": {
        // the library keeps the limit that was in force when a command was sent first
        const limit = this.hasSent(peer) ? peer.link.timeoutLimit : first
        if (limit !== first) this.apply("timeout-limit")
        host.apply([{ _tag: "Timeout", peer: ref, limit, minimum: second, maximum: third }])
        return this.record(host, words("timeout", host.id, peer.slot, limit, second, third))
      }
      case "throttle":
        if (peer.state !== State.Connected && peer.state !== State.DisconnectLater) {
          return this.apply("throttle-configure-established")
        }
        host.apply([{
          _tag: "ThrottleConfigure",
          peer: ref,
          interval: first,
          acceleration: second,
          deceleration: third
        }])
        return this.record(host, words("throttle", host.id, peer.slot, first, second, third))
    }
  }

  private hasSent(peer: Peer): boolean {
    return peer.sentReliable.size > 0 || peer.outgoing.retransmissions().size > 0 ||
      peer.outgoingReliable.retransmissions().size > 0
  }

  private receive(operation: Operation & { readonly _tag: "Receive" }): void {
    const host = this.hostOf(operation.host)
    const peer = this.peerOf(host, operation.peer)
    if (peer?.state !== State.Connected) return
    const found = host.receiveFrom(peer.ref)
    this.record(host, words("receive", host.id, peer.slot), found ? "1" : "0")
  }

  private attack(operation: Operation & { readonly _tag: "Hostile" }): void {
    const host = this.hostOf(operation.host)
    const random = new Random(operation.forge)
    for (let count = random.weighted([[6, 1], [2, 2], [1, 5]]); count > 0; count--) {
      const forged = forge(random, host, this.seen[host.id]!, this.plan.checksum, this.now)
      if (forged === undefined) continue
      const rule = withheld(forged.bytes, host.state, host.plan)
      if (rule === undefined) this.deliver(host, forged)
      else this.apply(rule)
    }
    this.call(host, random.weighted<Call>([[8, "drain"], [1, "service-null"], [1, "service"]]))
  }
}

/** The script of a seed, or of a part of its operations. */
export const runOurs = (
  plan: Plan,
  operations: ReadonlyArray<Operation>,
  steps: ReadonlyArray<number> = operations.map((_, index) => index)
): Script => new World(plan).run(operations, steps)
