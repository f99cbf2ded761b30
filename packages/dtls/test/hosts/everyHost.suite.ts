/**
 * The tests of hosts in `packages/core`, unchanged, on a memory network whose sockets have DTLS: the one on the port of
 * the tests' servers is a server, all others are clients.
 */
import type * as Testing from "@effect-enet/core/testing"
import { Layer } from "effect"
import { globSync } from "node:fs"
import { vi } from "vitest"
import * as Dtls from "../../src/Dtls.ts"
import { clientOptions, serverOptions, serverPort } from "../kit/layers.ts"

vi.mock("@effect-enet/core/testing", async (importActual) => {
  const actual = await importActual<typeof Testing>()
  const make = () => {
    const network = actual.MemoryNetwork.make()
    return {
      layer: (address: { readonly host?: string | undefined; readonly port?: number | undefined } = {}) => {
        const dtls = address.port === serverPort
          ? Dtls.layerServer(serverOptions())
          : Dtls.layerClient(clientOptions())
        return dtls.pipe(Layer.provide(network.layer(address)), Layer.orDie)
      }
    }
  }
  return { ...actual, MemoryNetwork: { ...actual.MemoryNetwork, make } }
})

for (const file of globSync("../../../core/test/host/*.test.ts", { cwd: import.meta.dirname })) {
  await import(new URL(file, import.meta.url).href)
}
