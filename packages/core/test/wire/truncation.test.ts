import { Command, Decode } from "@effect-enet/core/wire"
import { describe, expect, it } from "@effect/vitest"
import { fromHex, samples } from "./samples.ts"

describe("a datagram that ends too early", () => {
  for (const { hex, name } of samples) {
    it(`${name} is not there when any of its bytes is missing`, () => {
      const bytes = fromHex(`0000${hex}`)
      for (let length = 0; length < bytes.length; length++) {
        const cut = bytes.slice(0, length)
        expect(Decode.commandLength(cut, 2), `${length} bytes`).toBe(0)
        expect(Decode.decodeDatagram(cut)?.commands ?? [], `${length} bytes`).toEqual([])
      }
      expect(Decode.decodeDatagram(bytes)).toMatchObject({ commands: [{}], end: bytes.length })
    })
  }

  for (const { command, hex, name } of samples) {
    if (!Command.hasPayload(command)) continue
    it(`${name} is not there when it claims one more byte of payload than the datagram has`, () => {
      const bytes = fromHex(hex)
      const at = command._tag === "SendReliable" ? 5 : 7
      for (const excess of [1, 0xff - command.payload.length]) {
        bytes[at] = command.payload.length + excess
        expect(Decode.commandLength(bytes, 0)).toBe(0)
      }
      bytes[at - 1] = 0xff
      bytes[at] = 0xff
      expect(Decode.commandLength(bytes, 0)).toBe(0)
    })
  }

  it("commands before it are read", () => {
    expect(Decode.decodeDatagram(fromHex("0000 05ff0001 86000001 0005 6869"))).toMatchObject({
      commands: [{ _tag: "Ping" }],
      end: 6
    })
  })

  it("there is no command number 0, 13, 14 or 15, however long the datagram is", () => {
    for (const number of [0, 13, 14, 15]) {
      for (const flags of [0, 0x40, 0x80, 0xc0, 0xf0]) {
        const bytes = new Uint8Array(100)
        bytes[0] = number | flags
        expect(Decode.commandLength(bytes, 0)).toBe(0)
      }
    }
  })

  it("nothing is read behind the end", () => {
    expect(Decode.commandLength(fromHex("85ff0001"), 4)).toBe(0)
    expect(Decode.commandLength(fromHex("85ff0001"), 400)).toBe(0)
  })
})
