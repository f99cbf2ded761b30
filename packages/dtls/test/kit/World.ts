/**
 * A server and any number of clients with all their associations, on the core's network emulator and a virtual clock,
 * without sockets and fibers.
 */
import { Conditions, NetworkEmulator } from "@effect-enet/core/testing"
import { NetAddress } from "effect/net"
import { ClientEndpoint } from "../../src/internal/ClientEndpoint.ts"
import type { Endpoint, Remote, Sink, Time } from "../../src/internal/Endpoint.ts"
import { ServerEndpoint } from "../../src/internal/ServerEndpoint.ts"
import type { ClientConfig, ServerConfig } from "../../src/protocol/Config.ts"
import type { EndReason } from "../../src/protocol/Output.ts"
import { clientConfig, serverConfig } from "./Duo.ts"
import { seededRandom } from "./random.ts"

export const remoteOf = (host: string, port: number): Remote => ({
  key: `${host} ${port}`,
  host,
  port,
  inet: NetAddress.inetAddressFromIpStringUnsafe(host, port)
})

export const serverRemote = remoteOf("10.0.0.1", 7777)

/** One socket: what it has seen, and its endpoint. */
export class Place {
  readonly local: Remote
  readonly sent: Array<{ readonly to: string; readonly bytes: Uint8Array }> = []
  readonly received: Array<string> = []
  readonly happenings: Array<string> = []
  endpoint: Endpoint | undefined

  constructor(local: Remote) {
    this.local = local
  }

  get drops(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.endpoint?.dropped ?? [])
  }
}

const shown = (reason: EndReason): string => "detail" in reason ? `${reason._tag} (${reason.detail})` : reason._tag

export interface WorldOptions {
  readonly seed?: number
  readonly conditions?: Partial<Conditions.Conditions>
  readonly server?: Partial<ServerConfig>
  readonly client?: Partial<ClientConfig>
  readonly pendingLimit?: number
  readonly maxAssociations?: number
}

export class World {
  now = 1000
  readonly network: NetworkEmulator.NetworkEmulator
  readonly places = new Map<string, Place>()
  readonly server: Place
  readonly serverEndpoint: ServerEndpoint
  private readonly options: WorldOptions
  private nextHost = 2

  constructor(options: WorldOptions = {}) {
    this.options = options
    this.network = new NetworkEmulator.NetworkEmulator({
      seed: options.seed ?? 1,
      conditions: options.conditions ?? Conditions.perfect
    })
    this.server = this.place(serverRemote)
    this.serverEndpoint = new ServerEndpoint(
      serverConfig(options.server),
      { pendingLimit: options.pendingLimit ?? 16, maxAssociations: options.maxAssociations ?? 4095 },
      false,
      this.sink(this.server),
      seededRandom(`server ${options.seed}`),
      this.time
    )
    this.server.endpoint = this.serverEndpoint
  }

  get time(): Time {
    return { now: this.now, date: Date.now() }
  }

  client(
    local: Remote = remoteOf(`10.0.${this.nextHost >>> 8}.${this.nextHost++ & 0xff}`, 5000),
    changes: Partial<ClientConfig> = {}
  ): Place {
    const place = this.places.get(local.key) ?? this.place(local)
    const config = clientConfig({ ...this.options.client, ...changes })
    const random = seededRandom(`${local.key} ${this.options.seed} ${this.now}`)
    place.endpoint = new ClientEndpoint(() => config, this.sink(place), random)
    return place
  }

  /** Somebody who speaks no DTLS by itself. */
  stranger(host: string, port: number): Place {
    return this.place(remoteOf(host, port))
  }

  send(from: Place, to: Remote, text: string): boolean {
    return from.endpoint?.send(to, new TextEncoder().encode(text), this.time) ?? false
  }

  /** Puts bytes on the network as if somebody had sent them. */
  forge(from: Remote, to: Remote, bytes: Uint8Array): void {
    this.network.send(this.now, from, to, bytes)
  }

  /** Lets everything happen until a time from now, in its order. */
  pass(milliseconds: number): this {
    const end = this.now + milliseconds
    for (;;) {
      this.deliver()
      const alarms = [...this.places.values()].map(({ endpoint }) => endpoint?.nextAlarm ?? Infinity)
      const next = Math.min(this.network.next ?? Infinity, ...alarms)
      if (next > end) break
      this.now = Math.max(this.now, next)
      this.deliver()
      for (const { endpoint } of this.places.values()) {
        if ((endpoint?.nextAlarm ?? Infinity) <= this.now) endpoint?.tick(this.time)
      }
    }
    this.now = end
    return this
  }

  endpointOf({ endpoint, local }: Place): Endpoint {
    if (endpoint === undefined) throw new Error(`${local.key} has no endpoint`)
    return endpoint
  }

  isOpen(place: Place): boolean {
    return place.endpoint?.open.some(({ key }) => key === serverRemote.key) === true &&
      this.serverEndpoint.open.some(({ key }) => key === place.local.key)
  }

  private deliver(): void {
    for (let batch = this.network.receive(this.now); batch.length > 0; batch = this.network.receive(this.now)) {
      for (const { bytes, from, to } of batch) {
        const place = this.places.get(`${to.host} ${to.port}`)
        place?.endpoint?.receive(remoteOf(from.host, from.port), bytes, this.time)
      }
    }
  }

  private place(local: Remote): Place {
    const place = new Place(local)
    this.places.set(local.key, place)
    this.network.bind(local)
    return place
  }

  private sink(place: Place): Sink {
    return {
      transmit: (remote, bytes) => {
        place.sent.push({ to: remote.key, bytes })
        this.network.send(this.now, place.local, remote, bytes)
      },
      deliver: (remote, payload) => place.received.push(`${remote.key}: ${new TextDecoder().decode(payload)}`),
      opened: (remote) => place.happenings.push(`${remote.key} open`),
      ended: (remote, reason) => place.happenings.push(`${remote.key} ${shown(reason)}`)
    }
  }
}
