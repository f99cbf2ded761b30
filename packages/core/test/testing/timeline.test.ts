import { Conditions, type NetworkEmulator, Timeline } from "@effect-enet/core/testing"
import { describe, expect, it } from "@effect/vitest"

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"))

const record = (fate: NetworkEmulator.Fate, bytes: Uint8Array): NetworkEmulator.PacketRecord => ({
  time: 12_345,
  id: 17,
  from: "10.0.0.2:49152",
  to: "10.0.0.1:7777",
  fate,
  bytes
})

describe("a timeline", () => {
  it("says what is in a datagram", () => {
    expect(Timeline.describe(hex("9003 1234 85ff 0002 86000005 0003 616263"))).toBe(
      "to slot 3/1 @4660: ping #2, reliable 0#5 3 B"
    )
    expect(Timeline.describe(hex("8fff 0001 85ff0002"))).toBe("to nobody @1: ping #2")
    expect(Timeline.describe(hex("0003 05ff0002 ffffffff"))).toBe("to slot 3/0: ping #2, then 4 B that are no command")
    expect(Timeline.describe(hex("4003 0102"))).toBe("to slot 3/0: compressed")
    expect(Timeline.describe(hex("00"))).toBe("not ENet")
  })

  it("skips the checksum when the hosts use one", () => {
    const bytes = hex("0003 aabbccdd 05ff0002")
    expect(Timeline.describe(bytes, { checksum: true })).toBe("to slot 3/0: ping #2")
    expect(Timeline.describe(bytes)).not.toContain("ping")
  })

  it("shortens what is long", () => {
    expect(Timeline.describe(hex(`0003 ${"05ff0002".repeat(30)}`))).toMatch(/ping #2, and 18 more$/)
  })

  it("has a line for everything that happened, with the datagram where it is new", () => {
    const bytes = hex("0003 05ff0002")
    expect(Timeline.formatRecord(record("sent", bytes))).toBe(
      "    12.345  #17     10.0.0.2:49152 > 10.0.0.1:7777       sent                  6 B to slot 3/0: ping #2"
    )
    expect(Timeline.formatRecord(record("lost", bytes))).toBe(
      "    12.345  #17     10.0.0.2:49152 > 10.0.0.1:7777       LOST"
    )
    expect(Timeline.format([record("sent", bytes), record("delivered", bytes)]).split("\n")).toHaveLength(3)
  })
})

describe("the presets", () => {
  it("are what their names promise", () => {
    const { awful, lan, mobile, perfect, satellite, wifi } = Conditions.presets
    const latencies = [perfect, lan, wifi, mobile, satellite].map(({ latency }) => latency)
    expect(latencies).toEqual(latencies.toSorted((a, b) => a - b))
    expect(Math.max(...[lan, wifi, mobile, satellite].map(({ loss }) => loss))).toBeLessThan(awful.loss)
    expect(Conditions.isPerfect(perfect)).toBe(true)
    for (const preset of [lan, wifi, mobile, satellite, awful]) {
      expect(Conditions.isPerfect(preset)).toBe(false)
      // without a checksum, damage would be taken for data
      expect(preset.corrupt).toBe(0)
    }
  })
})
