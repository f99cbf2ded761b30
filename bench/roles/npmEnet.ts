/**
 * The npm package `enet`, from the folder that the benchmark installed it into.
 */
import { createRequire } from "node:module"
import type { Figures } from "../harness/process.ts"
import { type Command, option, print, role, serveCommands, stopwatch, textOption } from "./commands.ts"

/** What of the package is used here; it has no types of its own. */
interface NpmPeer {
  send(channel: number, packet: object, done?: () => void): boolean
}

interface NpmHost {
  start(milliseconds: number): void
  address(): { readonly port: number }
  on(event: "message", listener: () => void): void
  connect(
    address: { readonly address: string; readonly port: number },
    channels: number,
    data: number,
    done: (error: Error | undefined, peer: NpmPeer) => void
  ): void
}

interface NpmEnet {
  readonly Packet: new(bytes: Buffer, flags: number) => object
  createServer(options: object, done: (error: Error | undefined, host: NpmHost) => void): void
  createClient(options: object, done: (error: Error | undefined, host: NpmHost) => void): void
}

const enet: NpmEnet = createRequire(import.meta.url)(textOption("package") ?? "enet")

/** The shortest interval that its timer takes. */
const SERVICE_INTERVAL = 1
const WINDOW = 1024
const WINDOWS = 4

const callback = <A>(call: (done: (error: Error | undefined, value: A) => void) => void): Promise<A> =>
  new Promise((resolve, reject) => call((error, value) => error === undefined ? resolve(value) : reject(error)))

const server = async (): Promise<never> => {
  const counters = { messages: 0 }
  const host = await callback<NpmHost>((done) => {
    enet.createServer({ address: { address: "127.0.0.1", port: 0 }, peers: 32, channels: 2, down: 0, up: 0 }, done)
  })
  host.on("message", () => {
    counters.messages++
  })
  host.start(SERVICE_INTERVAL)
  const watch = stopwatch()
  print({ port: host.address().port })
  return serveCommands(() => Promise.resolve({ ...watch.read(), ...counters }))
}

/** Waits for one packet in a thousand: the package looks through all callbacks whenever a packet is gone. */
const flood = async (peer: NpmPeer, { numbers: [count = 0, size = 0] }: Command): Promise<Figures> => {
  const payload = Buffer.alloc(size, 7)
  const lap = stopwatch()
  const windows: Array<Promise<void>> = []
  for (let i = 1; i <= count; i++) {
    const packet = new enet.Packet(payload, 1)
    if (i % WINDOW !== 0 && i !== count) {
      peer.send(0, packet)
      continue
    }
    windows.push(new Promise((resolve) => peer.send(0, packet, resolve)))
    if (windows.length >= WINDOWS) await windows.shift()
  }
  await Promise.all(windows)
  return { ...lap.read(), messages: count }
}

const client = async (): Promise<never> => {
  const host = await callback<NpmHost>((done) => enet.createClient({ peers: 1, channels: 2, down: 0, up: 0 }, done))
  host.start(SERVICE_INTERVAL)
  const address = { address: "127.0.0.1", port: option("port", 0) }
  const peer = await callback<NpmPeer>((done) => host.connect(address, 2, 0, done))
  print({ peers: 1 })
  return serveCommands((command) => flood(peer, command))
}

await (role === "client" ? client() : server())
