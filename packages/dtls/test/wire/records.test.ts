import { describe, expect, it } from "@effect/vitest"
import { uint, writeUint } from "../../src/wire/Bytes.ts"
import { decodeFragments, encodeFragment, encodeMessage, fragmentOf } from "../../src/wire/Handshake.ts"
import { decodeRecords, encodeRecord } from "../../src/wire/Record.ts"
import { fixture, fromHex, toHex } from "../kit/fixture.ts"

const record = {
  type: 23,
  version: 0xfefd,
  epoch: 1,
  sequence: 0x0102_0304_0506,
  fragment: Uint8Array.of(0xaa, 0xbb)
}

describe("records", () => {
  it("have their bytes in the order of RFC 6347 section 4.1", () => {
    expect(toHex(encodeRecord(record))).toBe(toHex(fromHex("17 fefd 0001 010203040506 0002 aabb")))
    expect(decodeRecords(encodeRecord(record))).toEqual({ records: [record], complete: true })
  })

  it("have numbers of 48 bits", () => {
    const highest = { ...record, sequence: 2 ** 48 - 1 }
    expect(decodeRecords(encodeRecord(highest)).records).toEqual([highest])
    expect(toHex(uint(6, 2 ** 48 - 1))).toBe("ffffffffffff")
    const bytes = new Uint8Array(8)
    writeUint(bytes, 1, 6, 2 ** 40 + 7)
    expect(toHex(bytes)).toBe("0001000000000700")
  })

  it("of every recorded datagram survive decoding and encoding", () => {
    const lines = Object.values(fixture.sessions).flatMap(({ lines }) => lines)
    expect(lines.length).toBeGreaterThan(30)
    for (const { bytes } of lines) {
      const { complete, records } = decodeRecords(fromHex(bytes))
      expect(complete).toBe(true)
      expect(records.map((record) => toHex(encodeRecord(record))).join("")).toBe(bytes)
    }
  })

  it("end where something else begins", () => {
    const good = encodeRecord(record)
    const two = Uint8Array.of(...good, ...good)
    for (let length = 1; length < good.length; length++) {
      expect(decodeRecords(two.subarray(0, length))).toEqual({ records: [], complete: false })
      expect(decodeRecords(two.subarray(0, good.length + length))).toEqual({ records: [record], complete: false })
    }
    expect(decodeRecords(two)).toEqual({ records: [record, record], complete: true })
    expect(decodeRecords(new Uint8Array(0))).toEqual({ records: [], complete: true })
  })

  it("without protection carry at most 2^14 bytes (RFC 5246 section 6.2.1)", () => {
    const plain = { ...record, epoch: 0 }
    const isRecord = (of: typeof record, length: number) =>
      decodeRecords(encodeRecord({ ...of, fragment: new Uint8Array(length) })).complete
    expect([isRecord(plain, 0x4000), isRecord(plain, 0x4001)]).toEqual([true, false])
    expect([isRecord(record, 0x4800), isRecord(record, 0x4801)]).toEqual([true, false])
  })

  it("of other types, versions and lengths are none", () => {
    for (
      const bytes of [
        "18 fefd 0000 000000000000 0000",
        "16 fefc 0000 000000000000 0000",
        "16 0303 0000 000000000000 0000"
      ]
    ) {
      expect(decodeRecords(fromHex(bytes)).complete).toBe(false)
    }
    const long = encodeRecord({ ...record, fragment: new Uint8Array(0x4000 + 2048) })
    expect(decodeRecords(long).complete).toBe(true)
    const longer = encodeRecord({ ...record, fragment: new Uint8Array(0x4000 + 2049) })
    expect(decodeRecords(longer).complete).toBe(false)
  })
})

describe("handshake fragments", () => {
  const message = { type: 11, sequence: 3, body: Uint8Array.from({ length: 10 }, (_, i) => i) }

  it("have their bytes in the order of RFC 6347 section 4.2.2", () => {
    expect(toHex(encodeFragment(fragmentOf(message, 4, 3)))).toBe(
      toHex(fromHex("0b 00000a 0003 000004 000003 040506"))
    )
    expect(toHex(encodeMessage(message))).toBe(toHex(fromHex("0b 00000a 0003 000000 00000a 00010203040506070809")))
  })

  it("may share a record", () => {
    const [a, b] = [fragmentOf(message, 0, 4), fragmentOf(message, 4, 6)]
    expect(decodeFragments(Uint8Array.of(...encodeFragment(a), ...encodeFragment(b)))).toEqual([a, b])
  })

  it("must lie within their message, and fill their record", () => {
    for (
      const bytes of [
        "",
        "0b 00000a 0003 000004 000003 0405",
        "0b 00000a 0003 000004 000003 04050607",
        "0b 00000a 0003 000008 000003 080900",
        "0b 000001 0003 000000 000002 0000",
        "0b 00000a 0003 ffffff 000001 00"
      ]
    ) {
      expect(decodeFragments(fromHex(bytes)), bytes).toBeUndefined()
    }
  })
})
