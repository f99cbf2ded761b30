import { Decode, Encode, Header } from "@effect-enet/core/wire"
import { describe, expect, it } from "@effect/vitest"
import { random } from "../protocol/random.ts"
import { fromHex, samples, toHex } from "./samples.ts"

const INPUTS = 20_000

/** Bits 5 and 4 of a command's first byte are not kept. */
const withoutIgnoredBits = (bytes: Uint8Array, datagram: Decode.Datagram): Uint8Array => {
  const copy = bytes.slice(0, datagram.end)
  let offset = datagram.end
  for (const command of datagram.commands.toReversed()) {
    offset -= Decode.encodedSize(command)
    copy[offset]! &= 0xcf
  }
  return copy
}

const encode = ({ commands, header }: Decode.Datagram, buffer: Uint8Array): Uint8Array => {
  let end = Header.encode(header, buffer)
  for (const command of commands) end = Encode.encodeCommand(command, buffer, end)
  return buffer.slice(0, end)
}

const check = (bytes: Uint8Array, buffer: Uint8Array): number => {
  const before = bytes.slice()
  const datagram = Decode.decodeDatagram(bytes)
  Decode.decodeDatagram(bytes, { checksum: true })
  if (toHex(before) !== toHex(bytes)) throw new Error(`decoding changed ${toHex(before)}`)
  if (datagram === undefined) return 0
  const again = encode(datagram, buffer)
  const expected = withoutIgnoredBits(bytes, datagram)
  if (toHex(again) !== toHex(expected)) throw new Error(`${toHex(expected)} became ${toHex(again)}`)
  return datagram.commands.length
}

describe("any bytes whatever", { timeout: 60_000 }, () => {
  it("noise is decoded without throwing, and what is read encodes to the same bytes", () => {
    const { bytes, integer } = random(1)
    const buffer = new Uint8Array(70_000)
    let commands = 0
    for (let i = 0; i < INPUTS; i++) {
      const noise = bytes(integer(200))
      // most first bytes of noise would be no command
      if (noise.length > 5) noise[noise[0]! >= 0x80 ? 4 : 2] = 1 + integer(12)
      commands += check(noise, buffer)
    }
    expect(commands).toBeGreaterThan(INPUTS / 2)
  })

  it("mutated commands are decoded without throwing, and what is read encodes to the same bytes", () => {
    const { bytes, integer, pick } = random(2)
    const buffer = new Uint8Array(70_000)
    let commands = 0
    for (let i = 0; i < INPUTS; i++) {
      const hex = Array.from({ length: 1 + integer(5) }, () => pick(samples).hex).join("")
      let input = fromHex(`${pick(["0000", "80001234", "fffe4321"])}${hex}`)
      for (let changes = integer(4); changes > 0; changes--) input[integer(input.length)] = integer(256)
      if (integer(3) === 0) input = input.slice(0, integer(input.length + 1))
      if (integer(3) === 0) input = Uint8Array.of(...input, ...bytes(integer(20)))
      commands += check(input, buffer)
    }
    expect(commands).toBeGreaterThan(INPUTS)
  })
})
