import { assert, describe, it } from "@effect/vitest"
import { fileURLToPath } from "node:url"
import { rolldown } from "rolldown"

const entry = fileURLToPath(new URL("../src/client.ts", import.meta.url))

describe("the entry for browsers", () => {
  it("reaches nothing of Node, through whatever it imports", async () => {
    const foreign: Array<string> = []
    const bundle = await rolldown({
      input: entry,
      platform: "browser",
      resolve: { conditionNames: ["@effect-enet/source", "browser", "import", "default"] },
      plugins: [{
        name: "watch",
        resolveId: (source, importer) => {
          if (source.startsWith("node:") || source === "ws") foreign.push(`${source} from ${importer}`)
          return null
        }
      }]
    })
    const { output } = await bundle.generate()
    await bundle.close()
    assert.deepStrictEqual(foreign, [])
    assert.isFalse(output[0].code.includes("require("))
    assert.deepStrictEqual(output[0].imports, [])
  }, 30_000)
})
