/**
 * A thread that floods a port of loopback: with CONNECTs from many addresses, as if they were forged, or with noise.
 */
import { type Command, Encode, Header } from "@effect-enet/core/wire"
import { createSocket, type Socket } from "node:dgram"
import { once } from "node:events"
import { parentPort, workerData } from "node:worker_threads"

export interface FloodData {
  readonly kind: "connects" | "noise"
  readonly port: number
  readonly perSecond: number
}

const SOCKETS = 200
const TICK_MS = 5

const request = (connectID: number): Command.Connect => ({
  _tag: "Connect",
  flags: 0x80,
  channelID: 0xff,
  reliableSequenceNumber: 1,
  outgoingPeerID: 0,
  incomingSessionID: 0xff,
  outgoingSessionID: 0xff,
  mtu: 1392,
  windowSize: 65536,
  channelCount: 1,
  incomingBandwidth: 0,
  outgoingBandwidth: 0,
  packetThrottleInterval: 5000,
  packetThrottleAcceleration: 2,
  packetThrottleDeceleration: 2,
  connectID,
  data: 0
})

const connectDatagram = (connectID: number): Uint8Array => {
  const bytes = new Uint8Array(52)
  const start = Header.encode({ peerID: 0xfff, sessionID: 0, compressed: false, sentTime: 1 }, bytes)
  Encode.encodeCommand(request(connectID), bytes, start)
  return bytes
}

const noiseDatagram = (index: number): Uint8Array => {
  const bytes = new Uint8Array(40)
  for (let i = 0; i < bytes.length; i++) bytes[i] = Math.imul(index + 1, 0x9e3779b9 + 2 * i) >>> 24
  return bytes
}

const open = async (index: number): Promise<Socket> => {
  const socket = createSocket("udp4")
  // all of 127.0.0.0/8 is this machine
  socket.bind(0, `127.${1 + (index % 100)}.${Math.floor(index / 100)}.1`)
  await once(socket, "listening")
  return socket
}

const flood = async ({ kind, perSecond, port }: FloodData): Promise<void> => {
  const sockets = await Promise.all(Array.from({ length: SOCKETS }, (_, index) => open(index)))
  const make = kind === "connects" ? connectDatagram : noiseDatagram
  const start = performance.now()
  let sent = 0
  const timer = setInterval(() => {
    for (const due = ((performance.now() - start) * perSecond) / 1000; sent < due; sent++) {
      sockets[sent % SOCKETS]?.send(make(sent), port, "127.0.0.1")
    }
  }, TICK_MS)
  parentPort?.once("message", () => {
    clearInterval(timer)
    for (const socket of sockets) socket.close()
    parentPort?.postMessage(sent)
  })
  parentPort?.postMessage("started")
}

await flood(workerData)
