/**
 * The tests of hosts in `packages/core`, unchanged, on a memory network whose sockets have DTLS: the one on the port of
 * the tests' servers is a server, all others are clients.
 *
 * What cannot hold under DTLS is named in `otherwise.ts`. Those tests run as well and must fail, so one that passes has
 * no place there.
 */
import type * as Testing from "@effect-enet/core/testing"
import type * as Vitest from "@effect/vitest"
import { Layer } from "effect"
import { globSync } from "node:fs"
import { expect, it, vi } from "vitest"
import * as Dtls from "../../src/Dtls.ts"
import { clientOptions, serverOptions, serverPort } from "../kit/layers.ts"
import { otherwise } from "./otherwise.ts"

/** Milliseconds after which a test that must fail has hung. They run on virtual time. */
const HANGS = 2000

/** How many tests bear a name of `otherwise`. */
const seen = new Map<string, number>()

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

vi.mock("@effect/vitest", async (importActual) => {
  const actual = await importActual<typeof Vitest>()
  const effect = new Proxy(actual.it.effect, {
    apply: (target, _, [name, self, options]: Parameters<typeof actual.it.effect>) => {
      if (!otherwise.has(name)) return target(name, self, options)
      seen.set(name, (seen.get(name) ?? 0) + 1)
      return target.fails(name, self, HANGS)
    }
  })
  return {
    ...actual,
    it: new Proxy(actual.it, { get: (target, key) => key === "effect" ? effect : Reflect.get(target, key) })
  }
})

for (const file of globSync("../../../core/test/host/*.test.ts", { cwd: import.meta.dirname })) {
  await import(new URL(file, import.meta.url).href)
}

it("every test that cannot hold is there, once", () => {
  expect(seen).toEqual(new Map([...otherwise.keys()].map((name) => [name, 1])))
})
