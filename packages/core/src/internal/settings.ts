/**
 * From the options of a host to the settings of its protocol.
 */
import type { ResolvedHostOptions } from "../HostOptions.ts"
import { defaultBudgets } from "../protocol/Budgets.ts"
import type { PartialSettings } from "../protocol/Host.ts"
import type { Key } from "../protocol/SipHash.ts"

export const settingsOf = (options: ResolvedHostOptions, secret: Key): PartialSettings => {
  const {
    acknowledgementLimit,
    broadcastQueueLimit,
    connectsPerPrefix,
    halfOpenLimit,
    handshake,
    ipv4PrefixLength,
    ipv6PrefixLength,
    malformedLimit,
    memoryLimit,
    outgoingQueueLimit: _,
    reassemblyLimit,
    reassemblyTimeout,
    refusalsPerSecond,
    ...settings
  } = options
  const prefix = { ipv4: ipv4PrefixLength, ipv6: ipv6PrefixLength }
  return {
    ...settings,
    budgets: {
      memoryPerHost: memoryLimit,
      reassemblyPerPeer: reassemblyLimit,
      reassemblyTimeout,
      acknowledgementsPerPeer: acknowledgementLimit,
      queuedPerPeer: broadcastQueueLimit,
      malformedPerPeer: malformedLimit,
      workPerDatagram: defaultBudgets.workPerDatagram
    },
    proving: handshake === "enet"
      ? undefined
      : { secret, halfOpenLimit, connectsPerPrefix, prefix, refusalsPerSecond }
  }
}
