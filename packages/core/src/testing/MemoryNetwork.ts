/**
 * A network without a kernel: sockets that deliver to each other at once, in order and without loss.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as DatagramSocket from "effect/socket/DatagramSocket"

/**
 * @since 0.1.0
 * @category models
 */
export interface MemoryNetwork {
  /** A socket bound to `host`, by default 127.0.0.1, and `port`, by default the next free one. */
  readonly layer: (address?: {
    readonly host?: string | undefined
    readonly port?: number | undefined
  }) => Layer.Layer<DatagramSocket.DatagramSocket>
}

const inUse = () =>
  new DatagramSocket.DatagramSocketError({
    reason: new DatagramSocket.DatagramSocketOpenError({ kind: "AddressInUse", cause: new Error("address in use") })
  })

/**
 * A network of its own; the sockets of one network reach each other.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (): MemoryNetwork => {
  const bound = new Map<string, DatagramSocket.BackingEvents>()
  let nextPort = 49_152

  const open = (host: string, wanted: number | undefined) => (events: DatagramSocket.BackingEvents) =>
    Effect.suspend(() => {
      const port = wanted === undefined || wanted === 0 ? nextPort++ : wanted
      const key = `${host}:${port}`
      if (bound.has(key)) return Effect.fail(inUse())
      bound.set(key, events)
      const deliver = (payload: Uint8Array, to: DatagramSocket.BackingAddress | undefined) => {
        if (to !== undefined) bound.get(`${to.host}:${to.port}`)?.onPacket(new Uint8Array(payload), host, port)
      }
      const backing: DatagramSocket.BackingSocket = {
        address: { host, port },
        send: (payload, to, done) => {
          deliver(payload, to)
          done()
        },
        sendMany: (payloads, to, done) => {
          payloads.forEach((payload, index) => deliver(payload, to[index]))
          done()
        },
        joinMulticast: () => Effect.die(new Error("the memory network has no multicast")),
        close: () => {
          if (bound.get(key) === events) bound.delete(key)
        }
      }
      return Effect.succeed(backing)
    })

  return {
    layer: (address) =>
      Layer.effect(
        DatagramSocket.DatagramSocket,
        DatagramSocket.makeFromBackingSocket(open(address?.host ?? "127.0.0.1", address?.port))
      )
  }
}
