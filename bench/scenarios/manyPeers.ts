/**
 * (d) 1,000 peers that send 64 bytes 20 times a second, echoed; their client process has 1 socket or 10. Both servers get
 * the same client, the C one.
 */
import { during, type Pair, pairOf, portOf } from "../harness/pairs.ts"
import type { Figures, Role } from "../harness/process.ts"
import { amount, type Bench, compare, type Row, type Scenario, type Series, takeTurns } from "../harness/Scenario.ts"
import { figure, medianOf } from "../harness/statistics.ts"

const PEERS = 1000
const SIZE = 64
const HERTZ = 20
/** Of the plot: the same load from more and more peers. */
const MESSAGES_PER_SECOND = 4000
/** Messages a second, and milliseconds, until our server is compiled. */
const WARM_RATE = 20_000
const WARM_TIME = 2000
const NO_PINGS = 60_000

const SERVERS = { ours: ["enetServer", "echo"], c: ["c", "server"] } as const

const startServer = (bench: Bench, name: keyof typeof SERVERS, peers: number): Promise<Role> => {
  const [program, role] = SERVERS[name]
  return bench.start(program, role, { options: { peers: Math.min(peers + 10, 4095), echo: 1 } })
}

const join = async (bench: Bench, server: Role, peers: number, sockets: number): Promise<Pair> => {
  const pair = pairOf(server, await bench.start("c", "client", { options: { ...portOf(server), peers, sockets } }))
  // who is not measured must be quiet
  await pair.client.ask(`ping ${NO_PINGS}`)
  await server.ask(`ping ${NO_PINGS}`)
  return pair
}

const start = async (bench: Bench, name: keyof typeof SERVERS, peers: number, sockets: number): Promise<Pair> =>
  join(bench, await startServer(bench, name, peers), peers, sockets)

const measure = async (pair: Pair, hertz: number, duration: number): Promise<Figures> => {
  const { client, server } = await during(pair, `rate reliable ${SIZE} ${hertz} ${duration}`)
  const offered = figure(client, "offered")
  const messages = figure(client, "messages")
  if (messages < offered * 0.95) throw new Error(`${messages} of ${offered} packets were echoed in time`)
  return {
    cpu: figure(server, "cpuMicros") / messages,
    datagrams: figure(server, "sent") / messages,
    share: figure(server, "cpuMicros") / figure(client, "wallMicros")
  }
}

const rowsOf = async (bench: Bench, sockets: number): Promise<ReadonlyArray<Row>> => {
  const peers = amount(bench, PEERS, 100)
  const duration = amount(bench, 1000, 300)
  const pairs = {
    ours: await start(bench, "ours", peers, sockets),
    c: await start(bench, "c", peers, sockets)
  }
  const samples = await takeTurns(bench, {
    ours: () => measure(pairs.ours, HERTZ, duration),
    c: () => measure(pairs.c, HERTZ, duration)
  })
  const name = `${peers} peers at ${HERTZ} Hz, ${sockets} socket${sockets === 1 ? "" : "s"}`
  const row = { scenario: "d", partner: "C", target: { atMost: 1 } }
  const share = (of: ReadonlyArray<Figures>) => `${(medianOf(of, "share") * 100).toFixed(0)} %`
  const beside = `of a core: ${share(samples.ours)}, C ${share(samples.c)}`
  return [
    compare({ ...row, name, unit: "µs CPU per echo", key: "cpu", beside }, samples.ours, samples.c),
    compare({ ...row, name, unit: "datagrams sent per echo", key: "datagrams" }, samples.ours, samples.c)
  ]
}

/**
 * The same load from ever more connections. Our server stays, compiled as it is; the C one is started with as many slots as
 * it needs, because it looks at all of them.
 */
const seriesOf = async (bench: Bench): Promise<ReadonlyArray<Series>> => {
  const points = { ours: [] as Array<[number, number]>, c: [] as Array<[number, number]> }
  const counts = amount<ReadonlyArray<number>>(bench, [10, 100, 400, 1000, 2000, 4000], [10])
  const server = await startServer(bench, "ours", Math.max(...counts))
  for (const peers of counts) {
    const pairs = { ours: await join(bench, server, peers, 1), c: await start(bench, "c", peers, 1) }
    if (peers === counts[0]) await pairs.ours.client.ask(`rate reliable ${SIZE} ${WARM_RATE / peers} ${WARM_TIME}`)
    const turn = (name: keyof typeof pairs) => () => measure(pairs[name], MESSAGES_PER_SECOND / peers, 400)
    const samples = await takeTurns({ ...bench, rounds: amount(bench, 3, 1) }, { ours: turn("ours"), c: turn("c") }, 1)
    for (const name of ["ours", "c"] as const) points[name].push([peers, medianOf(samples[name], "cpu")])
    await pairs.ours.client.ask("leave")
    await pairs.ours.client.end()
    await pairs.c.end()
  }
  return [
    { plot: "peers", name: "effect-enet", points: points.ours },
    { plot: "peers", name: "C ENet", points: points.c }
  ]
}

export const scenario: Scenario = {
  id: "d",
  title: "1,000 peers at 20 Hz",
  run: async (bench) => ({
    rows: [...await rowsOf(bench, 1), ...await rowsOf(bench, 10)],
    series: await seriesOf(bench)
  })
}
