/**
 * Connections that a stranger asked for and has not proved to be there for: a table of fixed size that floods can turn
 * over, but not grow.
 *
 * Entries are kept in a ring in the order of arrival, so that a new one replaces the oldest. They are found by hashes under
 * the host's secret: of address and connectID for a CONNECT, of address and peer id for what follows, and of the network.
 * Entries with the same hash are chained from the newest to the oldest, and a chain ends where the ring has gone over it.
 * Nothing ever has to be taken out of an index.
 */
import type * as Command from "../wire/Command.ts"
import { type Address, sameAddress } from "./Address.ts"
import { nobody, type Owner } from "./collections/Owner.ts"
import { Pages } from "./collections/Pages.ts"
import { networkOf, parse, type PrefixLengths, type Words } from "./Prefix.ts"
import { type Hash, type Key, ofWords } from "./SipHash.ts"
import { span } from "./Time.ts"

/** How a host treats those who have not proved their address. */
export interface Proving {
  readonly secret: Key
  /** Half-open connections at a time; the oldest makes room for a new one. */
  readonly halfOpenLimit: number
  /** CONNECTs that one network may have in the table per second, and at once. */
  readonly connectsPerPrefix: number
  readonly prefix: PrefixLengths
  /** Refusals that are answered per second; others are silent. */
  readonly refusalsPerSecond: number
}

export const defaultProving: Omit<Proving, "secret"> = {
  halfOpenLimit: 32_768,
  connectsPerPrefix: 4096,
  prefix: { ipv4: 24, ipv6: 64 },
  refusalsPerSecond: 1000
}

/** Milliseconds in which an address can be proved. */
export const HALF_OPEN_LIFETIME = 10_000

/** How far a chain is followed. */
const CHAIN = 16

/** One half-open connection: what was negotiated, and what the remote must echo. Never edited. */
export interface HalfOpen {
  readonly address: Address
  readonly since: number
  /** When VERIFY_CONNECT was sent last, and how often it was. */
  readonly answeredAt: number
  readonly answers: number
  /** Where the remote's datagrams must be addressed to. */
  readonly incomingPeerID: number
  readonly incomingSessionID: number
  readonly outgoingSessionID: number
  /** The sequence number and the sent time of VERIFY_CONNECT. */
  readonly number: number
  readonly sentTime: number
  readonly request: Command.Connect
}

/** Where an address belongs in the table. */
export interface Place {
  readonly address: Address
  readonly ip: Words | undefined
  readonly words: ReadonlyArray<number>
  /** 64 bits that only the host knows, for IP address and port. */
  readonly hash: Hash
}

interface Slot {
  readonly sequence: number
  readonly network: number
  readonly olderRequest: number
  readonly olderPeerID: number
  readonly olderInNetwork: number
  /** CONNECTs that the network may still bring at `at`. */
  readonly tokens: number
  readonly at: number
  /** `undefined` once it has been proved or given up. */
  readonly entry: HalfOpen | undefined
}

const wordsOf = (text: string): Array<number> => {
  const words: Array<number> = []
  for (let i = 0; i < text.length; i += 2) words.push(text.charCodeAt(i) | ((text.charCodeAt(i + 1) & 0xffff) << 16))
  return words
}

export const placeOf = ({ secret }: Proving, address: Address): Place => {
  const ip = parse(address.host)
  const words = ip ?? wordsOf(address.host)
  return { address, ip, words, hash: ofWords(secret, [address.port, ...words]) }
}

/** A hash of the network of an address. */
export const networkAt = ({ prefix, secret }: Proving, { ip, words }: Place): number =>
  ofWords(secret, ip === undefined ? words : networkOf(ip, prefix)).low

/** Spreads what a remote chose; where in the table that begins, only the hash of its address says. */
const spread = (value: number): number => Math.imul(value, 0x9e3779b1)

const requestHash = ({ hash }: Place, connectID: number): number => (hash.low ^ spread(connectID)) >>> 0

const peerIDHash = ({ hash }: Place, peerID: number): number => (hash.high ^ spread(peerID)) >>> 0

export class HalfOpenTable {
  private readonly owner: Owner
  /** Entries that were ever added: the sequence number of the next one. */
  private count: number
  private ring: Pages<Slot>
  private byRequest: Pages<number>
  private byPeerID: Pages<number>
  private byNetwork: Pages<number>
  /** The newest entry with each peer id, wherever it is from: most noise is told by it. */
  private newest: Pages<number>

  private constructor(owner: Owner, from: HalfOpenTable | undefined) {
    this.owner = owner
    this.count = from === undefined ? 0 : from.count
    this.ring = from === undefined ? Pages.empty() : from.ring
    this.byRequest = from === undefined ? Pages.empty() : from.byRequest
    this.byPeerID = from === undefined ? Pages.empty() : from.byPeerID
    this.byNetwork = from === undefined ? Pages.empty() : from.byNetwork
    this.newest = from === undefined ? Pages.empty() : from.newest
  }

  static readonly empty = new HalfOpenTable(nobody, undefined)

  edit(owner: Owner): HalfOpenTable {
    return this.owner === owner ? this : new HalfOpenTable(owner, this)
  }

  /** A table without entries. Numbers go on: what is answered to a request depends on them, and must never repeat. */
  cleared(owner: Owner): HalfOpenTable {
    const table = new HalfOpenTable(owner, undefined)
    table.count = this.count
    return table
  }

