/**
 * From the options of a host to the settings of its protocol.
 */
import type { ResolvedHostOptions } from "../HostOptions.ts"
import type { PartialSettings } from "../protocol/Host.ts"
import type { Key } from "../protocol/SipHash.ts"

export const settingsOf = (options: ResolvedHostOptions, secret: Key): PartialSettings => {
  const {
    connectsPerPrefix,
    halfOpenLimit,
    handshake,
    ipv4PrefixLength,
    ipv6PrefixLength,
    outgoingQueueLimit: _,
    refusalsPerSecond,
    ...settings
  } = options
  const prefix = { ipv4: ipv4PrefixLength, ipv6: ipv6PrefixLength }
  return {
    ...settings,
    proving: handshake === "enet"
      ? undefined
      : { secret, halfOpenLimit, connectsPerPrefix, prefix, refusalsPerSecond }
  }
}
