/**
 * A mismatch for human eyes: what was done, what each side made of it, and how to see it again.
 */
import { type Command, Decode } from "@effect-enet/core/wire"
import type { Mismatch } from "./compare.ts"
import { makeOperations, type Operation } from "./operations.ts"
import { makePlan } from "./plan.ts"

const LONGEST_LINE = 400
/** Beyond that, a replay shows the operations. */
const MOST_OPERATIONS = 60

const short = (text: string): string =>
  text.length <= LONGEST_LINE ? text : `${text.slice(0, LONGEST_LINE)}… (${text.length} characters)`

const describeCommand = (command: Command.Command): string => {
  const { _tag, channelID, flags, reliableSequenceNumber, ...rest } = command
  const fields = Object.entries(rest).map(([name, value]) =>
    value instanceof Uint8Array ? `${value.length} bytes` : `${name}=${value}`
  )
  return [`${_tag}(${channelID}:${reliableSequenceNumber} ${flags.toString(16)}`, ...fields].join(" ") + ")"
}

/** `IP PORT HEX` or `… HEX` as readable commands; other lines as they are. */
const readable = (line: string, checksum: boolean): string => {
  const hex = line.slice(line.lastIndexOf(" ") + 1)
  if (hex.length < 4 || hex.length === 64 || !/^([0-9a-f]{2})+$/.test(hex)) return short(line)
  const datagram = Decode.decodeDatagram(Buffer.from(hex, "hex"), { checksum })
  if (datagram === undefined) return short(line)
  const { commands, header: { compressed, peerID, sentTime, sessionID } } = datagram
  const start = `${line.slice(0, line.lastIndexOf(" "))} to slot ${peerID} session ${sessionID} at ${sentTime ?? "-"}:`
  return short([start, ...(compressed ? ["compressed", hex] : commands.map(describeCommand))].join(" "))
}

const indent = (lines: ReadonlyArray<string>): string =>
  lines.length === 0 ? "    nothing" : lines.map((line) => `    ${line}`).join("\n")

/** `[0, 1, 2, 5]` as `0-2,5`. */
export const ranges = (numbers: ReadonlyArray<number>): string => {
  const parts: Array<string> = []
  for (let i = 0; i < numbers.length;) {
    let end = i
    while (numbers[end + 1] === numbers[end]! + 1) end++
    parts.push(end === i ? `${numbers[i]}` : `${numbers[i]}-${numbers[end]}`)
    i = end + 1
  }
  return parts.join(",")
}

export const parseRanges = (text: string): ReadonlyArray<number> =>
  text.split(",").flatMap((part) => {
    const [low, high] = part.split("-").map(Number)
    return Array.from({ length: (high ?? low!) - low! + 1 }, (_, index) => low! + index)
  })

const describeOperation = ({ _tag, ...rest }: Operation): string => `${_tag} ${JSON.stringify(rest)}`

export interface Failure {
  readonly seed: number
  readonly steps: number
  /** Before anything was left out. */
  readonly first: Mismatch
  readonly kept: ReadonlyArray<number>
  readonly mismatch: Mismatch
}

export const report = ({ first, kept, mismatch, seed, steps }: Failure): string => {
  const plan = makePlan(seed)
  const operations = makeOperations(plan, steps)
  const view = (lines: ReadonlyArray<string>) => indent(lines.map((line) => readable(line, plan.checksum)))
  return [
    `seed ${seed}, step ${first.step}: ${first.what} differ in "${short(first.command)}"`,
    `  ${kept.length} of ${steps} operations suffice; then step ${mismatch.step}: ${mismatch.what} differ in "${
      short(mismatch.command)
    }"`,
    "  ours:",
    view(mismatch.ours),
    "  library:",
    view(mismatch.library),
    `  hosts${plan.checksum ? ", with checksum" : ""}, clock at ${plan.start}:`,
    indent(plan.hosts.map((host, index) => `${index}: ${JSON.stringify(host)}`)),
    "  operations:",
    indent(kept.slice(-MOST_OPERATIONS).map((step) => `${step}: ${describeOperation(operations[step]!)}`)),
    `  replay: npm run differential -- --seed ${seed} --seeds 1 --steps ${steps} --only ${ranges(kept)} --trace`
  ].join("\n")
}

/** Every command with both answers, for a replay. */
export const trace = (
  seed: number,
  command: string,
  answer: ReadonlyArray<string>
): string => {
  const { checksum } = makePlan(seed)
  return [`> ${readable(command, checksum)}`, ...answer.map((line) => `< ${readable(line, checksum)}`)].join("\n")
}
