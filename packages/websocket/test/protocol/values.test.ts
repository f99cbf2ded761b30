import { assert, describe, it } from "@effect/vitest"
import { isSendable, PeerId, Subprotocol, Target } from "../../src/protocol/index.ts"

describe("peer ids", () => {
  it("W12 are read from four bytes, little-endian, from 2 to 2147483647", () => {
    assert.strictEqual(PeerId.decode(Uint8Array.of(2, 0, 0, 0)), 2)
    assert.strictEqual(PeerId.decode(Uint8Array.of(0xff, 0xff, 0xff, 0x7f)), 2147483647)
    for (const wrong of [[], [2, 0, 0], [2, 0, 0, 0, 0], [0, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0x80]]) {
      assert.isUndefined(PeerId.decode(Uint8Array.from(wrong)), wrong.join())
    }
    const view = Uint8Array.of(9, 9, 3, 0, 0, 0, 9).subarray(2, 6)
    assert.strictEqual(PeerId.decode(view), 3)
  })

  it("W18 come from 32 random bits without the top one, and are neither reserved nor taken", () => {
    const free = () => false
    assert.strictEqual(PeerId.fromBits(0xffffffff, free), 0x7fffffff)
    assert.strictEqual(PeerId.fromBits(0x80000000, free), 2)
    assert.strictEqual(PeerId.fromBits(1, free), 2)
    assert.strictEqual(PeerId.fromBits(5, (id) => id === 5 || id === 6), 7)
    assert.strictEqual(PeerId.fromBits(0x7fffffff, (id) => id === 0x7fffffff), 2)
  })
})

describe("targets", () => {
  const peers = [5, 6, 7]

  it("W13 are one, all, or all but one; an unknown one is nobody, an unknown exception is no exception", () => {
    assert.deepStrictEqual(Target.recipients(6, peers), [6])
    assert.isUndefined(Target.recipients(8, peers))
    assert.isUndefined(Target.recipients(1, peers), "the server is no peer of itself")
    assert.deepStrictEqual(Target.recipients("all", peers), [5, 6, 7])
    assert.deepStrictEqual(Target.recipients({ allBut: 6 }, peers), [5, 7])
    assert.deepStrictEqual(Target.recipients({ allBut: 1 }, peers), [5, 6, 7])
  })

  it("W13 have Godot's numbers", () => {
    assert.deepStrictEqual([0, 6, -6].map(Target.fromGodot), ["all", 6, { allBut: 6 }])
  })
})

describe("sub-protocols and close codes", () => {
  it("W6 a header names them with commas and white space", () => {
    assert.deepStrictEqual(Subprotocol.parse(" a,b ,,\tc"), ["a", "b", "c"])
    assert.deepStrictEqual(Subprotocol.parse(undefined), [])
  })

  it("W20 what is sent is what Godot accepts", () => {
    for (const code of [1000, 1003, 1007, 1011, 3000, 4999]) assert.isTrue(isSendable(code), String(code))
    for (const code of [0, 999, 1004, 1005, 1006, 1012, 1015, 2999, 5000, 1000.5]) {
      assert.isFalse(isSendable(code), String(code))
    }
  })
})
