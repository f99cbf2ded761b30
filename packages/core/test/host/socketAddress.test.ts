import { describe, expect, it } from "@effect/vitest"
import * as NetAddress from "effect/net/NetAddress"
import { fromDatagram, fromInet, toDestination } from "../../src/internal/SocketAddress.ts"

const inet = NetAddress.inetAddressFromIpStringUnsafe("192.0.2.7", 4000)

/** As the sockets of platforms give them: the address is text until it is asked for. */
const native = (length: number, host = "192.0.2.7", port = 4000) => {
  let parsed = 0
  return {
    host,
    port,
    payload: new Uint8Array(length),
    get address() {
      parsed++
      return NetAddress.inetAddressFromIpStringUnsafe(host, port)
    },
    get parsed() {
      return parsed
    }
  }
}

describe("the address of a datagram", () => {
  it("is not parsed until somebody asks for it", () => {
    const datagram = native(40)
    const address = fromDatagram(datagram, undefined)
    expect([address.port, datagram.parsed]).toEqual([4000, 0])
    expect([address.host, datagram.parsed]).toEqual(["192.0.2.7", 1])
  })

  it("keeps a short datagram to answer to, and never a long one, whose length its sender chooses", () => {
    const short = native(52)
    expect(toDestination(fromDatagram(short, undefined))).toBe(short)
    expect(toDestination(fromDatagram(native(4096), undefined))).toEqual(inet)
    const known = fromInet(inet)
    expect(fromDatagram(native(4096), known)).toBe(known)
    expect(known.origin).toBeUndefined()
    expect(fromDatagram(short, known)).toBe(known)
    expect(known.origin).toBe(short)
  })

  it("is the known one when it is the same, whatever has been parsed", () => {
    const known = fromDatagram(native(52), undefined)
    const again = native(1400)
    expect(fromDatagram(again, known)).toBe(known)
    expect(again.parsed).toBe(0)
    expect(fromDatagram(native(52, "192.0.2.7", 4001), known)).not.toBe(known)
    expect(fromDatagram(native(52, "192.0.2.8"), known)).not.toBe(known)
    expect(fromDatagram({ payload: new Uint8Array(3), address: inet }, known)).toBe(known)
  })
})
