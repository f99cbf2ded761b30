/**
 * Opens the `node:dgram` socket of a host. `NodeDatagramSocket` adopts it, and closes it with the reader's scope.
 */
import * as Effect from "effect/Effect"
import * as DatagramSocket from "effect/socket/DatagramSocket"
import * as Dgram from "node:dgram"

export interface Endpoint {
  readonly address: string
  readonly port: number
  readonly ipv6: boolean
  readonly ipv6Only: boolean
  readonly kernelReceiveBufferSize: number
  readonly kernelSendBufferSize: number | undefined
  readonly reuseAddress: boolean
}

const kindOf = (cause: unknown): DatagramSocket.DatagramSocketOpenError["kind"] => {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined
  switch (code) {
    case "EADDRINUSE":
      return "AddressInUse"
    case "EADDRNOTAVAIL":
    case "EAFNOSUPPORT":
      return "AddressNotAvailable"
    case "EACCES":
    case "EPERM":
      return "PermissionDenied"
    default:
      return "Unknown"
  }
}

const openError = (cause: unknown) =>
  new DatagramSocket.DatagramSocketError({
    reason: new DatagramSocket.DatagramSocketOpenError({ kind: kindOf(cause), cause })
  })

// Linux grants what it can; other systems refuse what they cannot grant, so ask again for half.
const requestBuffer = (set: (size: number) => void, size: number): void => {
  for (let request = size; request >= 65_536 || request === size; request = request >>> 1) {
    try {
      return set(request)
    } catch {
      // the default of the system stays
    }
  }
}

type LookupCallback = (error: NodeJS.ErrnoException | null, address: string, family: number) => void

// Every address is an IP literal here, so Node need not wait a tick for its own lookup.
const lookupIpv4 = (address: string, _options: unknown, callback: LookupCallback) => callback(null, address, 4)

// An IPv6 socket reaches IPv4 remotes by their mapped addresses only.
const lookupIpv6 = (address: string, _options: unknown, callback: LookupCallback) =>
  callback(null, address.includes(":") ? address : `::ffff:${address}`, 6)

const ignore = () => {}

export const openSocket = (
  endpoint: Endpoint
): Effect.Effect<Dgram.Socket, DatagramSocket.DatagramSocketError> =>
  Effect.callback((resume) => {
    try {
      const socket = Dgram.createSocket({
        type: endpoint.ipv6 ? "udp6" : "udp4",
        ipv6Only: endpoint.ipv6Only,
        reuseAddr: endpoint.reuseAddress,
        lookup: endpoint.ipv6 ? lookupIpv6 : lookupIpv4
      })
      const refuse = (cause: unknown) => {
        socket.close()
        resume(Effect.fail(openError(cause)))
      }
      // An error without a listener is thrown, and the adapter's listener comes later.
      socket.on("error", ignore)
      socket.once("error", refuse)
      // Exclusive: in a cluster, workers that share one port would get each other's datagrams.
      socket.bind({ address: endpoint.address, port: endpoint.port, exclusive: true }, () => {
        socket.off("error", refuse)
        try {
          socket.setBroadcast(true)
        } catch (cause) {
          return refuse(cause)
        }
        requestBuffer((size) => socket.setRecvBufferSize(size), endpoint.kernelReceiveBufferSize)
        const sendBuffer = endpoint.kernelSendBufferSize
        if (sendBuffer !== undefined) requestBuffer((size) => socket.setSendBufferSize(size), sendBuffer)
        resume(Effect.succeed(socket))
      })
    } catch (cause) {
      resume(Effect.fail(openError(cause)))
    }
  })

/** Gives the system a datagram without waiting for it; `done` learns how that went. */
export const sendNow = (
  socket: Dgram.Socket | undefined,
  payload: Uint8Array,
  destination: DatagramSocket.BackingAddress,
  done: (error?: unknown) => void
): void => {
  try {
    if (socket === undefined) done(new Error("the socket is not open"))
    else socket.send(payload, destination.port, destination.host, done)
  } catch (cause) {
    // it is closed
    done(cause)
  }
}
