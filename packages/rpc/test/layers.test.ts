import { RangeCoder } from "@effect-enet/core"
import { SimulatedNetwork, TestTime } from "@effect-enet/core/testing"
import { Dtls } from "@effect-enet/dtls"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Layer, Stream } from "effect"
import { RpcClient } from "effect/rpc"
import type { DatagramSocket } from "effect/socket"
import { clientOptions, serverOptions } from "../../dtls/test/kit/layers.ts"
import { address, Api, bad, clientOn, makeLog, serverOn } from "./Kit.ts"

type Socket = Layer.Layer<DatagramSocket.DatagramSocket>
type Wrap = (socket: Socket) => Socket

const plain: Wrap = (socket) => socket

const variants: ReadonlyArray<readonly [name: string, server: Wrap, client: Wrap, compress: boolean]> = [
  ["the range coder", plain, plain, true],
  [
    "DTLS",
    (socket) => Dtls.layerServer(serverOptions()).pipe(Layer.provide(socket), Layer.orDie),
    (socket) => Dtls.layerClient(clientOptions()).pipe(Layer.provide(socket), Layer.orDie),
    false
  ],
  [
    "DTLS and the range coder",
    (socket) => Dtls.layerServer(serverOptions()).pipe(Layer.provide(socket), Layer.orDie),
    (socket) => Dtls.layerClient(clientOptions()).pipe(Layer.provide(socket), Layer.orDie),
    true
  ]
]

describe.each(variants)("RPC over %s, with a tenth of all datagrams lost", (_, server, client, compress) => {
  it.effect("is what it is without", () =>
    TestTime.run(Effect.scoped(Effect.gen(function*() {
      const network = yield* SimulatedNetwork.make({ seed: 5, conditions: bad })
      const compressor = compress ? RangeCoder.layer : Layer.empty
      const at = { host: address.address, port: address.port }
      yield* Layer.build(serverOn(server(network.layer(at)), makeLog()).pipe(Layer.provide(compressor)))
      const protocol = yield* Layer.build(clientOn(client(network.layer())).pipe(Layer.provide(compressor)))
      const api = yield* Effect.provideContext(RpcClient.make(Api), protocol)
      const text = "hello ".repeat(2000)
      expect(yield* api.Echo({ text })).toBe(text)
      expect(yield* Stream.runCollect(api.Count({ to: 200 }))).toHaveLength(200)
      expect((yield* Effect.flip(api.Find({ name: "Bob" })))._tag).toBe("NotFound")
    }))))
})
