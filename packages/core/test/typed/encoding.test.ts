import { Encoding } from "@effect-enet/core"
import { SeededRandom } from "@effect-enet/core/testing"
import { describe, expect, it } from "@effect/vitest"
import { Option, Result, Schema } from "effect"

const roundTrip = <A>(codec: Encoding.MessageCodec<A>, value: A): A =>
  Result.getOrThrow(codec.decode(Result.getOrThrow(codec.encode(value))))

const bytesOf = <A>(codec: Encoding.MessageCodec<A>, value: A): Array<number> => [
  ...Result.getOrThrow(codec.encode(value))
]

const failureOf = <A>(result: Result.Result<A, string>): string =>
  Result.isFailure(result) ? result.failure : `no failure: ${String(result.success)}`

const Player = Schema.Struct({
  id: Schema.Natural,
  name: Schema.String,
  at: Schema.Tuple([Schema.Number, Schema.Number]),
  team: Schema.Literals(["red", "blue"]),
  tags: Schema.Array(Schema.String),
  target: Schema.optionalKey(Schema.Int),
  nick: Schema.NullOr(Schema.String),
  skin: Schema.Uint8Array
})

const player: typeof Player.Type = {
  id: 300,
  name: "Ada",
  at: [1.5, -0.1],
  team: "blue",
  tags: ["a", "bä"],
  nick: null,
  skin: new Uint8Array([1, 2, 3])
}

const Command = Schema.Union([
  Schema.Struct({ _tag: Schema.tag("Join"), name: Schema.String }),
  Schema.Struct({ _tag: Schema.tag("Leave") })
])

