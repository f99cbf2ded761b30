import { Conditions, NetworkEmulator } from "@effect-enet/core/testing"
import { describe, expect, it } from "@effect/vitest"

const bytes = (text: string) => new TextEncoder().encode(text)

class Rig {
  readonly records: Array<NetworkEmulator.PacketRecord> = []
  readonly emulator: NetworkEmulator.NetworkEmulator

  constructor(options: NetworkEmulator.EmulatorOptions = {}) {
    this.emulator = new NetworkEmulator.NetworkEmulator({
      ...options,
      observe: (record) => void this.records.push(record)
    })
  }

  bind(host: string, port = 0): NetworkEmulator.Endpoint {
    const endpoint = this.emulator.bind({ host, port })
    if (endpoint === undefined) throw new Error("in use")
    return endpoint
  }

  send(now: number, from: NetworkEmulator.Endpoint, to: NetworkEmulator.Endpoint, text = "x") {
    this.emulator.send(now, from, to, bytes(text))
  }

  /** What arrives by then: `from > to text`. */
  receive(now: number): Array<string> {
    return this.emulator.receive(now).map(({ bytes, from, to }) =>
      `${NetworkEmulator.keyOf(from)} > ${NetworkEmulator.keyOf(to)} ${new TextDecoder().decode(bytes)}`
    )
  }
}

const pairOf = (options?: NetworkEmulator.EmulatorOptions) => {
  const rig = new Rig(options)
  return { rig, a: rig.bind("10.0.0.1", 1), b: rig.bind("10.0.0.2", 2) }
}

