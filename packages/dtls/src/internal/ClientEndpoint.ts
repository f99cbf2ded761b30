/**
 * The associations of a client: whoever is written to is a server to connect to.
 */
import type { Random } from "../crypto/CryptoProvider.ts"
import type { ClientConfig } from "../protocol/Config.ts"
import { connect } from "../protocol/Reducer.ts"
import { Endpoint, type Remote, type Sink, type Time } from "./Endpoint.ts"

export class ClientEndpoint extends Endpoint {
  private readonly configFor: (remote: Remote) => ClientConfig

  constructor(configFor: (remote: Remote) => ClientConfig, sink: Sink, random: Random) {
    super(sink, random)
    this.configFor = configFor
  }

  receive(remote: Remote, bytes: Uint8Array, { now }: Time): void {
    const entry = this.entries.get(remote.key)
    if (entry === undefined) return this.drop("UnknownRemote")
    this.apply(entry, "live", { _tag: "Datagram", bytes }, now)
  }

  send(remote: Remote, payload: Uint8Array, { date, now }: Time): boolean {
    const entry = this.entries.get(remote.key) ??
      this.begin(remote, new Uint8Array(0), connect(this.configFor(remote), now, date, this.random))
    this.apply(entry, "live", { _tag: "Send", payload }, now)
    return true
  }
}