describe("packed", () => {
  it("gives back what it was given", () => {
    const codec = Encoding.packed(Player)
    expect(codec.layout.startsWith("packed {id:unsigned,name:string,")).toBe(true)
    expect(roundTrip(codec, player)).toEqual(player)
    expect(roundTrip(codec, { ...player, target: -5, nick: "A" })).toEqual({ ...player, target: -5, nick: "A" })
  })

  it.each([0, -0, 1, -1, 63, 64, -64, 2 ** 31, -(2 ** 48), Number.MAX_SAFE_INTEGER, 0.5, 0.1, 1e300, Infinity])(
    "keeps the number %d",
    (value) => expect(roundTrip(Encoding.packed(Schema.Number), value)).toBe(value)
  )

  it.each([0, 1, -1, 63, -64, 8191, -8192, 2 ** 31, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER])(
    "keeps the integer %d",
    (value) => expect(roundTrip(Encoding.packed(Schema.Int), value)).toBe(value)
  )

  it("keeps NaN", () => expect(roundTrip(Encoding.packed(Schema.Number), Number.NaN)).toBeNaN())

  it.each(["", "ascii", "ä", "€uro", "😀", "x".repeat(32), "x".repeat(33), "ü".repeat(100), "y".repeat(100_000)])(
    "keeps a string (%#)",
    (value) => expect(roundTrip(Encoding.packed(Schema.String), value)).toBe(value)
  )

  it("writes neither names nor what the schema knows", () => {
    expect(bytesOf(Encoding.packed(Command), { _tag: "Leave" })).toEqual([1])
    expect(bytesOf(Encoding.packed(Command), { _tag: "Join", name: "Ada" })).toEqual([0, 3, 65, 100, 97])
    expect(bytesOf(Encoding.packed(Schema.Struct({ n: Schema.Natural })), { n: 127 })).toEqual([127])
    expect(bytesOf(Encoding.packed(Encoding.Float32), 0.5)).toEqual([0, 0, 0, 0x3f])
  })

  it("tells members of a union by their kind where they have no tag", () => {
    const codec = Encoding.packed(Schema.Union([Schema.String, Schema.Number, Schema.Array(Schema.Int), Schema.Null]))
    for (const value of ["x", 1, [1, 2], null]) expect(roundTrip(codec, value)).toEqual(value)
    expect(codec.layout).toBe("packed (string|number|signed[]|null)")
  })

  it("keeps records, enumerations and tuples", () => {
    const codec = Encoding.packed(Schema.Record(Schema.String, Schema.Struct({ e: Schema.Enum({ A: 0, B: 1 }) })))
    expect(roundTrip(codec, { one: { e: 1 }, two: { e: 0 } })).toEqual({ one: { e: 1 }, two: { e: 0 } })
  })

  it("packs what a schema with transformations encodes to", () => {
    class Point extends Schema.Class<Point>("Point")({ x: Schema.Int, y: Schema.NumberFromString }) {}
    const codec = Encoding.packed(Point)
    expect(codec.layout).toBe("packed {x:signed,y:string}")
    const point = roundTrip(codec, new Point({ x: 1, y: 2 }))
    expect(point).toBeInstanceOf(Point)
    expect(point).toEqual(new Point({ x: 1, y: 2 }))
  })

  it("leaves to SchemaBinary what it has no layout for", () => {
    interface Tree {
      readonly children: ReadonlyArray<Tree>
    }
    const Tree = Schema.Struct({ children: Schema.Array(Schema.suspend((): Schema.Codec<Tree> => Tree)) })
    const tree = Encoding.packed(Tree)
    expect(tree.layout.startsWith("SchemaBinary")).toBe(true)
    expect(roundTrip(tree, { children: [{ children: [] }] })).toEqual({ children: [{ children: [] }] })
    expect(roundTrip(Encoding.packed(Schema.BigInt), 5n)).toBe(5n)
    expect(roundTrip(Encoding.packed(Schema.Option(Schema.Int)), Option.some(5))).toEqual(Option.some(5))
  })

  it("says where a value does not fit its schema", () => {
    const codec = Encoding.packed(Player)
    expect(failureOf(codec.encode({ ...player, id: -1 }))).toBe(
      "id: expected an integer from 0 to 9007199254740991, got -1"
    )
    const Age = Schema.Struct({ age: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 9 })) })
    expect(failureOf(Encoding.packed(Age).encode({ age: 10 }))).toBe("age: expected an integer from 1 to 9, got 10")
    expect(failureOf(Encoding.packed(Age).decode(new Uint8Array([10])))).toBe("age: 10 is not an integer from 1 to 9")
    const Name = Schema.Struct({ name: Schema.String.check(Schema.isMinLength(3)) })
    expect(failureOf(Encoding.packed(Name).encode({ name: "ab" }))).toBe(
      "name: expected a value with a length of at least 3, got \"ab\""
    )
    expect(failureOf(Encoding.packed(Encoding.Float32).encode(1e300))).toContain("32-bit")
  })

  it("keeps what it gave when more is written", () => {
    const codec = Encoding.packed(Schema.String)
    const messages = Array.from({ length: 3000 }, (_, i) => `message ${i} ${"x".repeat(i % 90)}`)
    const packets = messages.map((message) => Result.getOrThrow(codec.encode(message)))
    expect(packets.map((bytes) => Result.getOrThrow(codec.decode(bytes)))).toEqual(messages)
  })

  it("gives bytes of its own, not those of the packet", () => {
    const codec = Encoding.packed(Schema.Uint8Array)
    const packet = Uint8Array.from(bytesOf(codec, new Uint8Array([1, 2])))
    const value = Result.getOrThrow(codec.decode(packet))
    packet.fill(9)
    expect([...value]).toEqual([1, 2])
  })

  it("tells damage by a value, whatever the bytes", () => {
    const codec = Encoding.packed(Schema.Struct({ players: Schema.Array(Player), last: Command }))
    const whole = Result.getOrThrow(codec.encode({ players: [player, player], last: { _tag: "Join", name: "é" } }))
    for (let length = 0; length < whole.length; length++) {
      expect(Result.isFailure(codec.decode(whole.subarray(0, length)))).toBe(true)
    }
    expect(failureOf(codec.decode(Uint8Array.from([...whole, 0])))).toBe("1 bytes too many")
    const random = new SeededRandom.SeededRandom(9)
    let failures = 0
    for (let round = 0; round < 20_000; round++) {
      const bytes = whole.slice(0, random.integer(0, whole.length))
      for (let i = 0; i < 3 && bytes.length > 0; i++) {
        bytes[random.integer(0, bytes.length - 1)] = random.integer(0, 255)
      }
      if (Result.isFailure(codec.decode(bytes))) failures++
    }
    expect(failures).toBeGreaterThan(10_000)
  })

  it("believes no count that the bytes cannot hold", () => {
    const huge = new Uint8Array([0xff, 0xff, 0xff, 0xff, 0x7f, 1])
    expect(failureOf(Encoding.packed(Schema.Array(Schema.Int)).decode(huge))).toBe("too short")
    expect(failureOf(Encoding.packed(Schema.Record(Schema.String, Schema.Int)).decode(huge))).toBe("too short")
    expect(failureOf(Encoding.packed(Schema.String).decode(huge))).toBe("too short")
    expect(failureOf(Encoding.packed(Schema.Uint8Array).decode(huge))).toBe("too short")
    expect(failureOf(Encoding.packed(Schema.Int).decode(new Uint8Array(12).fill(0xff)))).toContain("too large")
  })

  it("takes no key that is __proto__", () => {
    const codec = Encoding.packed(Schema.Record(Schema.String, Schema.Int))
    const bytes = Uint8Array.from([1, 9, ...new TextEncoder().encode("__proto__"), 1])
    expect(failureOf(codec.decode(bytes))).toBe("a key is __proto__")
  })
})

describe.each([["json", Encoding.json], ["schemaBinary", Encoding.schemaBinary]] as const)("%s", (_, encoding) => {
  it("gives back what it was given", () => {
    expect(roundTrip(encoding(Player), player)).toEqual(player)
  })

  it("tells damage by a value", () => {
    const codec = encoding(Player)
    const whole = Result.getOrThrow(codec.encode(player))
    for (const bytes of [new Uint8Array(0), new Uint8Array([255, 0, 3]), whole.subarray(0, whole.length - 1)]) {
      expect(Result.isFailure(codec.decode(bytes))).toBe(true)
    }
  })

  it("says that a value does not fit its schema", () => {
    expect(failureOf(encoding(Player).encode({ ...player, id: -1 }))).toContain("greater than or equal to 0")
  })
})
