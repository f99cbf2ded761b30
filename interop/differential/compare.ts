/**
 * The oracle's answers against what our side says they must be.
 */
import { WAITING } from "./fields.ts"
import type { Answer } from "./oracle.ts"
import { AMPLE } from "./plan.ts"
import type { RuleName } from "./rules.ts"
import type { Activity, Entry, Fields, Order, Peers, Script } from "./script.ts"

export interface Mismatch {
  readonly step: number
  readonly command: string
  readonly what: string
  readonly ours: ReadonlyArray<string>
  readonly library: ReadonlyArray<string>
}

export interface Verdict {
  readonly mismatch: Mismatch | undefined
  readonly ended: RuleName | undefined
  /** Operations that were compared. */
  readonly steps: number
}

type Difference = Pick<Mismatch, "what" | "ours" | "library">

const isSame = (left: ReadonlyArray<string>, right: ReadonlyArray<string>): boolean =>
  left.length === right.length && left.every((line, index) => line === right[index])

/** Events peer by peer: between peers there is no order. */
const byPeer = (events: ReadonlyArray<string>): ReadonlyArray<string> =>
  events.toSorted((left, right) => Number(left.split(" ")[1]) - Number(right.split(" ")[1]))

/** Address, slot and session. */
const destination = (datagram: string): string => {
  const start = datagram.lastIndexOf(" ") + 1
  return `${datagram.slice(0, start)}${Number.parseInt(datagram.slice(start, start + 4), 16) & 0x3fff}`
}

const byDestination = (datagrams: ReadonlyArray<string>): ReadonlyArray<string> =>
  datagrams.toSorted((left, right) => destination(left).localeCompare(destination(right)))

const ordered = (datagrams: ReadonlyArray<string>, order: Order): ReadonlyArray<string> => {
  switch (order) {
    case "whole":
      return datagrams
    case "by-destination":
      return byDestination(datagrams)
    case "none":
      return datagrams.toSorted()
  }
}

const compareActivity = (check: Activity, answer: Answer): Difference | undefined => {
  const datagrams: Array<string> = []
  const events: Array<string> = []
  let result: string | undefined
  const strange: Array<string> = []
  for (const line of answer) {
    const [kind, second] = line.split(" ", 2)
    if (kind === "datagram") datagrams.push(line.slice(10 + second!.length))
    else if (kind === "event") events.push(line.slice(7 + second!.length))
    else if (kind === "result") result = line.slice(7)
    else strange.push(line)
  }
  if (strange.length > 0) return { what: "answer", ours: [], library: strange }
  const [ourDatagrams, theirDatagrams] = [ordered(check.datagrams, check.order), ordered(datagrams, check.order)]
  if (!isSame(ourDatagrams, theirDatagrams)) {
    return { what: "datagrams", ours: ourDatagrams, library: theirDatagrams }
  }
  const [ourEvents, theirEvents] = [byPeer(check.events), byPeer(events)]
  if (!isSame(ourEvents, theirEvents)) return { what: "events", ours: ourEvents, library: theirEvents }
  if (result === check.result || (check.result === undefined && result === "0")) return undefined
  return { what: "result", ours: [`${check.result}`], library: [`${result}`] }
}

/** Words that are not compared are empty on our side; a shorter line of ours leaves the rest out. */
const compareWords = (ours: ReadonlyArray<string>, theirs: ReadonlyArray<string>): ReadonlyArray<number> => {
  const different: Array<number> = []
  for (let i = 0; i < ours.length; i++) if (ours[i] !== "" && ours[i] !== theirs[i]) different.push(i)
  return different
}

const pickWords = (words: ReadonlyArray<string>, indices: ReadonlyArray<number>): ReadonlyArray<string> =>
  indices.map((index) => words[index] ?? "nothing")

const compareFields = ({ words }: Fields, answer: Answer): Difference | undefined => {
  const theirs = (answer[0] ?? "").split(" ")
  const different = compareWords(words, theirs)
  return different.length === 0
    ? undefined
    : { what: "host", ours: pickWords(words, different), library: pickWords(theirs, different) }
}

const waitingOf = (words: ReadonlyArray<string>): number =>
  Number(words.find((word) => word.startsWith(WAITING))?.slice(WAITING.length))

interface TheirPeer {
  readonly words: ReadonlyArray<string>
  readonly channels: Array<string>
}

const parsePeers = (answer: Answer): ReadonlyMap<number, TheirPeer> => {
  const peers = new Map<number, TheirPeer>()
  for (const line of answer) {
    if (line.startsWith("peer ")) {
      const words = line.split(" ")
      peers.set(Number(words[2]), { words, channels: [] })
    } else peers.get(Number(line.split(" ", 3)[2]))?.channels.push(line)
  }
  return peers
}

