/**
 * What a host may keep for its peers, and the account of it.
 */
import { memoryOf, type Peer } from "./Peer.ts"
import type { Step } from "./Step.ts"

export interface Budgets {
  /** Bytes for what waits for the application, incomplete packets, acknowledgements and queued packets of all peers. */
  readonly memoryPerHost: number
  /** Bytes received of incomplete packets of one peer. */
  readonly reassemblyPerPeer: number
  /** Milliseconds without another fragment after which an incomplete packet is given up. */
  readonly reassemblyTimeout: number
  /** Acknowledgements of one peer that wait to be sent. */
  readonly acknowledgementsPerPeer: number
  /** Bytes of one peer that wait to be sent. */
  readonly queuedPerPeer: number
  /** Datagrams of one peer that were no commands. */
  readonly malformedPerPeer: number
  /** Packets that wait, which may be passed in search of the places of those in one datagram. */
  readonly workPerDatagram: number
}

export const defaultBudgets: Budgets = {
  memoryPerHost: 1_073_741_824,
  reassemblyPerPeer: 67_108_864,
  reassemblyTimeout: 120_000,
  acknowledgementsPerPeer: 65_536,
  queuedPerPeer: 67_108_864,
  malformedPerPeer: 100,
  workPerDatagram: 262_144
}

/** Brings the host's account up to date with what it keeps for a peer. */
export const bill = ({ host }: Step, peer: Peer): void => {
  const memory = memoryOf(peer)
  host.memory += memory - peer.billed
  peer.billed = memory
}

/** Whether another acknowledgement may wait; who loses one sends its command again. */
export const mayAcknowledge = (step: Step, peer: Peer): boolean => {
  const { budgets } = step.host.settings
  if (budgets === undefined || peer.acknowledgements.size < budgets.acknowledgementsPerPeer) return true
  step.drop("BudgetExceeded")
  return false
}
