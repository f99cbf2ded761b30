/**
 * What happened in a match, for people: the game and the network in one timeline, in the order in which it happened.
 */
import { type NetworkEmulator, Timeline } from "@effect-enet/core/testing"
import { arena, type News } from "../protocol.ts"

/** How much of the past is shown, of the game and of the network. */
const LINES = 25

interface Entry {
  /** Counts entries of both kinds. */
  readonly order: number
  readonly text: () => string
}

export interface Journal {
  readonly game: (text: string) => void
  readonly network: (record: NetworkEmulator.PacketRecord) => void
  /** Whoever is at a host of the network has a name in the timeline. */
  readonly place: (host: string, name: string) => void
  /** The number of a player belongs to a name from now on. */
  readonly introduce: (id: number, name: string) => void
  readonly nameOf: (id: number) => string
  /** News in words. */
  readonly tell: (news: News) => string
  /** The last things that happened. */
  readonly text: () => string
}

const channels = arena.channels.map(({ id, name }) => `${id} ${name}`).join(", ")

const keep = (entries: Array<Entry>, entry: Entry): void => {
  entries.push(entry)
  if (entries.length > 10 * LINES) entries.splice(0, 9 * LINES)
}

/** @param now milliseconds since the match was made */
export const make = (now: () => number): Journal => {
  const names = new Map<number, string>()
  const places = new Map<string, string>()
  const game: Array<Entry> = []
  const network: Array<Entry> = []
  let order = 0

  /** As `Timeline` has it, with names instead of addresses. */
  const datagram = (record: NetworkEmulator.PacketRecord): string => {
    const line = Timeline.formatRecord(record)
    const named = line.replaceAll(
      /([\d.]+):\d+/g,
      (address: string, host: string) => (places.get(host) ?? address).padEnd(8)
    )
    return `${named.slice(0, 10)}  net   ${named.slice(12)}`
  }

  const nameOf = (id: number): string => names.get(id) ?? `player ${id}`

  return {
    game: (text) => {
      const time = (now() / 1000).toFixed(3).padStart(10)
      keep(game, { order: order++, text: () => `${time}  game  ${text}` })
    },
    network: (record) => keep(network, { order: order++, text: () => datagram(record) }),
    place: (host, name) => void places.set(host, name),
    introduce: (id, name) => void names.set(id, name),
    nameOf,
    tell: (news) => {
      switch (news._tag) {
        case "Joined":
          return `${news.name} has joined`
        case "Left":
          return `${news.name} has left`
        case "Collected":
          return `${nameOf(news.id)} has collected a gem in tick ${news.tick}`
        case "Over":
          return `the match is over in tick ${news.tick}`
      }
    },
    text: () => {
      const entries = [...game.slice(-LINES), ...network.slice(-LINES)].toSorted((a, b) => a.order - b.order)
      return [
        `the last ${LINES} things of the game and the last ${LINES} of the network (channels: ${channels})`,
        "",
        ...entries.map(({ text }) => text())
      ].join("\n")
    }
  }
}
