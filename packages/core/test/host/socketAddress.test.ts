import { describe, expect, it } from "@effect/vitest"
import * as NetAddress from "effect/net/NetAddress"
import { fromDatagram, fromInet, toNative } from "../../src/internal/SocketAddress.ts"

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

const words = ({ host, payload, port }: ReturnType<typeof native>) => ({ host, port, payload })

describe("the address of a datagram", () => {
  it("is not parsed until somebody asks for it", () => {
    const datagram = native(40)
    const address = fromDatagram(datagram, undefined)
    expect([address.port, datagram.parsed]).toEqual([4000, 0])
    expect([address.host, address.inet]).toEqual(["192.0.2.7", inet])
  })

  it("is written in one form, whether it was parsed or came from a socket", () => {
    for (const host of ["192.0.2.7", "0.0.0.0", "255.255.255.255", "::1", "fe80::1", "::ffff:192.0.2.7"]) {
      const parsed = fromInet(NetAddress.inetAddressFromIpStringUnsafe(host, 4000))
      expect(fromDatagram(native(40, host), undefined).host).toBe(parsed.host)
    }
  })

  it("remembers the words of the socket, and nothing of the datagram, whose length its sender chooses", () => {
    const words = { host: "192.0.2.7", port: 4000 }
    expect(toNative(fromDatagram(native(4096), undefined))).toMatchObject(words)
    const known = fromInet(inet)
    expect(toNative(known)).toBeUndefined()
    expect(fromDatagram(native(4096), known)).toBe(known)
    expect(toNative(known)).toMatchObject(words)
    expect(Object.values(toNative(known) ?? {})).not.toContainEqual(expect.any(Uint8Array))
  })

  it("leaves a zone of IPv6 to the socket, which knows what it means", () => {
    const scoped = native(8, "fe80::1%eth0")
    const expected = NetAddress.inetAddressFromIpStringUnsafe("fe80::1", 4000)
    const address = fromDatagram({ ...words(scoped), address: expected }, undefined)
    expect(address.inet).toBe(expected)
    expect(toNative(address)).toMatchObject({ host: "fe80::1%eth0", port: 4000 })
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
