/**
 * Replays a fixed list of inputs and prints how many bytes `step` allocated for each message, as JSON. A program of its
 * own, because it needs flags: only interpreted code always allocates the same, and nothing may be collected meanwhile.
 */
import { Host, type Input, step, Workspace } from "@effect-enet/core/protocol"
import { PerformanceObserver } from "node:perf_hooks"
import { setImmediate } from "node:timers/promises"
import { ack, connect, datagram, reliable } from "./segments.ts"

const PEERS = 64
const ROUNDS = 16
const NOW = 1000
const payload = new Uint8Array(64)

const slots = Array.from({ length: PEERS }, (_, slot) => slot)
const service: Input.Input = { _tag: "Service" }
const dispatch: Input.Input = { _tag: "Dispatch" }

const from = (slot: number, bytes: Uint8Array): Input.Input => ({
  _tag: "Datagram",
  address: { host: "10.1.0.1", port: 9000 + slot },
  bytes
})

type Recording = ReadonlyArray<ReadonlyArray<Input.Input>>

const replay = (host: Host.Host, recording: Recording, workspace: Workspace) => {
  let [state, events, sent] = [host, 0, 0]
  for (const inputs of recording) {
    const { outputs, state: next } = step(state, inputs, NOW, { workspace })
    state = next
    events += outputs.events.length
    sent += outputs.transmits.length
  }
  return { state, events, sent }
}

const connected = (): Host.Host =>
  replay(Host.make({ maxPeers: PEERS }), [
    [...slots.map((slot) => from(slot, datagram({ peerID: 0xfff }, [connect({ connectID: slot })]))), service],
    [...slots.map((slot) => from(slot, datagram({ peerID: slot }, [ack(1, NOW)]))), dispatch]
  ], new Workspace()).state

/** An echo server: each peer sends a reliable message in each round and acknowledges the echo of the one before. */
const echoes = (perStep: number): Recording =>
  Array.from({ length: ROUNDS }, (_, index) => index + 1).flatMap((round) =>
    Array.from({ length: PEERS / perStep }, (_, batch) => slots.slice(batch * perStep, (batch + 1) * perStep))
      .flatMap((batch) => [
        [
          ...batch.map((slot) =>
            from(
              slot,
              datagram({ peerID: slot }, [
                ...(round === 1 ? [] : [ack(round - 1, NOW, 0)]),
                reliable(0, round, payload)
              ])
            )
          ),
          dispatch
        ],
        [
          ...batch.map((slot): Input.Send => ({
            _tag: "Send",
            peer: { slot, connection: slot + 1 },
            channelID: 0,
            packet: { payload, flags: 1 }
          })),
          service
        ]
      ])
  )

const collections = new PerformanceObserver(() => {})
collections.observe({ entryTypes: ["gc"] })

const measure = async (recording: Recording): Promise<number> => {
  const host = connected()
  const workspace = new Workspace()
  for (let warm = 0; warm < 6; warm++) replay(host, recording, workspace)
  globalThis.gc?.()
  await setImmediate()
  collections.takeRecords()
  const before = process.memoryUsage().heapUsed
  const { events, sent } = replay(host, recording, workspace)
  const after = process.memoryUsage().heapUsed
  await setImmediate()
  if (collections.takeRecords().length > 0) throw new Error("garbage was collected meanwhile")
  const messages = PEERS * ROUNDS
  if (events !== messages || sent !== messages) throw new Error(`${events} events and ${sent} datagrams`)
  return Math.round((after - before) / messages)
}

process.stdout.write(JSON.stringify({ single: await measure(echoes(1)), batched: await measure(echoes(32)) }))
