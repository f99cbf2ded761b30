/**
 * FastLZ, zlib and zstd against Godot's `PoolByteArray.compress` and `decompress`: what one packs, the other unpacks.
 */
import { type Compressor, FastLz } from "@effect-enet/core"
import { Zlib, Zstd } from "@effect-enet/node"
import { Effect } from "effect"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Random } from "../differential/random.ts"
import { godot } from "../godot/Godot.ts"
import { equal } from "../matrix/ours.ts"
import { anyBytes, bytesOf } from "./inputs.ts"

/** Godot's numbers of its codecs. */
const codecs = [
  { name: "FastLZ", mode: 0, make: Effect.sync(FastLz.make) },
  { name: "zlib", mode: 1, make: Zlib.make() },
  { name: "zstd", mode: 2, make: Zstd.make() }
] as const

/** Godot extends what it gives FastLZ to so many bytes, with zeros. */
const PADDED = 16

interface Question {
  readonly codec: string
  readonly mode: number
  readonly isDecompression: boolean
  readonly bytes: Uint8Array
  readonly plain: Uint8Array
}

const directory = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-enet-codecs-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const encode = (questions: ReadonlyArray<Question>): Uint8Array =>
  Buffer.concat(questions.flatMap(({ bytes, isDecompression, mode, plain }) => {
    const head = Buffer.alloc(10)
    head.writeUInt8(isDecompression ? 1 : 0, 0)
    head.writeUInt8(mode, 1)
    head.writeUInt32LE(Math.max(plain.length, PADDED), 2)
    head.writeUInt32LE(bytes.length, 6)
    return [head, bytes]
  }))

const decode = (bytes: Buffer): ReadonlyArray<Uint8Array> => {
  const answers: Array<Uint8Array> = []
  for (let at = 0; at < bytes.length;) {
    const end = at + 4 + bytes.readUInt32LE(at)
    answers.push(new Uint8Array(bytes.subarray(at + 4, end)))
    at = end
  }
  return answers
}

const ask = Effect.fnUntraced(function*(questions: ReadonlyArray<Question>) {
  const path = yield* directory
  const [input, output] = [join(path, "input"), join(path, "output")]
  writeFileSync(input, encode(questions))
  const process = yield* godot("codec.gd", `--input=${input}`, `--output=${output}`)
  yield* process.expect("done")
  return decode(readFileSync(output))
})

/** Up to a datagram's worth, and some so large that Godot's FastLZ takes its second level. */
const plains = (random: Random, count: number): ReadonlyArray<Uint8Array> => [
  ...Array.from({ length: count }, () => anyBytes(random)).filter(({ length }) => length > 0),
  ...Array.from({ length: 40 }, () => bytesOf(random, random.between(65_536, 200_000)))
]

export interface GodotReport {
  readonly unpackedByUs: number
  readonly unpackedByGodot: number
  readonly differences: ReadonlyArray<string>
}

export const compareWithGodot = Effect.fnUntraced(function*(count: number, seed: number) {
  const random = new Random(seed)
  const inputs = plains(random, count)
  const questions: Array<Question> = []
  const coders = new Map<string, Compressor.Compressor>()
  for (const { make, mode, name } of codecs) {
    const coder = yield* make
    coders.set(name, coder)
    for (const plain of inputs) {
      const room = new Uint8Array(plain.length * 2 + 100)
      const block = room.slice(0, coder.compress(plain, room))
      questions.push({ codec: name, mode, isDecompression: false, bytes: plain, plain })
      questions.push({ codec: name, mode, isDecompression: true, bytes: block, plain })
    }
  }
  const answers = yield* ask(questions)
  const differences: Array<string> = []
  const counts = { ours: 0, godots: 0 }
  questions.forEach(({ codec, isDecompression, plain }, index) => {
    const answer = answers[index] ?? new Uint8Array(0)
    const coder = coders.get(codec)
    if (isDecompression) {
      counts.godots++
      if (!equal(answer, plain)) {
        differences.push(`${codec}: Godot unpacks our ${plain.length} bytes as ${answer.length}`)
      }
      return
    }
    counts.ours++
    const padded = codec === "FastLZ" && plain.length < PADDED
    const room = new Uint8Array(padded ? PADDED : plain.length)
    const length = coder?.decompress(answer, room) ?? 0
    // behind a short input, zeros
    if (length !== room.length || !equal(room.subarray(0, plain.length), plain)) {
      differences.push(`${codec}: we unpack Godot's ${plain.length} bytes as ${length}`)
    }
  })
  const report: GodotReport = { unpackedByUs: counts.ours, unpackedByGodot: counts.godots, differences }
  return report
})
