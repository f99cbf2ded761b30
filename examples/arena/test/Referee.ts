/**
 * Watches a match from outside and knows its rules. A broken rule is told with what had happened until then.
 */
import type { NetworkEmulator } from "@effect-enet/core/testing"
import { Effect } from "effect"
import type { News, Snapshot } from "../protocol.ts"
import * as World from "../world.ts"
import * as Journal from "./Journal.ts"

/** Positions go over the wire as 32-bit floats, which round the last digits. */
const TOLERANCE = 1e-4

const spot = ({ x, y }: World.Point): string => `(${x.toFixed(1)}, ${y.toFixed(1)})`

export class RuleBroken extends Error {}

export interface Referee {
  /** Somebody says what happens. */
  readonly tell: (line: string) => void
  /** The server's world after a tick. */
  readonly world: (world: World.World) => void
  /** What a player sees. */
  readonly sees: (name: string) => (snapshot: Snapshot) => void
  /** What a player hears. */
  readonly hears: (name: string) => (news: News) => void
  /** Ticks of the snapshots that a player has seen. */
  readonly ticksSeenBy: (name: string) => ReadonlyArray<number>
  /** Judges those who were there for the whole match: they heard the same, in the same order. */
  readonly heardAll: (names: ReadonlyArray<string>) => void
  /** What happens to a datagram. */
  readonly datagram: (record: NetworkEmulator.PacketRecord) => void
  /** Dies with the first rule that was broken. */
  readonly verdict: Effect.Effect<void>
  /** What happened last. */
  readonly timeline: () => string
}

/**
 * @param now milliseconds since the match was made
 * @param places who is at which host of the network
 */
export const make = (now: () => number, places: ReadonlyMap<string, string>): Referee => {
  const journal = Journal.make(now)
  for (const [host, name] of places) journal.place(host, name)
  const worlds = new Map<number, World.World>()
  const seen = new Map<string, Array<number>>()
  const heard = new Map<string, Array<News>>()
  let last: World.World | undefined = undefined
  let broken: RuleBroken | undefined = undefined

  const rule = (text: string, holds: boolean, detail: () => string) => {
    if (holds || broken !== undefined) return
    journal.game(`BROKEN: ${text}: ${detail()}`)
    broken = new RuleBroken(`${text}: ${detail()}\n\n${journal.text()}`)
  }

  const compare = (before: World.World, after: World.World) => {
    rule("ticks follow each other", after.tick === before.tick + 1, () => `${after.tick} after ${before.tick}`)
    const gains: Array<string> = []
    for (const player of after.players.values()) {
      const was = before.players.get(player.id)
      if (was === undefined) continue
      const name = journal.nameOf(player.id)
      const way = World.distance(was, player)
      const detail = () =>
        `${name} runs ${way.toFixed(3)} in tick ${after.tick}, from ${spot(was)} to ${
          spot(player)
        }, allowed is ${World.SPEED}`
      rule("nobody runs faster than allowed", way <= World.SPEED + TOLERANCE, detail)
      if (player.score === was.score) continue
      journal.game(`tick ${after.tick}: ${name} has ${player.score}`)
      gains.push(`${name} has ${player.score} after ${was.score}`)
    }
    const scores = (world: World.World) => [...world.players.values()].reduce((sum, { score }) => sum + score, 0)
    if (after.players.size === before.players.size) {
      const gained = scores(after) - scores(before)
      const collected = after.collected - before.collected
      const detail = () =>
        `gems collected in tick ${after.tick}: ${collected}; scores: ${gains.join(", ") || "as before"}`
      rule("every gem counts once", gained === collected, detail)
    }
  }

  return {
    tell: journal.game,
    world: (world) => {
      worlds.set(world.tick, world)
      if (last !== undefined) compare(last, world)
      last = world
    },
    sees: (name) => (snapshot) => {
      const ticks = seen.get(name) ?? []
      const before = ticks.at(-1) ?? 0
      rule(
        "no snapshot is older than one before",
        snapshot.tick > before,
        () => `${name} sees ${snapshot.tick} after ${before}`
      )
      const world = worlds.get(snapshot.tick)
      const isTrue = world !== undefined && snapshot.players.every((player) => {
        const real = world.players.get(player.id)
        return real !== undefined && World.distance(real, player) < TOLERANCE && real.score === player.score
      })
      rule("what is seen was so", isTrue, () => `${name} sees another world in tick ${snapshot.tick}`)
      seen.set(name, [...ticks, snapshot.tick])
    },
    hears: (name) => (news) => {
      if (news._tag === "Joined") journal.introduce(news.id, news.name)
      journal.game(`${name} hears that ${journal.tell(news)}`)
      heard.set(name, [...(heard.get(name) ?? []), news])
    },
    ticksSeenBy: (name) => seen.get(name) ?? [],
    heardAll: (names) => {
      // who comes or goes first is seen from different places in time
      const isOfMatch = ({ _tag }: News) => _tag === "Collected" || _tag === "Over"
      const [first, ...others] = names.map((name) => JSON.stringify((heard.get(name) ?? []).filter(isOfMatch)))
      rule(
        "all hear the same",
        others.every((news) => news === first),
        () => `${names.join(", ")} heard different news`
      )
    },
    datagram: journal.network,
    verdict: Effect.suspend(() => broken === undefined ? Effect.void : Effect.die(broken)),
    timeline: journal.text
  }
}
