import { assert, describe, it } from "@effect/vitest"
import { Exchange } from "../src/cli/Exchange.ts"
import { fill } from "../src/cli/payload.ts"

const sendAll = (exchange: Exchange) => {
  const packets: Array<Uint8Array> = []
  while (exchange.canSend) packets.push(exchange.next())
  return packets
}

const counts = ({ lost, mismatched, ok, received, sent }: Exchange) => ({ sent, received, mismatched, lost, ok })

describe("Exchange, the bookkeeping of the client command", () => {
  it("makes the same packets for the same index, and others for others", () => {
    const [a, b, c] = [new Uint8Array(33), new Uint8Array(33), new Uint8Array(33)]
    fill(a, 7, false)
    fill(b, 7, false)
    fill(c, 8, false)
    assert.deepStrictEqual(a, b)
    assert.notDeepEqual(a, c)
    assert.isAbove(new Set(a).size, 20)
  })

  it("is content with reliable echoes that come back complete and in order", () => {
    const exchange = new Exchange(5, 64, true)
    for (const packet of sendAll(exchange)) exchange.echo(packet)
    assert.isTrue(exchange.complete)
    assert.deepStrictEqual(counts(exchange), { sent: 5, received: 5, mismatched: 0, lost: 0, ok: true })
  })

  it("sees reliable echoes that change places", () => {
    const exchange = new Exchange(3, 64, true)
    for (const packet of sendAll(exchange).toReversed()) exchange.echo(packet)
    assert.deepStrictEqual(counts(exchange), { sent: 3, received: 3, mismatched: 2, lost: 0, ok: false })
  })

  it("sees a changed byte, a missing byte and a packet that was never sent", () => {
    for (const spoil of [(p: Uint8Array) => p.with(40, p[40]! ^ 1), (p: Uint8Array) => p.subarray(1)]) {
      const exchange = new Exchange(1, 64, true)
      for (const packet of sendAll(exchange)) exchange.echo(spoil(packet))
      assert.strictEqual(exchange.mismatched, 1)
    }
    const exchange = new Exchange(2, 64, false)
    exchange.echo(exchange.next())
    const never = new Uint8Array(64)
    fill(never, 1, true)
    exchange.echo(never)
    assert.strictEqual(exchange.mismatched, 1)
  })

  it("misses reliable echoes", () => {
    const exchange = new Exchange(2, 64, true)
    const [first] = sendAll(exchange)
    exchange.echo(first!)
    assert.deepStrictEqual(counts(exchange), { sent: 2, received: 1, mismatched: 0, lost: 1, ok: false })
  })

  for (const size of [0, 1, 3, 4, 64]) {
    it(`takes lost and reordered echoes of ${size} bytes without reliability`, () => {
      const exchange = new Exchange(4, size, false)
      const [, second, third, fourth] = sendAll(exchange)
      for (const packet of [fourth!, second!, third!]) exchange.echo(packet)
      assert.deepStrictEqual(counts(exchange), { sent: 4, received: 3, mismatched: 0, lost: 1, ok: true })
    })
  }

  it("is not content when nothing at all comes back", () => {
    const exchange = new Exchange(2, 64, false)
    sendAll(exchange)
    assert.isFalse(exchange.ok)
    assert.isTrue(new Exchange(0, 64, false).ok)
  })

  it("bounds what is out at a time, by packets and by bytes", () => {
    assert.strictEqual(sendAll(new Exchange(1_000_000, 0, true)).length, 256)
    assert.strictEqual(sendAll(new Exchange(1_000_000, 65_536, true)).length, 16)
    assert.strictEqual(sendAll(new Exchange(1_000_000, 20_000_000, true)).length, 1)
    const exchange = new Exchange(1_000, 64, false)
    sendAll(exchange)
    exchange.forgetOverdue()
    assert.strictEqual(sendAll(exchange).length, 256)
  })
})
