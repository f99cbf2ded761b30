/**
 * An association as a pure function: `step(state, input, now, random)` gives the next state and what is to be done. It
 * changes nothing that it was given, reads no clock, and draws from `random` only.
 *
 * @since 0.1.0
 */
import type { Random } from "../crypto/CryptoProvider.ts"
import type { Association } from "./Association.ts"
import * as Client from "./Client.ts"
import type { ClientConfig } from "./Config.ts"
import { tickFlight } from "./Flights.ts"
import type { Input } from "./Input.ts"
import type { Outputs } from "./Output.ts"
import { receiveDatagram } from "./Receiving.ts"
import { Turn } from "./Turn.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface StepResult {
  readonly state: Association
  readonly outputs: Outputs
}

/** Datagrams of the application that wait for the end of a handshake. More are lost, as on any network. */
const MAXIMUM_WAITING = 16

/**
 * Begins an association with a server: gives its ClientHello.
 *
 * @param now milliseconds of a clock that never goes back
 * @param date Unix time in milliseconds, for the dates of certificates
 * @since 0.1.0
 * @category constructors
 */
export const connect = (config: ClientConfig, now: number, date: number, random: Random): StepResult => {
  const turn = new Turn(Client.idle(config, now, date), now, random)
  Client.begin(turn, config)
  return { state: turn.state, outputs: turn.outputs }
}

/**
 * Applies an input.
 *
 * @since 0.1.0
 * @category stepping
 */
export const step = (state: Association, input: Input, now: number, random: Random): StepResult => {
  const turn = new Turn(state, now, random)
  if (!turn.isEnded) apply(turn, input)
  return { state: turn.state, outputs: turn.outputs }
}

const apply = (turn: Turn, input: Input): void => {
  switch (input._tag) {
    case "Datagram":
      return receiveDatagram(turn, input.bytes)
    case "Send":
      return send(turn, input.payload)
    case "Tick":
      return tick(turn)
    case "Close":
      return close(turn)
  }
}

const send = (turn: Turn, payload: Uint8Array): void => {
  const { deadline, phase, waiting } = turn.state
  if (phase._tag === "Open") {
    // somebody on this side uses the association
    if (deadline !== undefined) turn.update({ deadline: undefined })
    return turn.sendData(payload)
  }
  if (waiting.length >= MAXIMUM_WAITING) return turn.drop("NoRoom")
  // not by `slice`: a `Buffer` of Node shares its memory with its slices
  turn.update({ waiting: [...waiting, new Uint8Array(payload)] })
}

const tick = (turn: Turn): void => {
  const { attemptDeadline, deadline, heardAt, phase } = turn.state
  if (deadline !== undefined && turn.now >= deadline) {
    // a server that is open has a client that never said anything
    if (phase._tag === "Open") turn.sendAlert("warning", "close_notify")
    return turn.end({ _tag: phase._tag === "Open" ? "IdleTimeout" : "HandshakeTimeout" })
  }
  if (phase._tag === "Open" && turn.now >= heardAt + phase.idleTimeout) {
    turn.sendAlert("warning", "close_notify")
    return turn.end({ _tag: "IdleTimeout" })
  }
  if (attemptDeadline !== undefined && turn.now >= attemptDeadline && "config" in phase) {
    if (phase.config.role === "client") return Client.begin(turn, phase.config)
  }
  tickFlight(turn)
}

const close = (turn: Turn): void => {
  // RFC 5246 section 7.2.1; without keys it would be a plaintext alert, which is nothing to rely on
  if (turn.state.writing !== undefined) turn.sendAlert("warning", "close_notify")
  turn.end({ _tag: "Local" })
}
