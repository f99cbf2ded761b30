import { EnetHost, Entropy } from "@effect-enet/core"
import { Conditions, SeededRandom, SimulatedNetwork, TestTime } from "@effect-enet/core/testing"
import { describe, expect, it } from "@effect/vitest"
import { Clock, Console, Effect, Exit, Fiber, Layer, Random } from "effect"
import { type BotOptions, playBot } from "../bot.ts"
import { arena, type Standing, TICKS_PER_SECOND } from "../protocol.ts"
import { playMatch } from "../server.ts"
import type { World } from "../world.ts"
import * as Referee from "./Referee.ts"

const server = { host: "10.0.0.1", port: 7777 }
const names = ["Ada", "Bob", "Eve", "Kim"]

interface Game {
  readonly network: SimulatedNetwork.SimulatedNetwork
  readonly referee: Referee.Referee
  readonly match: Fiber.Fiber<ReadonlyArray<Standing>, unknown>
  /** Starts a bot; its line to the network is its own. */
  readonly bot: (
    name: string,
    options?: Partial<BotOptions>
  ) => Effect.Effect<Fiber.Fiber<ReadonlyArray<Standing>, unknown>>
}

/** Connection ids from a seed: a match that fails once fails every time. */
const randomness = (seed: number) =>
  Entropy.layerRandom.pipe(Layer.provideMerge(Layer.succeed(Random.Random, new SeededRandom.SeededRandom(seed))))

/** A match on a network of its own, in virtual time; the referee judges it in the end. */
const game = <A, E>(
  options: {
    readonly conditions: Partial<Conditions.Conditions>
    readonly seconds: number
    readonly seed?: number | undefined
    readonly players?: number | undefined
    /** Shows the referee another world than the players are in. */
    readonly doctored?: ((world: World) => World) | undefined
  },
  play: (game: Game) => Effect.Effect<A, E>
) =>
  TestTime.run(Effect.scoped(
    Effect.gen(function*() {
      const { conditions, doctored, players = names.length, seconds, seed = 1 } = options
      const clock = yield* Clock.Clock
      const places = new Map([[server.host, "server"], ...names.map((name) => [placeOf(name), name] as const)])
      const referee = Referee.make(() => clock.currentTimeMillisUnsafe(), places)
      const network = yield* SimulatedNetwork.make({ seed, conditions, observe: referee.datagram })
      const host = EnetHost.layer({ channelLimit: arena.channelCount }).pipe(Layer.provide(network.layer(server)))
      const match = yield* Effect.forkScoped(
        playMatch({
          players,
          ticks: seconds * TICKS_PER_SECOND,
          seed,
          tell: referee.tell,
          observe: (world) => referee.world(doctored?.(world) ?? world)
        }).pipe(Effect.provide(host))
      )
      const bot = (name: string, changes: Partial<BotOptions> = {}) =>
        playBot({
          name,
          address: server.host,
          port: server.port,
          observe: referee.sees(name),
          hear: referee.hears(name),
          ...changes
        }).pipe(
          Effect.provide(EnetHost.layer().pipe(Layer.provide(network.layer({ host: placeOf(name) })))),
          Effect.forkDetach
        )
      const exit = yield* Effect.exit(play({ network, referee, match, bot }))
      // what went wrong otherwise may have come of a broken rule
      yield* referee.verdict
      if (Exit.isFailure(exit)) yield* Console.error(referee.timeline())
      return yield* exit
    }).pipe(Effect.provide(randomness(options.seed ?? 1)))
  ))

const placeOf = (name: string) => `10.0.0.${10 + names.indexOf(name)}`

const total = (standings: ReadonlyArray<Standing>) => standings.reduce((sum, { score }) => sum + score, 0)

/** What a bot fails with. */
const refusal = <A, E>(bot: Effect.Effect<Fiber.Fiber<A, E>>) =>
  Effect.map(Effect.flip(Effect.flatMap(bot, Fiber.join)), (error) => error instanceof Error ? error.message : "")

const awful = { latency: 60, jitter: 50, loss: 0.1, reorder: 0.02, duplicate: 0.01 }

/** For slow machines: the test clock takes no part in this. */
const patience = { timeout: 120_000 }

