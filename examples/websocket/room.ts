/**
 * A chat room that does not know how its members came in. A member's first line is its name, every later one goes to
 * all; `/kick name reason` shows somebody the door.
 */
import { Console, Effect, Stream } from "effect"

export type Transport = "ENet" | "DTLS" | "WebSocket"

/** Somebody at the door: a peer of whatever host. */
export interface Guest {
  readonly via: Transport
  readonly lines: Stream.Stream<string>
  /** A member that does not keep up misses lines. */
  readonly say: (line: string) => Effect.Effect<void>
  readonly kick: (reason: string) => Effect.Effect<void>
}

const MAX_NAME = 24
const MAX_LINE = 500

export class Room {
  private readonly members: Map<string, Guest> = new Map()

  get size(): number {
    return this.members.size
  }

  /** Attends to a guest until it goes. */
  readonly attend = (guest: Guest): Effect.Effect<void> => {
    let name: string | undefined
    return guest.lines.pipe(
      Stream.map((line) => line.trim().slice(0, MAX_LINE)),
      Stream.filter((line) => line !== ""),
      Stream.runForEach((line) => {
        if (name !== undefined) {
          return line.startsWith("/kick ")
            ? this.kick(name, line)
            : this.announce(`${name}: ${line}`)
        }
        name = this.enter(guest, line)
        return this.announce(`* ${name} joined over ${guest.via}`)
      }),
      Effect.ensuring(Effect.suspend(() => name === undefined ? Effect.void : this.leave(name)))
    )
  }

  private readonly announce = (line: string): Effect.Effect<void> =>
    Effect.andThen(
      Console.log(line),
      Effect.forEach([...this.members.values()], (member) => member.say(line), { discard: true })
    )

  /** Names are told apart. */
  private enter(guest: Guest, wanted: string): string {
    const base = wanted.replaceAll(/[\s:*]+/g, " ").trim().slice(0, MAX_NAME) || "somebody"
    let name = base
    for (let n = 2; this.members.has(name); n++) name = `${base} ${n}`
    this.members.set(name, guest)
    return name
  }

  private readonly leave = (name: string): Effect.Effect<void> => {
    this.members.delete(name)
    return this.announce(`* ${name} left`)
  }

  private kick(by: string, line: string): Effect.Effect<void> {
    const rest = line.slice("/kick ".length)
    const name = [...this.members.keys()].find((name) => rest === name || rest.startsWith(`${name} `))
    const guest = name === undefined ? undefined : this.members.get(name)
    if (name === undefined || guest === undefined) return this.announce(`* ${by} kicks at nobody`)
    const reason = rest.slice(name.length).trim() || "no reason given"
    return Effect.andThen(this.announce(`* ${by} kicked ${name}: ${reason}`), guest.kick(reason))
  }
}
