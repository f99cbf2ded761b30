/**
 * Host names to addresses, through the system's resolver (the hosts file included), for one socket family.
 */
import { AddressNotResolved, type EnetError, fromReason } from "@effect-enet/core/EnetError"
import * as NodeDns from "@effect/platform-node/NodeDns"
import * as Effect from "effect/Effect"
import * as AddressResolver from "effect/net/AddressResolver"
import * as Dns from "effect/net/Dns"
import * as NetAddress from "effect/net/NetAddress"
import * as Os from "node:os"
import type { Family } from "../SocketOptions.ts"

/** The family that remotes must have; a dual-stack socket takes both. */
export const ipFamily = (family: Family | undefined): NetAddress.IpFamily | undefined =>
  family === "ipv4" ? "IPv4" : family === "ipv6" ? "IPv6" : undefined

// ENet programs listen on IPv4 more often than not, so it goes first where both would do.
const ipv4First = (addresses: ReadonlyArray<NetAddress.IpAddress>) => [
  ...addresses.filter(NetAddress.isIpv4Address),
  ...addresses.filter(NetAddress.isIpv6Address)
]

/** By hand and not as a layer: layers are shared by reference, and one program may have hosts of several families. */
export const make = Effect.fnUntraced(function*(family: Family | undefined) {
  const dns = yield* Effect.orDie(NodeDns.make())
  const lookup = Dns.make({
    lookup: (host, requested) => Effect.map(dns.lookup(host, { family: requested ?? ipFamily(family) }), ipv4First)
  })
  return AddressResolver.make(lookup, {
    scopeId: (name) => Effect.sync(() => NetAddress.scopeIdFromInterface(Os.networkInterfaces()[name]))
  })
})

const details: { readonly [reason in Dns.DnsErrorReason]?: string } = {
  NotFound: "unknown host",
  BadName: "not a host name",
  Temporary: "the name server does not answer",
  Timeout: "the name server does not answer"
}

const detailOf = (error: Dns.DnsError | NetAddress.NetAddressError): string =>
  (error._tag === "DnsError" ? details[error.reason] : undefined) ?? error.message

/** The first address of a host name. */
export const first = (
  resolver: AddressResolver.AddressResolver["Service"],
  host: string,
  port: number,
  family: NetAddress.IpFamily | undefined
): Effect.Effect<NetAddress.InetAddress, EnetError> =>
  resolver.resolve({ host, port }, { family }).pipe(
    Effect.map(([address]) => address),
    Effect.mapError((error) => fromReason(new AddressNotResolved({ host, detail: detailOf(error) })))
  )