describe("the emulated network", () => {
  it("copies what is sent, so that the buffer may be used again at once", () => {
    const { a, b, rig } = pairOf()
    for (const buffer of [bytes("array"), Buffer.from("buffer")]) {
      rig.emulator.send(0, a, b, buffer)
      buffer.fill(0)
    }
    expect(rig.receive(0)).toEqual(["10.0.0.1:1 > 10.0.0.2:2 array", "10.0.0.1:1 > 10.0.0.2:2 buffer"])
  })

  it("delivers at once when nothing is said", () => {
    const { a, b, rig } = pairOf()
    rig.send(5, a, b, "hello")
    expect(rig.emulator.next).toBe(5)
    expect(rig.receive(5)).toEqual(["10.0.0.1:1 > 10.0.0.2:2 hello"])
    expect(rig.emulator.next).toBeUndefined()
    expect(rig.records.map(({ fate, from, id, to }) => `${id} ${fate} ${from} ${to}`)).toEqual([
      "1 sent 10.0.0.1:1 10.0.0.2:2",
      "1 delivered 10.0.0.1:1 10.0.0.2:2"
    ])
  })

  it("keeps a copy of the bytes", () => {
    const { a, b, rig } = pairOf()
    const payload = bytes("before")
    rig.emulator.send(0, a, b, payload)
    payload.fill(0)
    expect(rig.receive(0)).toEqual(["10.0.0.1:1 > 10.0.0.2:2 before"])
  })

  it("adds up what the two places and the link do", () => {
    const { a, b, rig } = pairOf({ conditions: { latency: 100 } })
    rig.emulator.setAccess("10.0.0.1", { latency: 10 }, { latency: 20 })
    rig.emulator.setAccess("10.0.0.2:2", { latency: 1 }, { latency: 2 })
    rig.send(0, a, b)
    expect(rig.receive(111)).toEqual([])
    expect(rig.receive(112)).toHaveLength(1)
    rig.send(200, b, a)
    expect(rig.receive(320)).toEqual([])
    expect(rig.receive(321)).toHaveLength(1)
  })

  it("what is said of a socket goes before what is said of its host", () => {
    const { a, b, rig } = pairOf()
    rig.emulator.setAccess("10.0.0.1", { latency: 50 }, {})
    rig.emulator.setAccess("10.0.0.1:1", { latency: 5 }, {})
    rig.send(0, a, b)
    expect(rig.emulator.next).toBe(5)
  })

  it("a link may have conditions of its own, in one direction", () => {
    const { a, b, rig } = pairOf({ conditions: { latency: 10 } })
    rig.emulator.setLink("10.0.0.1", "10.0.0.2", { latency: 70 })
    rig.send(0, a, b, "slow")
    rig.send(0, b, a, "fast")
    expect(rig.receive(10)).toEqual(["10.0.0.2:2 > 10.0.0.1:1 fast"])
    rig.emulator.setLink("10.0.0.1", "10.0.0.2", undefined)
    rig.send(100, a, b, "again")
    expect(rig.receive(110)).toEqual(["10.0.0.1:1 > 10.0.0.2:2 slow", "10.0.0.1:1 > 10.0.0.2:2 again"])
  })

  it("changes its conditions while it runs; what is under way keeps its time", () => {
    const { a, b, rig } = pairOf({ conditions: { latency: 10 } })
    rig.send(0, a, b, "1")
    rig.emulator.setConditions({ latency: 100 })
    rig.send(1, a, b, "2")
    rig.emulator.setConditions({ loss: 1 })
    rig.send(2, a, b, "3")
    expect(rig.receive(10)).toEqual(["10.0.0.1:1 > 10.0.0.2:2 1"])
    expect(rig.receive(1_000)).toEqual(["10.0.0.1:1 > 10.0.0.2:2 2"])
    expect(rig.emulator.counters).toMatchObject({ sent: 3, delivered: 2, lost: 1 })
  })

  it("a place's line is shared by all it talks to", () => {
    const { a, b, rig } = pairOf()
    const c = rig.bind("10.0.0.3", 3)
    rig.emulator.setAccess("10.0.0.1", { rate: 1_000, queue: 10_000 }, {})
    rig.send(0, a, b, "to b")
    rig.send(0, a, c, "to c")
    expect(rig.receive(32)).toEqual(["10.0.0.1:1 > 10.0.0.2:2 to b"])
    expect(rig.receive(64)).toEqual(["10.0.0.1:1 > 10.0.0.3:3 to c"])
  })

  it("partitions", () => {
    const { a, b, rig } = pairOf({ conditions: { latency: 10 } })
    const c = rig.bind("10.0.0.3", 3)
    rig.send(0, a, b, "under way")
    rig.emulator.partition(["10.0.0.1"], ["10.0.0.2", "10.0.0.3:3"])
    rig.send(1, a, b)
    rig.send(1, b, a)
    rig.send(1, a, c)
    rig.send(1, b, c, "same side")
    expect(rig.receive(20)).toEqual(["10.0.0.1:1 > 10.0.0.2:2 under way", "10.0.0.2:2 > 10.0.0.3:3 same side"])
    expect(rig.emulator.counters.partitioned).toBe(3)
    rig.emulator.heal()
    rig.send(30, a, b, "again")
    expect(rig.receive(40)).toHaveLength(1)
  })

  it("rebinds: others see a new port, the old one leads nowhere, the socket itself stays", () => {
    const { a, b, rig } = pairOf()
    const external = rig.emulator.rebind(a, { host: a.host, port: 0 })!
    expect(external.port).not.toBe(1)
    rig.send(0, a, b, "it is me")
    expect(rig.receive(0)).toEqual([`10.0.0.1:${external.port} > 10.0.0.2:2 it is me`])
    rig.send(1, b, a, "to the old one")
    expect(rig.receive(1)).toEqual([])
    rig.send(2, b, external, "to the new one")
    expect(rig.receive(2)).toEqual(["10.0.0.2:2 > 10.0.0.1:1 to the new one"])
    expect(rig.emulator.counters.unreachable).toBe(1)
    expect(rig.emulator.externalOf(a)).toEqual(external)
    expect(rig.emulator.rebind(b, external)).toBeUndefined()
    // the place is still the one it was
    rig.emulator.setAccess("10.0.0.1", { loss: 1 }, {})
    rig.send(3, a, b)
    expect(rig.receive(3)).toEqual([])
    expect(rig.emulator.counters.lost).toBe(1)
  })

  it("knows who is there", () => {
    const { a, b, rig } = pairOf({ conditions: { latency: 10 } })
    expect(rig.emulator.bind(a)).toBeUndefined()
    rig.send(0, a, b)
    rig.emulator.unbind(b)
    expect(rig.receive(10)).toEqual([])
    expect(rig.emulator.counters.unreachable).toBe(1)
    rig.send(11, b, a, "from nobody")
    expect(rig.emulator.counters.sent).toBe(1)
    expect(rig.bind("10.0.0.2", 2)).toEqual(b)
    expect(rig.bind("10.0.0.2").port).not.toBe(rig.bind("10.0.0.2").port)
  })

  it("counts every datagram once, and forgets none", () => {
    const { a, b, rig } = pairOf({ seed: 11, conditions: { ...Conditions.awful, corrupt: 0.1 } })
    rig.emulator.setAccess("10.0.0.2", Conditions.wifi, { ...Conditions.mobile, rate: 30_000, queue: 5_000 })
    for (let now = 0; now < 5_000; now++) {
      rig.send(now, a, b, `packet ${now}`)
      rig.receive(now)
    }
    const after = () => {
      const { delivered, duplicated, lost, lostInBurst, partitioned, queueFull, sent, unreachable } =
        rig.emulator.counters
      return sent + duplicated - delivered - lost - lostInBurst - queueFull - partitioned - unreachable
    }
    expect(rig.emulator.inFlight).toBeGreaterThan(0)
    expect(after()).toBe(rig.emulator.inFlight)
    rig.receive(1_000_000)
    expect(after()).toBe(0)
    for (const [fate, count] of Object.entries(rig.emulator.counters)) {
      expect(rig.records.filter((record) => record.fate === fate), fate).toHaveLength(count)
      if (fate !== "partitioned" && fate !== "unreachable") expect(count, fate).toBeGreaterThan(0)
    }
  })

  it("does the same with the same seed, whatever else happens elsewhere", () => {
    const run = (seed: number, noise: boolean) => {
      const { a, b, rig } = pairOf({ seed, conditions: Conditions.awful })
      const c = rig.bind("10.0.0.3", 3)
      const arrived: Array<string> = []
      for (let now = 0; now < 2_000; now++) {
        rig.send(now, a, b, `${now}`)
        if (noise) rig.send(now, c, a, "noise")
        for (const line of rig.receive(now)) if (!line.endsWith("noise")) arrived.push(`${now} ${line}`)
      }
      return arrived
    }
    expect(run(1, false)).toEqual(run(1, false))
    expect(run(1, true)).toEqual(run(1, false))
    expect(run(2, false)).not.toEqual(run(1, false))
  })
})
