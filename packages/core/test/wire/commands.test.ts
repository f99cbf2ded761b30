import { Command, Decode, Encode } from "@effect-enet/core/wire"
import { describe, expect, it } from "@effect/vitest"
import { fromHex, samples, toHex } from "./samples.ts"

describe("the bytes of each command", () => {
  for (const { command, hex, name } of samples) {
    const golden = fromHex(hex)

    it(`${name} is encoded`, () => {
      const buffer = new Uint8Array(golden.length + 8).fill(0xee)
      expect(Encode.encodeCommand(command, buffer, 4)).toBe(4 + golden.length)
      expect(toHex(buffer)).toBe(`eeeeeeee${toHex(golden)}eeeeeeee`)
    })

    it(`${name} is decoded`, () => {
      const buffer = fromHex(`eeeeeeee${hex}eeeeeeee`)
      expect(Decode.commandLength(buffer, 4)).toBe(golden.length)
      expect(Decode.decodeCommand(buffer, 4)).toEqual(command)
    })

    it(`${name} has the size of its bytes`, () => {
      expect(Decode.encodedSize(command)).toBe(golden.length)
      const payload = Command.hasPayload(command) ? command.payload.length : 0
      expect(Command.fixedSize(command)).toBe(golden.length - payload)
    })
  }

  it("covers all twelve numbers", () => {
    const numbers = samples.map(({ hex }) => Number.parseInt(hex.slice(0, 2), 16) & 0x0f)
    expect([...new Set(numbers)].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
  })

  it("bits 5 and 4 of the first byte mean nothing to a receiver", () => {
    expect(Decode.decodeCommand(fromHex("b5 ff 0007"), 0)).toEqual({
      _tag: "Ping",
      flags: 0x80,
      channelID: 0xff,
      reliableSequenceNumber: 7
    })
  })

  it("a decoded payload is a view of the datagram, not a copy", () => {
    const bytes = fromHex("86 00 0001 0005 68656c6c6f")
    const command = Decode.decodeCommand(bytes, 0)
    bytes[6] = 0x6a
    expect(Command.hasPayload(command) && new TextDecoder().decode(command.payload)).toBe("jello")
  })
})
