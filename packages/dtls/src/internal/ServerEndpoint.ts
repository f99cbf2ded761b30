/**
 * The associations of a server: strangers are greeted, known ones are served.
 */
import type { Random } from "../crypto/CryptoProvider.ts"
import { isHandshaking } from "../protocol/Association.ts"
import type { ServerConfig } from "../protocol/Config.ts"
import * as Listener from "../protocol/Listener.ts"
import { accept } from "../protocol/Server.ts"
import { sameBytes } from "../wire/Bytes.ts"
import { Endpoint, type Entry, type Remote, type Sink, type Time } from "./Endpoint.ts"

export interface ServerLimits {
  /** Handshakes at a time. */
  readonly pendingLimit: number
  readonly maxAssociations: number
}

export class ServerEndpoint extends Endpoint {
  /** A live switch: strangers get no answer, others go on. */
  isRefusing: boolean
  private readonly config: ServerConfig
  private readonly limits: ServerLimits
  private listener: Listener.Listener

  constructor(
    config: ServerConfig,
    limits: ServerLimits,
    isRefusing: boolean,
    sink: Sink,
    random: Random,
    { now }: Time
  ) {
    super(sink, random)
    this.config = config
    this.limits = limits
    this.isRefusing = isRefusing
    this.listener = Listener.make(config.crypto, now, random)
  }

  receive(remote: Remote, bytes: Uint8Array, time: Time): void {
    const entry = this.entries.get(remote.key)
    const received = Listener.readHello(bytes)
    if (entry === undefined) return this.greet(remote, bytes, time)
    const input = { _tag: "Datagram", bytes } as const
    if (received === undefined) {
      const drops = this.apply(entry, "live", input, time.now)
      // what the open association cannot read may be the new one's
      if (drops.length > 0 && entry.candidate !== undefined) this.apply(entry, "candidate", input, time.now)
      return
    }
    const { random } = received.hello
    // the hello of a handshake that goes on: the client has not got the answer
    if (sameBytes(random, entry.candidateHello)) this.apply(entry, "candidate", input, time.now)
    else if (sameBytes(random, entry.liveHello)) this.apply(entry, "live", input, time.now)
    else this.greet(remote, bytes, time, entry)
  }

  send(remote: Remote, payload: Uint8Array, { now }: Time): boolean {
    const entry = this.entries.get(remote.key)
    if (entry === undefined) return false
    this.apply(entry, "live", { _tag: "Send", payload }, now)
    return true
  }

  private greet(remote: Remote, bytes: Uint8Array, { now }: Time, entry?: Entry): void {
    if (this.isRefusing) return this.drop("Refusing")
    this.listener = Listener.rotate(this.listener, now, this.random)
    const greeting = Listener.greet(this.listener, remote.key, bytes)
    if (greeting._tag === "Ignore") return this.drop(greeting.reason)
    if (greeting._tag === "Reply") return this.transmit(remote, greeting.datagram)
    const { received } = greeting
    const isReplacing = entry !== undefined && (entry.candidate !== undefined || isHandshaking(entry.live.phase))
    if (
      (!isReplacing && this.pending >= this.limits.pendingLimit) ||
      (entry === undefined && this.entries.size >= this.limits.maxAssociations)
    ) {
      return this.drop("Full")
    }
    const result = accept(this.config, received, now, this.random)
    const hello = received.hello.random.slice()
    if (entry?.live.phase._tag === "Open") this.challenge(entry, hello, result)
    else this.begin(remote, hello, result)
  }
}
