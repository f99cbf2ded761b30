import { describe, expect, it } from "@effect/vitest"
import * as Prefix from "../../src/protocol/Prefix.ts"

const lengths = { ipv4: 24, ipv6: 64 }

describe("networks of addresses", () => {
  it.each<[string, Prefix.Words | undefined]>([
    ["192.0.2.17", [0, 0, 0xffff, 0xc0000211]],
    ["::ffff:192.0.2.17", [0, 0, 0xffff, 0xc0000211]],
    ["::1", [0, 0, 0, 1]],
    ["2001:db8:1:2:3:4:5:6", [0x20010db8, 0x00010002, 0x00030004, 0x00050006]],
    ["fe80::1%eth0", [0xfe800000, 0, 0, 1]],
    ["::", [0, 0, 0, 0]],
    ["192.0.2", undefined],
    ["192.0.2.256", undefined],
    ["1.2.3.4.5", undefined],
    ["1:2:3:4:5:6:7", undefined],
    ["1:2:3:4:5:6:7:8:9", undefined],
    ["::1::", undefined],
    ["example", undefined],
    ["", undefined]
  ])("%s", (text, words) => expect(Prefix.parse(text)).toEqual(words))

  it("are the first bits, of IPv4 and IPv6 each so many", () => {
    const same = (a: string, b: string) =>
      expect(Prefix.networkOf(Prefix.parse(a)!, lengths)).toEqual(Prefix.networkOf(Prefix.parse(b)!, lengths))
    same("192.0.2.1", "192.0.2.254")
    same("2001:db8::1", "2001:db8::ffff:0:0:9")
    expect(Prefix.networkOf(Prefix.parse("192.0.3.1")!, lengths)).toEqual([0, 0, 0xffff, 0xc0000300])
    expect(Prefix.networkOf(Prefix.parse("2001:db8:0:1::1")!, lengths)).toEqual([0x20010db8, 1, 0, 0])
    expect(Prefix.networkOf(Prefix.parse("10.1.2.3")!, { ipv4: 0, ipv6: 0 })).toEqual([0, 0, 0xffff, 0])
    expect(Prefix.networkOf(Prefix.parse("10.1.2.3")!, { ipv4: 32, ipv6: 0 })).toEqual([0, 0, 0xffff, 0x0a010203])
  })
})