const hostOf = (command: string): string => command.split(" ", 2)[1] ?? ""

/** How much of the limit a leak may take before it ends the seed. */
const TOLERATED = 0.25

/** Compares one script; remembers what the library's waiting-data counters have leaked by connection. */
class Comparison {
  private readonly leaks = new Map<string, number>()
  ended: RuleName | undefined

  compare({ check }: Entry, answer: Answer): Difference | undefined {
    switch (check._tag) {
      case "Activity":
        return compareActivity(check, answer)
      case "Fields":
        return compareFields(check, answer)
      case "Peers":
        return this.comparePeers(check, answer)
    }
  }

  /** Whether a peer of the host has leaked more than `tolerated` of what it may hold. */
  leaksOf({ maximumWaitingData, peers }: Peers, answer: Answer, tolerated: number): boolean {
    const theirs = parsePeers(answer)
    return peers.some(({ slot, totalWaitingData }) => {
      const words = theirs.get(slot)?.words
      return words !== undefined && totalWaitingData !== undefined &&
        waitingOf(words) - totalWaitingData > tolerated * maximumWaitingData
    })
  }

  private comparePeers(check: Peers, answer: Answer): Difference | undefined {
    const theirs = parsePeers(answer)
    const ours = check.peers
    if (!isSame(ours.map(({ slot }) => `${slot}`), [...theirs.keys()].map(String))) {
      return { what: "peers in use", ours: ours.map(({ slot }) => `${slot}`), library: [...theirs.keys()].map(String) }
    }
    for (const peer of ours) {
      const { channels, words } = theirs.get(peer.slot)!
      const different = compareWords(peer.words, words)
      const what = `peer ${peer.slot}`
      if (different.length > 0) {
        return { what, ours: pickWords(peer.words, different), library: pickWords(words, different) }
      }
      if (peer.words.length > 4 && !isSame(peer.channels, channels)) {
        return { what: `${what} channels`, ours: peer.channels, library: channels }
      }
      const difference = this.compareWaiting(peer, words)
      if (difference !== undefined) return difference
    }
    const isScarce = check.maximumWaitingData < AMPLE
    if (this.leaksOf(check, answer, isScarce ? 0 : TOLERATED)) this.ended = "waiting-data-discarded"
    return undefined
  }

  /** The library's counter may only be higher, by an amount that never shrinks. */
  private compareWaiting(
    { connection, slot, totalWaitingData, words: [, id] }: Peers["peers"][number],
    theirs: ReadonlyArray<string>
  ): Difference | undefined {
    if (totalWaitingData === undefined) return undefined
    const leaked = waitingOf(theirs) - totalWaitingData
    const key = `${id} ${connection}`
    const before = this.leaks.get(key) ?? 0
    if (leaked < before) {
      const ours = `${WAITING}${totalWaitingData} plus ${before} leaked`
      return { what: `peer ${slot}`, ours: [ours], library: [`${WAITING}${waitingOf(theirs)}`] }
    }
    this.leaks.set(key, leaked)
    return undefined
  }

  /** Whether the host of the entry was found to leak in the operation that the entry is part of. */
  isExcused(script: Script, answers: ReadonlyArray<Answer>, index: number): boolean {
    const { command, step } = script.entries[index]!
    for (let i = index; script.entries[i]?.step === step; i++) {
      const { check, command: later } = script.entries[i]!
      if (check._tag === "Peers" && hostOf(later) === hostOf(command)) {
        return this.leaksOf(check, answers[i]!, check.maximumWaitingData < AMPLE ? 0 : TOLERATED)
      }
    }
    return false
  }
}

export const compare = (script: Script, answers: ReadonlyArray<Answer>): Verdict => {
  const comparison = new Comparison()
  for (const [index, entry] of script.entries.entries()) {
    const difference = comparison.compare(entry, answers[index]!)
    if (comparison.ended !== undefined || (difference !== undefined && comparison.isExcused(script, answers, index))) {
      return { mismatch: undefined, ended: "waiting-data-discarded", steps: entry.step }
    }
    if (difference !== undefined) {
      const mismatch = { step: entry.step, command: entry.command, ...difference }
      return { mismatch, ended: undefined, steps: entry.step }
    }
  }
  const { crash, ended } = script
  if (crash !== undefined) {
    const mismatch = { step: crash.step, command: "", what: "exception", ours: crash.text.split("\n"), library: [] }
    return { mismatch, ended: undefined, steps: crash.step }
  }
  return { mismatch: undefined, ended: ended?.rule, steps: ended?.step ?? (script.entries.at(-1)?.step ?? -1) + 1 }
}
