/**
 * `npm run bench`: what a message costs, as ratios taken in one run. Single times mean little on a shared machine.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { median } from "./median.ts"
import { measureStep } from "./step.ts"

const ROUNDS = 5
const MESSAGES = 200_000
const SIZE = 64
/** Enough that the garbage of setting up 4,000 connections does not count. */
const STEP_MESSAGES = 250_000

const flood = fileURLToPath(new URL("flood.ts", import.meta.url))

type Figures = Readonly<Record<string, number>>

/** Runs one side of a flood; its lines of output arrive one by one. */
const start = (role: string, ...args: ReadonlyArray<number>) => {
  const child = spawn(
    process.execPath,
    ["--conditions=@effect-enet/source", flood, role, ...args.map(String)],
    { stdio: ["ignore", "pipe", "inherit"] }
  )
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<Figures> => {
    const line = await lines.next()
    if (line.done === true) throw new Error(`${role} ended without a result`)
    return JSON.parse(line.value)
  }
  return { child, next }
}

const ended = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode === null) await once(child, "exit")
}

interface Flood {
  readonly messagesPerSecond: number
  readonly sendMicros: number
  readonly receiveMicros: number
  readonly datagrams: number
}

const runFlood = async (kind: "enet" | "dgram", count: number, size: number): Promise<Flood> => {
  const server = start(`${kind}-server`, 0, count)
  const { port = 0 } = await server.next()
  const client = start(`${kind}-client`, port, count, size)
  const sent = await client.next()
  const received = await server.next()
  await Promise.all([ended(client.child), ended(server.child)])
  return {
    messagesPerSecond: (count / (sent["wallMicros"] ?? 1)) * 1e6,
    sendMicros: (sent["cpuMicros"] ?? 0) / count,
    receiveMicros: (received["cpuMicros"] ?? 0) / Math.max(received["messages"] ?? 1, 1),
    datagrams: sent["sentPackets"] ?? count
  }
}

const micros = (value: number) => `${value.toFixed(2)} µs`

const benchFlood = async (): Promise<void> => {
  const enet: Array<Flood> = []
  const bare: Array<Flood> = []
  for (let round = 0; round < ROUNDS; round++) {
    const flood = await runFlood("enet", MESSAGES, SIZE)
    enet.push(flood)
    // the same datagrams: as many, and as long on average
    const size = Math.round((MESSAGES * (SIZE + 6)) / flood.datagrams) + 4
    bare.push(await runFlood("dgram", flood.datagrams, size))
    process.stderr.write(`round ${round + 1} of ${ROUNDS}\n`)
  }
  const of = (floods: ReadonlyArray<Flood>, key: keyof Flood) => median(floods.map((flood) => flood[key]))
  const datagrams = of(enet, "datagrams")
  console.log(`reliable flood, ${MESSAGES} packets of ${SIZE} bytes in ${datagrams} datagrams, medians of ${ROUNDS}`)
  console.log(`  EnetHost    ${Math.round(of(enet, "messagesPerSecond"))} messages/s`)
  console.log(
    `              ${micros(of(enet, "sendMicros"))} to send, ${micros(of(enet, "receiveMicros"))} to receive`
  )
  console.log(`  node:dgram  ${Math.round(of(bare, "messagesPerSecond"))} datagrams/s`)
  console.log(
    `              ${micros(of(bare, "sendMicros"))} to send, ${micros(of(bare, "receiveMicros"))} to receive`
  )
  const perDatagram = MESSAGES / datagrams
  const sending = (of(enet, "sendMicros") * perDatagram) / of(bare, "sendMicros")
  const receiving = (of(enet, "receiveMicros") * perDatagram) / of(bare, "receiveMicros")
  const rate = of(enet, "messagesPerSecond") / of(bare, "messagesPerSecond")
  console.log(
    `  processor time against the bare datagrams: ${sending.toFixed(2)} to send, ${receiving.toFixed(2)} to receive`
  )
  console.log(`  messages per second against datagrams per second: ${rate.toFixed(2)}`)
}

const benchStep = (): void => {
  for (const perStep of [1, 32]) {
    const one: Array<number> = []
    const many: Array<number> = []
    for (let round = 0; round < ROUNDS; round++) {
      one.push(measureStep(1, perStep, STEP_MESSAGES).nanoseconds)
      many.push(measureStep(4000, perStep, STEP_MESSAGES).nanoseconds)
    }
    const [a, b] = [median(one), median(many)]
    console.log(`step alone, ${perStep} message(s) in each, sent, received and acknowledged`)
    console.log(
      `  ${a.toFixed(0)} ns with 1 peer, ${b.toFixed(0)} ns with 4,000: ratio ${(b / a).toFixed(2)} (at most 1.5)`
    )
  }
}

benchStep()
await benchFlood()
