/**
 * What is asked of the oracle for one seed, and what our side says the answers must be.
 */
import type { RuleName } from "./rules.ts"

/** Which order of the datagrams of a call counts: all of it, that to each destination, or none. */
export type Order = "whole" | "by-destination" | "none"

/** What one oracle command made a host do. */
export interface Activity {
  readonly _tag: "Activity"
  /** `IP PORT HEX`, in the order of sending. */
  readonly datagrams: ReadonlyArray<string>
  /** As the oracle prints them, without the host's number. */
  readonly events: ReadonlyArray<string>
  readonly result: string | undefined
  readonly order: Order
}

export interface PeerLines {
  readonly slot: number
  /** The words of the oracle's line; an empty one is not compared. */
  readonly words: ReadonlyArray<string>
  readonly channels: ReadonlyArray<string>
  /** Tells the connections of one slot apart. */
  readonly connection: number
  readonly totalWaitingData: number | undefined
}

export interface Peers {
  readonly _tag: "Peers"
  readonly peers: ReadonlyArray<PeerLines>
  readonly maximumWaitingData: number
}

export interface Fields {
  readonly _tag: "Fields"
  readonly words: ReadonlyArray<string>
}

export type Check = Activity | Peers | Fields

export interface Entry {
  /** Index of the operation. */
  readonly step: number
  readonly command: string
  readonly check: Check
}

export interface Script {
  readonly entries: ReadonlyArray<Entry>
  /** The rule that ended the seed before all operations were done, and where. */
  readonly ended: { readonly rule: RuleName; readonly step: number } | undefined
  readonly applied: ReadonlyMap<RuleName, number>
  /** What our side threw. */
  readonly crash: { readonly step: number; readonly text: string } | undefined
  readonly datagrams: number
  /** Connections that a host without a counterpart has told of. */
  readonly alone: number
}

export const silent: Activity = { _tag: "Activity", datagrams: [], events: [], result: undefined, order: "whole" }
