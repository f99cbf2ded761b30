/**
 * Addresses of the reducer that remember the socket's own form of the address.
 */
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import { AddressResolver } from "effect/net/AddressResolver"
import * as NetAddress from "effect/net/NetAddress"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type { BackingAddress, Datagram } from "effect/socket/DatagramSocket"
import { AddressNotResolved, type EnetError, fromReason, InvalidOption } from "../EnetError.ts"
import type { Address } from "../protocol/Address.ts"

/** What knows an address, perhaps only when it is asked for it. */
interface Source {
  readonly address: NetAddress.InetAddress
}

/** An address in the words of the socket. It keeps nothing of the datagram that came from there. */
class NativeAddress implements BackingAddress, Source {
  readonly host: string
  readonly port: number
  private parsed: NetAddress.InetAddress | undefined = undefined

  constructor({ host, port }: BackingAddress) {
    this.host = host
    this.port = port
  }

  get address(): NetAddress.InetAddress {
    return this.parsed ??= NetAddress.inetAddressFromIpStringUnsafe(this.host, this.port)
  }
}

export class SocketAddress implements Address {
  readonly port: number
  /** There once a datagram has come from there, if the socket has words of its own. */
  native: BackingAddress | undefined = undefined
  private readonly source: Source
  private text: string | undefined = undefined

  constructor(source: Source, port: number) {
    this.source = source
    this.port = port
  }

  /** Parsed, like `host` written, when it is asked for first: what strangers send is mostly dropped without. */
  get inet(): NetAddress.InetAddress {
    return this.source.address
  }

  get host(): string {
    // sockets write IPv4 addresses as everybody does, so a flood of requests need not be parsed to be kept
    const { native } = this
    return this.text ??= native === undefined || native.host.includes(":")
      ? NetAddress.formatHost(this.inet)
      : native.host
  }
}

export const fromInet = (inet: NetAddress.InetAddress): SocketAddress => new SocketAddress({ address: inet }, inet.port)

/** The sockets of platforms keep the address of a datagram as they got it, and parse it when it is asked for. */
const isNative = (datagram: Datagram): datagram is Datagram & BackingAddress => "host" in datagram

const isFrom = (known: SocketAddress, datagram: Datagram): boolean => {
  const { native } = known
  // as the socket writes them, equal addresses have equal texts
  return native !== undefined && isNative(datagram)
    ? native.port === datagram.port && native.host === datagram.host
    : Equal.equals(known.inet, datagram.address)
}

/** The address of a datagram: `known` itself when it is the same, so that the reducer need not compare texts. */
export const fromDatagram = (datagram: Datagram, known: Address | undefined): SocketAddress => {
  if (!isNative(datagram)) {
    return known instanceof SocketAddress && isFrom(known, datagram) ? known : fromInet(datagram.address)
  }
  if (known instanceof SocketAddress && isFrom(known, datagram)) {
    known.native ??= new NativeAddress(datagram)
    return known
  }
  const native = new NativeAddress(datagram)
  // only the socket knows the zones of IPv6
  const address = native.host.includes("%") ? fromInet(datagram.address) : new SocketAddress(native, native.port)
  address.native = native
  return address
}

export const toInet = (address: Address): NetAddress.InetAddress =>
  address instanceof SocketAddress ? address.inet : NetAddress.inetAddressFromIpStringUnsafe(address.host, address.port)

export const toNative = (address: Address): BackingAddress | undefined =>
  address instanceof SocketAddress ? address.native : undefined

/** IPv4 addresses that a dual-stack socket shows as IPv6, as the IPv4 addresses that they are. */
export const unmapped = (inet: NetAddress.InetAddress): NetAddress.InetAddress => {
  if (!NetAddress.isInetAddressV6(inet)) return inet
  const mapped = NetAddress.fromIpv4Mapped(inet.address)
  return Option.isSome(mapped) ? NetAddress.inetAddressUnsafe(mapped.value, inet.port) : inet
}

const invalidPort = (port: number): EnetError =>
  fromReason(new InvalidOption({ field: "port", expected: "an integer from 1 to 65535", actual: String(port) }))

/** An IPv6 socket reaches IPv4 hosts by their mapped addresses. */
const forSocket = (ip: NetAddress.IpAddress, local: NetAddress.InetAddress): NetAddress.IpAddress =>
  NetAddress.isIpv4Address(ip) && NetAddress.isInetAddressV6(local) ? NetAddress.toIpv4Mapped(ip) : ip

/** Looks up a destination: literal addresses as they are, names by the resolver of the host's context, if any. */
export const resolver = Effect.map(
  Effect.serviceOption(AddressResolver),
  (service) =>
  (
    destination: { readonly address: string | NetAddress.IpAddress; readonly port: number },
    local: NetAddress.InetAddress
  ): Effect.Effect<SocketAddress, EnetError> => {
    const { address: host, port } = destination
    if (!Number.isInteger(port) || port < 1 || port > 65535) return Effect.fail(invalidPort(port))
    const literal = typeof host === "string" ? Result.getSuccess(NetAddress.ipFromString(host)) : Option.some(host)
    const from = (ip: NetAddress.IpAddress) => fromInet(NetAddress.inetAddressUnsafe(forSocket(ip, local), port))
    const name = String(host)
    const failed = (detail: string) => fromReason(new AddressNotResolved({ host: name, detail }))
    if (Option.isSome(literal)) {
      return NetAddress.isIpv6Address(literal.value) && NetAddress.isInetAddressV4(local)
        ? Effect.fail(failed("it is an IPv6 address, and the socket is IPv4"))
        : Effect.succeed(from(literal.value))
    }
    if (Option.isNone(service)) {
      return Effect.fail(failed("it is not an IP address, and this host has no resolver for names"))
    }
    return service.value.resolve({ host: name, port }).pipe(
      Effect.mapError((error) => failed(error.message)),
      Effect.map((found) => {
        // an IPv4 socket cannot reach IPv6 hosts
        const fitting = found.find((inet) => NetAddress.isInetAddressV4(inet)) ??
          (NetAddress.isInetAddressV6(local) ? found[0] : undefined)
        return fitting
      }),
      Effect.flatMap((inet) =>
        inet === undefined
          ? Effect.fail(failed("it has no IPv4 address, and the socket is IPv4"))
          : Effect.succeed(fromInet(NetAddress.isInetAddressV4(inet) ? from(inet.address).inet : inet))
      )
    )
  }
)

export type Resolve = Effect.Success<typeof resolver>
