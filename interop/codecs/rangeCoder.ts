/**
 * Our range coder and libenet's, call by call: the same bytes, the same refusals.
 */
import { RangeCoder } from "@effect-enet/core/wire"
import { Oracle } from "../differential/oracle.ts"
import { Random } from "../differential/random.ts"
import { anyBytes, damaged } from "./inputs.ts"

/** Calls that the oracle gets at a time. */
const BATCH = 250

interface Call {
  readonly name: "compress" | "decompress"
  readonly input: Uint8Array
  readonly limit: number
}

const hex = (bytes: Uint8Array): string => bytes.length === 0 ? "-" : Buffer.from(bytes).toString("hex")

const coder = RangeCoder.make()

const run = ({ input, limit, name }: Call): Uint8Array => {
  const output = new Uint8Array(limit)
  return output.subarray(0, coder[name](input, output))
}

/** Room that may be too little by one, or much too little. */
const roomFor = (random: Random, length: number): number =>
  random.pick([length, length, Math.max(length - 1, 0), length + 1, random.below(length + 2), 4096])

const compressions = (random: Random): Call => {
  const input = anyBytes(random)
  const needed = run({ name: "compress", input, limit: 8192 }).length
  // libenet is asked as it asks itself, with the length of the input, or with room about what is needed
  return { name: "compress", input, limit: random.chance(0.5) ? input.length : roomFor(random, needed) }
}

const decompressions = (random: Random): Call => {
  if (random.chance(0.2)) return { name: "decompress", input: anyBytes(random), limit: random.pick([4092, 4096, 100]) }
  const plain = anyBytes(random)
  const block = run({ name: "compress", input: plain, limit: 8192 })
  const input = random.chance(0.6) ? damaged(random, block) : block
  return { name: "decompress", input, limit: random.chance(0.5) ? 4092 : roomFor(random, plain.length) }
}

export interface RangeCoderReport {
  readonly compressed: number
  readonly decompressed: number
  /** Calls in which both gave 0. */
  readonly refused: number
  readonly differences: ReadonlyArray<string>
}

export const compareRangeCoders = async (calls: number, seed: number): Promise<RangeCoderReport> => {
  const random = new Random(seed)
  const oracle = new Oracle()
  const differences: Array<string> = []
  const counts = { compress: 0, decompress: 0 }
  let refused = 0
  try {
    for (let done = 0; done < calls; done += BATCH) {
      const batch = Array.from(
        { length: Math.min(BATCH, calls - done) },
        () => random.chance(0.4) ? compressions(random) : decompressions(random)
      )
      const answers = await oracle.ask(batch.map(({ input, limit, name }) => `range-${name} ${hex(input)} ${limit}`))
      batch.forEach((call, index) => {
        counts[call.name]++
        const ours = `result ${hex(run(call))}`
        const theirs = answers[index]!.join(" ")
        if (theirs === "result -") refused++
        if (ours !== theirs) {
          differences.push(`range-${call.name} ${hex(call.input)} ${call.limit}: libenet ${theirs}, ours ${ours}`)
        }
      })
    }
  } finally {
    oracle.end()
  }
  return { compressed: counts.compress, decompressed: counts.decompress, refused, differences }
}
