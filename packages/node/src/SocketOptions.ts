/**
 * Options of a host's UDP socket: what it binds to, which remotes it reaches, how large its buffers are. A value outside
 * its range is an `InvalidOption` that names the field and what it takes.
 *
 * @since 0.1.0
 */
import { type EnetError, fromReason, InvalidOption } from "@effect-enet/core/EnetError"
import { decodeOptions, integer } from "@effect-enet/core/HostOptions"
import * as Effect from "effect/Effect"
import * as NetAddress from "effect/net/NetAddress"
import * as Schema from "effect/Schema"
import * as Net from "node:net"

/**
 * Which remotes the socket reaches. `dual` is one socket for both families: it binds `::` and shows IPv4 remotes as IPv4.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Family = Schema.Literals(["ipv4", "ipv6", "dual"])

/**
 * @since 0.1.0
 * @category models
 */
export type Family = typeof Family.Type

/**
 * @since 0.1.0
 * @category models
 */
export interface SocketOptions {
  /**
   * The local address (an IP address or a host name) and port, 0 to 65,535. Default: every address, and a free port
   * that the system chooses.
   */
  readonly bind?: {
    readonly address?: string | NetAddress.IpAddress | undefined
    readonly port?: number | undefined
  } | undefined
  /** Default: the family of the bind address, where `::` means `dual`; `ipv4` without a bind address. */
  readonly family?: Family | undefined
  /**
   * Bytes, 1 to 2^31-1. The system may grant less. Default 1 MiB, which holds a burst of some 2,700 small datagrams or
   * 900 large ones. Under a flood it is full, and what it holds is what every peer waits for.
   */
  readonly kernelReceiveBufferSize?: number | undefined
  /** Bytes, 1 to 2^31-1. The system may grant less. Default: what the system gives. */
  readonly kernelSendBufferSize?: number | undefined
  /** Bind although another socket has the port (`SO_REUSEADDR`). Default false. */
  readonly reuseAddress?: boolean | undefined
}

/**
 * Options with the defaults filled in. Where the bind address is a host name, `family` may still depend on what the name
 * resolves to.
 *
 * @since 0.1.0
 * @category models
 */
export interface ResolvedSocketOptions {
  readonly address: string
  readonly port: number
  readonly family: Family | undefined
  readonly kernelReceiveBufferSize: number
  readonly kernelSendBufferSize: number | undefined
  readonly reuseAddress: boolean
}

const bufferSize = integer(1, 0x7fffffff)

// One flat record, so that an error names "bind.port" and not "bind".
const Flat = Schema.Struct({
  "bind.address": Schema.optionalKey(Schema.NonEmptyString),
  "bind.port": integer(0, 65_535).pipe(Schema.withDecodingDefaultKey(Effect.succeed(0))),
  family: Schema.optionalKey(Family),
  kernelReceiveBufferSize: bufferSize.pipe(Schema.withDecodingDefaultKey(Effect.succeed(1024 * 1024))),
  kernelSendBufferSize: Schema.optionalKey(bufferSize),
  reuseAddress: Schema.Boolean.pipe(Schema.withDecodingDefaultKey(Effect.succeed(false)))
})

const anyAddress = (family: Family | undefined) => family === "ipv6" || family === "dual" ? "::" : "0.0.0.0"

const familyOf = (address: string): Family | undefined => {
  switch (Net.isIP(address)) {
    case 4:
      return "ipv4"
    case 6:
      return address === "::" ? "dual" : "ipv6"
    default:
      return undefined
  }
}

/**
 * @since 0.1.0
 * @category validation
 */
export const resolve = Effect.fnUntraced(function*(
  { bind, ...options }: SocketOptions
): Effect.fn.Return<ResolvedSocketOptions, EnetError> {
  const given = bind?.address
  const decoded = yield* decodeOptions(Flat, {
    "bind.address": NetAddress.isIpAddress(given) ? NetAddress.formatIp(given) : given,
    "bind.port": bind?.port,
    ...options
  })
  const address = decoded["bind.address"] ?? anyAddress(decoded.family)
  const natural = familyOf(address)
  const family = decoded.family ?? natural
  if (natural !== undefined && (natural === "ipv4") !== (family === "ipv4")) {
    return yield* fromReason(
      new InvalidOption({
        field: "bind.address",
        expected: `an ${family === "ipv4" ? "IPv4" : "IPv6"} address or a host name with family "${family}"`,
        actual: JSON.stringify(address)
      })
    )
  }
  return {
    address,
    port: decoded["bind.port"],
    family,
    kernelReceiveBufferSize: decoded.kernelReceiveBufferSize,
    kernelSendBufferSize: decoded.kernelSendBufferSize,
    reuseAddress: decoded.reuseAddress
  }
})
