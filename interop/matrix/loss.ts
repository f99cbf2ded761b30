/**
 * Connecting when datagrams are lost: all of a kind, or one in five of all.
 */
import { SeededRandom } from "@effect-enet/core/testing"
import { Effect } from "effect"
import { lossyProxy, type Way } from "../lossyProxy.ts"
import { type Case, checkSummary, must } from "./cases.ts"
import { cClient, cServer } from "./CPeer.ts"
import { exchange, ourEcho, ourHost } from "./ours.ts"

/** The first datagram of a client after the first answer: the acknowledgement of VERIFY_CONNECT, and what is with it. */
const firstAcknowledgement = () => {
  let answered = false
  let lost = false
  return (_index: number, way: Way): boolean => {
    if (way === "down") answered = true
    if (way === "down" || !answered || lost) return false
    return lost = true
  }
}

/** Nothing but the client's pings tells the server that it is there. */
const idleClient = Effect.gen(function*() {
  const { host, port } = yield* ourEcho()
  const proxy = yield* lossyProxy(port, firstAcknowledgement())
  const client = yield* cClient(proxy.port, "--messages", 0, "--stay")
  yield* client.expect("connected")
  yield* must((yield* host.statistics).connectedPeers === 0, "the acknowledgement was not lost")
  yield* Effect.sleep("100 millis").pipe(
    Effect.andThen(host.statistics),
    Effect.repeat({ until: ({ connectedPeers }) => connectedPeers === 1 }),
    Effect.timeout("8 seconds")
  )
})

const acknowledgement: Case = {
  name: "the acknowledgement of VERIFY_CONNECT is lost",
  ourClient: Effect.gen(function*() {
    const server = yield* cServer()
    const proxy = yield* lossyProxy(server.port, firstAcknowledgement())
    const host = yield* ourHost()
    const peer = yield* host.connect({ address: "127.0.0.1", port: proxy.port })
    yield* exchange(peer, { messages: 5, size: 10, mode: "reliable" })
  }),
  ourServer: Effect.gen(function*() {
    const { port } = yield* ourEcho()
    const proxy = yield* lossyProxy(port, firstAcknowledgement())
    const client = yield* cClient(proxy.port, "--messages", 5, "--size", 10)
    yield* checkSummary(yield* client.expect("summary"), 5)
    yield* idleClient
  })
}

const ATTEMPTS = 40
const LOSS = 0.2
const GIVEN_UP_AFTER_MS = 10_000
/** Of as many attempts: what chance may do. */
const FEWER = 5

/** Of as many attempts through a network that loses datagrams, those that came to a packet there and back. */
const successes = <R>(port: number, attempt: (port: number) => Effect.Effect<unknown, unknown, R>) =>
  Effect.map(
    Effect.all(
      Array.from({ length: ATTEMPTS }, (_, index) => {
        const random = new SeededRandom.SeededRandom(index + 1)
        return lossyProxy(port, () => random.chance(LOSS)).pipe(
          Effect.flatMap((proxy) => attempt(proxy.port)),
          Effect.timeout(GIVEN_UP_AFTER_MS),
          Effect.option
        )
      }),
      { concurrency: "unbounded" }
    ),
    (results) => results.filter(({ _tag }) => _tag === "Some").length
  )

const cAttempt = Effect.fnUntraced(function*(port: number) {
  const client = yield* cClient(port, "--messages", 1, "--timeout-ms", GIVEN_UP_AFTER_MS, "--disconnect", "now")
  yield* checkSummary(yield* client.expect("summary"), 1)
})

const ourAttempt = Effect.fnUntraced(function*(port: number) {
  const host = yield* ourHost({ maxPeers: 1 })
  const peer = yield* host.connect({ address: "127.0.0.1", port, timeout: GIVEN_UP_AFTER_MS })
  yield* exchange(peer, { messages: 1, size: 10, mode: "reliable" })
})

const asOften = (ours: number, theirs: number) =>
  must(
    theirs > ATTEMPTS / 2 && ours >= theirs - FEWER,
    `${ours} of ${ATTEMPTS} attempts succeed with ours, ${theirs} with the C library's`
  )

const percent: Case = {
  name: "20 % loss, as many connect as with C",
  ourClient: Effect.gen(function*() {
    const server = yield* cServer("--max-peers", 4 * ATTEMPTS)
    const { port } = server
    const [ours, theirs] = yield* Effect.all([successes(port, ourAttempt), successes(port, cAttempt)], {
      concurrency: "unbounded"
    })
    yield* asOften(ours, theirs)
  }),
  ourServer: Effect.gen(function*() {
    const server = yield* cServer("--max-peers", 2 * ATTEMPTS)
    const { port } = yield* ourEcho({ maxPeers: 2 * ATTEMPTS })
    const [ours, theirs] = yield* Effect.all([successes(port, cAttempt), successes(server.port, cAttempt)], {
      concurrency: "unbounded"
    })
    yield* asOften(ours, theirs)
  })
}

export const lossCases: ReadonlyArray<Case> = [acknowledgement, percent]
