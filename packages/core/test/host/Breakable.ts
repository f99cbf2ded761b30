/**
 * A socket that breaks.
 */
import { Effect, Layer } from "effect"
import { DatagramSocket } from "effect/socket"
import { localhost } from "./Kit.ts"

/** A socket that fails when it is told to, and sends nowhere. */
export const breakable = () => {
  const control: { events?: DatagramSocket.BackingEvents; sends: number; failSends: boolean; closed: boolean } = {
    sends: 0,
    failSends: false,
    closed: false
  }
  const failed = () =>
    new DatagramSocket.DatagramSocketError({
      reason: new DatagramSocket.DatagramSocketWriteError({ kind: "Unreachable", cause: new Error("no route") })
    })
  const layer = Layer.effect(
    DatagramSocket.DatagramSocket,
    DatagramSocket.makeFromBackingSocket((events) =>
      Effect.sync((): DatagramSocket.BackingSocket => {
        control.events = events
        const done = (count: number, end: (error?: DatagramSocket.DatagramSocketError) => void) => {
          control.sends += count
          end(control.failSends ? failed() : undefined)
        }
        return {
          address: { host: localhost, port: 1234 },
          send: (_, __, end) => done(1, end),
          sendMany: (payloads, _, end) => done(payloads.length, end),
          joinMulticast: () => Effect.die(new Error("none")),
          close: () => void (control.closed = true)
        }
      })
    )
  )
  return { control, layer }
}

export const readError = () =>
  new DatagramSocket.DatagramSocketError({
    reason: new DatagramSocket.DatagramSocketReadError({ kind: "Unknown", cause: new Error("cable cut") })
  })