describe("a match in the arena", patience, () => {
  it.effect.each(
    [
      ["a perfect network", Conditions.perfect, 1],
      ["phones", Conditions.mobile, 2],
      ["a tenth of all datagrams lost, and jitter", awful, 3],
      ["a tenth of all datagrams lost, and jitter, another time", awful, 4]
    ] as const
  )(
    "is played to the end by the rules on %s",
    ([, conditions, seed]) =>
      game({ conditions, seconds: 20, seed }, ({ bot, match, referee }) =>
        Effect.gen(function*() {
          const bots = yield* Effect.forEach(names, (name) => bot(name))
          const results = yield* Effect.forEach(bots, (bot) => Fiber.join(bot))
          const told = yield* Fiber.join(match)
          for (const result of results) expect(result).toEqual(told)
          referee.heardAll(names)
          expect(told.map(({ name }) => name).toSorted()).toEqual(names)
          expect(total(told)).toBeGreaterThan(20)
          for (const name of names) expect(referee.ticksSeenBy(name).length).toBeGreaterThan(400)
        }))
  )

  it.effect("does not let a player run faster who says that it does", () =>
    game({ conditions: awful, seconds: 10, players: 2 }, ({ bot, match }) =>
      Effect.gen(function*() {
        yield* bot("Ada", { stride: 1000 })
        yield* bot("Bob")
        const told = yield* Fiber.join(match)
        expect(total(told)).toBeGreaterThan(3)
      })))

  it.effect("goes on for a player whose network was gone for two seconds", () =>
    game({ conditions: awful, seconds: 15, players: 2 }, ({ bot, match, network, referee }) =>
      Effect.gen(function*() {
        const [ada] = [yield* bot("Ada"), yield* bot("Bob")]
        yield* Effect.sleep("5 seconds")
        yield* network.partition([server.host], [placeOf("Ada")])
        const before = referee.ticksSeenBy("Ada").length
        yield* Effect.sleep("2 seconds")
        expect(referee.ticksSeenBy("Ada").length - before).toBeLessThan(10)
        yield* network.heal
        expect(yield* Fiber.join(ada)).toEqual(yield* Fiber.join(match))
        referee.heardAll(["Ada", "Bob"])
        expect(referee.ticksSeenBy("Ada").at(-1)).toBeGreaterThan(15 * TICKS_PER_SECOND - 10)
      })))

  it.effect("goes on without a player whose network stays away", () =>
    game({ conditions: awful, seconds: 60, players: 3 }, ({ bot, match, network, referee }) =>
      Effect.gen(function*() {
        const heard: Array<string> = []
        const kim = yield* bot("Kim")
        yield* bot("Ada")
        yield* bot("Bob", { hear: (news) => void heard.push(`${news._tag} ${"name" in news ? news.name : ""}`) })
        yield* Effect.sleep("5 seconds")
        yield* network.partition([server.host], [placeOf("Kim")])
        const exit = yield* Fiber.await(kim)
        expect(Exit.isFailure(exit) && String(exit.cause)).toContain("SocketReadError")
        const told = yield* Fiber.join(match)
        expect(told.map(({ name }) => name).toSorted()).toEqual(["Ada", "Bob"])
        expect(heard).toContain("Left Kim")
        expect(referee.ticksSeenBy("Ada").at(-1)).toBeGreaterThan(60 * TICKS_PER_SECOND - 10)
      })))

  it.effect("tells in words who cannot join", () =>
    game({ conditions: Conditions.lan, seconds: 2, players: 2 }, ({ bot, match }) =>
      Effect.gen(function*() {
        const first = yield* bot("Ada")
        yield* Effect.sleep("1 second")
        expect(yield* refusal(bot("Bob", { name: "Ada" }))).toBe("cannot join: Ada is taken")
        yield* bot("Eve")
        yield* Effect.sleep("1 second")
        expect(yield* refusal(bot("Kim"))).toBe("cannot join: the match is full")
        expect(yield* Fiber.join(first)).toEqual(yield* Fiber.join(match))
      })))
})

describe("the referee", patience, () => {
  it.effect("tells a broken rule with what had happened in the game and on the network", () => {
    // in tick 100 whoever came first is somewhere else, and both come in the same millisecond
    const doctored = (world: World): World => {
      if (world.tick !== 100) return world
      const players = [...world.players.values()].map((player, index) => index === 0 ? { ...player, x: -9 } : player)
      return { ...world, players: new Map(players.map((player) => [player.id, player])) }
    }
    return Effect.gen(function*() {
      const exit = yield* Effect.exit(
        game(
          { conditions: Conditions.lan, seconds: 5, players: 2, doctored },
          ({ bot, match }) =>
            Effect.gen(function*() {
              yield* bot("Ada")
              yield* bot("Bob")
              return yield* Fiber.join(match)
            })
        )
      )
      const text = Exit.isFailure(exit) ? String(exit.cause) : "nothing"
      const where = String.raw`from \(\d+\.\d, \d+\.\d\) to \(-9\.0, \d+\.\d\), allowed is 0\.5`
      const verdict = `nobody runs faster than allowed: (Ada|Bob) runs \\d+\\.\\d+ in tick 100, ${where}`
      expect(text).toMatch(new RegExp(`${verdict}\n\nthe last 25 things of the game and the last 25 of the network`))
      expect(text).toMatch(new RegExp(`\n +3\\.\\d{3}  game  BROKEN: ${verdict}`))
      expect(text).toMatch(/\n +\d\.\d{3} {2}game {2}Bob hears that (Ada|Bob) has collected a gem in tick \d+\n/)
      expect(text).toMatch(/\n +3\.\d{3} {2}net {3}#\d+ +server +> Bob +sent +\d+ B to slot \d+\/\d: /)
      // one line for each thing, in the order of time, and the broken rule last
      const lines = text.split("\n").filter((line) => /^ +\d+\.\d{3} {2}(game|net) /.test(line))
      expect(lines.length).toBeGreaterThan(40)
      expect(lines).toEqual(lines.toSorted((a, b) => Number(a.slice(0, 10)) - Number(b.slice(0, 10))))
      expect(lines.at(-1)).toContain("BROKEN")
    })
  })
})