  /** The sequence number of the next entry. */
  get next(): number {
    return this.count
  }

  /** What a CONNECT from this place with this id has opened. */
  ofRequest(limits: Proving, place: Place, connectID: number, now: number): HalfOpen | undefined {
    return this.seekRequest(limits, place, connectID, now)?.entry
  }

  /** What was opened from this place and has this peer id: never two at a time. */
  ofPeerID(limits: Proving, place: Place, peerID: number, now: number): HalfOpen | undefined {
    return this.seek(
      limits,
      this.byPeerID.get(peerIDHash(place, peerID) % limits.halfOpenLimit),
      ({ olderPeerID }) => olderPeerID,
      place,
      now,
      (entry) => entry.incomingPeerID === peerID
    )?.entry
  }

  /** Whether anybody may have been given this peer id lately. */
  mayHavePeerID(limits: Proving, peerID: number, now: number): boolean {
    const slot = this.slot(limits, this.newest.get(peerID) ?? -1)
    return slot !== undefined && span(now, slot.at) <= HALF_OPEN_LIFETIME
  }

  /** Whether a network may bring another CONNECT. */
  hasTokens(limits: Proving, network: number, now: number): boolean {
    return this.tokensOf(limits, network, now) >= 1
  }

  /** `true` when another one that could still have been proved had to go. */
  add(limits: Proving, place: Place, network: number, entry: HalfOpen, now: number): boolean {
    const { halfOpenLimit } = limits
    const oldest = this.slot(limits, this.count - halfOpenLimit)
    const sequence = this.count++
    const tokens = this.tokensOf(limits, network, now) - 1
    const requestBucket = requestHash(place, entry.request.connectID) % halfOpenLimit
    const peerIDBucket = peerIDHash(place, entry.incomingPeerID) % halfOpenLimit
    const networkBucket = network % halfOpenLimit
    this.ring = this.ring.edit(this.owner)
    this.byRequest = this.byRequest.edit(this.owner)
    this.byPeerID = this.byPeerID.edit(this.owner)
    this.byNetwork = this.byNetwork.edit(this.owner)
    this.newest = this.newest.edit(this.owner)
    this.ring.set(sequence % halfOpenLimit, {
      sequence,
      network,
      olderRequest: this.byRequest.get(requestBucket) ?? -1,
      olderPeerID: this.byPeerID.get(peerIDBucket) ?? -1,
      olderInNetwork: this.byNetwork.get(networkBucket) ?? -1,
      tokens,
      at: now,
      entry
    })
    this.byRequest.set(requestBucket, sequence)
    this.byPeerID.set(peerIDBucket, sequence)
    this.byNetwork.set(networkBucket, sequence)
    this.newest.set(entry.incomingPeerID, sequence)
    return oldest?.entry !== undefined && span(now, oldest.entry.since) <= HALF_OPEN_LIFETIME
  }

  /** Puts another entry in the place of one; `undefined` for none. */
  replace(limits: Proving, place: Place, before: HalfOpen, after: HalfOpen | undefined, now: number): void {
    const slot = this.seekRequest(limits, place, before.request.connectID, now)
    if (slot?.entry !== before) return
    this.ring = this.ring.edit(this.owner)
    this.ring.set(slot.sequence % limits.halfOpenLimit, { ...slot, entry: after })
  }

  /** When nothing in it can be proved any more; `undefined` when nothing is in it. */
  endsAt(limits: Proving): number | undefined {
    const newest = this.slot(limits, this.count - 1)
    return newest && (newest.at + HALF_OPEN_LIFETIME + 1) >>> 0
  }

  /** The slot of a sequence number, unless a later one has taken its place. */
  private slot(limits: Proving, sequence: number): Slot | undefined {
    const slot = sequence < 0 ? undefined : this.ring.get(sequence % limits.halfOpenLimit)
    return slot?.sequence === sequence ? slot : undefined
  }

  private seekRequest(limits: Proving, place: Place, connectID: number, now: number): Slot | undefined {
    return this.seek(
      limits,
      this.byRequest.get(requestHash(place, connectID) % limits.halfOpenLimit),
      ({ olderRequest }) => olderRequest,
      place,
      now,
      (entry) => entry.request.connectID === connectID
    )
  }

  private seek(
    limits: Proving,
    newest: number | undefined,
    older: (slot: Slot) => number,
    { address }: Place,
    now: number,
    fits: (entry: HalfOpen) => boolean
  ): Slot | undefined {
    let sequence = newest ?? -1
    for (let i = 0; i < CHAIN; i++) {
      const slot = this.slot(limits, sequence)
      if (slot === undefined) return undefined
      const { entry } = slot
      if (
        entry !== undefined && sameAddress(entry.address, address) && span(now, entry.since) <= HALF_OPEN_LIFETIME &&
        fits(entry)
      ) return slot
      sequence = older(slot)
    }
    return undefined
  }

  /** What the network's newest entry left, and what has come since. */
  private tokensOf(limits: Proving, network: number, now: number): number {
    const full = limits.connectsPerPrefix
    let sequence = this.byNetwork.get(network % limits.halfOpenLimit) ?? -1
    for (let i = 0; i < CHAIN; i++) {
      const slot = this.slot(limits, sequence)
      if (slot === undefined) return full
      if (slot.network === network) return Math.min(full, slot.tokens + (span(now, slot.at) * full) / 1000)
      sequence = slot.olderInNetwork
    }
    return full
  }
}
