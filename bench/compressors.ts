/**
 * Compressors and checksums alone, on packets as games send them: bytes that are left, and megabytes per second. Where
 * libenet is installed, its range coder runs in between, on the same packets.
 *
 * node --conditions=@effect-enet/source bench/compressors.ts
 */
import { Checksum, type Compressor, FastLz, RangeCoder } from "@effect-enet/core"
import { Crc32, Zlib, Zstd } from "@effect-enet/node"
import { Effect } from "effect"
import { execFileSync, spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { readFlags } from "../scripts/flags.ts"
import { gamePackets } from "./gamePackets.ts"

readFlags({})

const SIZES = [32, 128, 512, 1200]
const PACKETS = 500
const ROUNDS = 7
/** One measurement takes about so long. */
const NANOSECONDS = 60_000_000

const interop = (name: string) => fileURLToPath(new URL(`../interop/${name}`, import.meta.url))

const median = (values: ReadonlyArray<number>): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN

const processorNanos = (): number => {
  const { system, user } = process.cpuUsage()
  return (user + system) * 1000
}

/** Processor time of one call. */
const measure = (call: () => void, calls: number): number => {
  const start = processorNanos()
  for (let i = 0; i < calls; i++) call()
  return (processorNanos() - start) / calls
}

/** How many calls fill a measurement; warms up as well. */
const callsFor = (call: () => void): number => {
  let calls = 1
  for (let time = 0; time < NANOSECONDS; calls *= 2) time = measure(call, calls) * calls
  return calls
}

interface Contestant {
  readonly name: string
  readonly left: number
  readonly compress: () => number
  readonly decompress: () => number
}

const ours = (name: string, coder: Compressor.Compressor, packets: ReadonlyArray<Uint8Array>): Contestant => {
  const output = new Uint8Array(8192)
  const packed = packets.map((packet) => output.slice(0, coder.compress(packet, output)))
  const left = packed.reduce((sum, { length }, index) => sum + Math.min(length, packets[index]?.length ?? 0), 0)
  const compress = () => {
    for (const packet of packets) coder.compress(packet, output)
  }
  const decompress = () => {
    for (const block of packed) coder.decompress(block, output)
  }
  const calls = [callsFor(compress), callsFor(decompress)] as const
  return { name, left, compress: () => measure(compress, calls[0]), decompress: () => measure(decompress, calls[1]) }
}

const hasLibenet = spawnSync("sh", [interop("build.sh")], { stdio: "ignore" }).status === 0

const libenets = (packets: ReadonlyArray<Uint8Array>, left: number): Contestant => {
  const input = Buffer.concat(packets.flatMap((packet) => {
    const head = Buffer.alloc(2)
    head.writeUInt16LE(packet.length)
    return [head, packet]
  }))
  const bytes = packets.reduce((sum, { length }) => sum + length, 0)
  const rounds = String(Math.max(1, Math.round(NANOSECONDS / (bytes * 40))))
  const run = (key: "compress" | "decompress"): number =>
    JSON.parse(execFileSync(interop("build/range_bench"), [rounds], { input, encoding: "utf8" }))[key]
  return { name: "range coder in C", left, compress: () => run("compress"), decompress: () => run("decompress") }
}

const [zlib, zstd] = await Effect.runPromise(Effect.all([Zlib.make(), Zstd.make()]))

/** The rounds are interleaved, so that a busy moment hits all. */
const compare = (contestants: ReadonlyArray<Contestant>) => {
  const times = contestants.map(() => ({ compress: [] as Array<number>, decompress: [] as Array<number> }))
  for (let round = 0; round < ROUNDS; round++) {
    contestants.forEach((contestant, index) => {
      times[index]?.compress.push(contestant.compress())
      times[index]?.decompress.push(contestant.decompress())
    })
  }
  return times.map(({ compress, decompress }) => ({ compress: median(compress), decompress: median(decompress) }))
}

console.log("| bytes | compressor | left | compress MB/s | decompress MB/s |")
console.log("| --- | --- | --- | --- | --- |")
for (const size of SIZES) {
  const packets = gamePackets(PACKETS, size)
  const bytes = PACKETS * size
  const coder = ours("range coder", RangeCoder.make(), packets)
  const contestants = [
    coder,
    ...(hasLibenet ? [libenets(packets, coder.left)] : []),
    ours("FastLZ", FastLz.make(), packets),
    ours("zlib", zlib, packets),
    ours("zstd", zstd, packets)
  ]
  const times = compare(contestants)
  contestants.forEach(({ left, name }, index) => {
    const { compress, decompress } = times[index] ?? { compress: Number.NaN, decompress: Number.NaN }
    const speeds = [compress, decompress].map((time) => (bytes * 1000 / time).toFixed(1))
    console.log(`| ${size} | ${name} | ${Math.round((100 * left) / bytes)} % | ${speeds.join(" | ")} |`)
  })
}

console.log("\n| bytes | CRC-32 of the core, ns | of `packages/node`, ns |")
console.log("| --- | --- | --- |")
for (const size of SIZES) {
  const bytes = new Uint8Array(size).fill(7)
  let sum = 0
  const functions = [Checksum.crc32, Crc32.crc32].map((crc32) => () => {
    bytes[0] = sum
    sum ^= crc32(bytes)
  })
  const calls = functions.map(callsFor)
  const rounds = Array.from({ length: ROUNDS }, () => functions.map((call, index) => measure(call, calls[index] ?? 1)))
  const nanos = functions.map((_, index) => median(rounds.map((times) => times[index] ?? Number.NaN)))
  console.log(`| ${size} | ${nanos.map((time) => time.toFixed(0)).join(" | ")} |`)
}
