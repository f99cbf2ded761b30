/**
 * Serves the page, and its script in one piece: Effect and the client, made for browsers.
 */
import { Effect } from "effect"
import { readFileSync } from "node:fs"
import * as Http from "node:http"
import { fileURLToPath } from "node:url"
import { build } from "rolldown"

const fileOf = (name: string): string => fileURLToPath(new URL(`page/${name}`, import.meta.url))

const bundle = Effect.promise(async () => {
  const { output } = await build({
    input: fileOf("page.ts"),
    platform: "browser",
    resolve: { conditionNames: ["@effect-enet/source", "browser", "import", "default"] },
    output: { minify: true },
    write: false
  })
  return output[0].code
})

/** @param url the room's own, which the page asks for */
export const servePage = Effect.fnUntraced(function*(port: number, url: string) {
  const files: Readonly<Record<string, readonly [type: string, content: string]>> = {
    "/": ["text/html; charset=utf-8", readFileSync(fileOf("index.html"), "utf8")],
    "/style.css": ["text/css", readFileSync(fileOf("style.css"), "utf8")],
    "/page.js": ["text/javascript", yield* bundle],
    "/server.txt": ["text/plain", url]
  }
  const server = yield* Effect.acquireRelease(
    Effect.sync(() =>
      Http.createServer((request, response) => {
        const [type, content] = files[request.url ?? ""] ?? []
        if (type === undefined) response.writeHead(404).end()
        else response.writeHead(200, { "Content-Type": type, "Cache-Control": "no-store" }).end(content)
      })
    ),
    (server) =>
      Effect.sync(() => {
        server.close()
        server.closeAllConnections()
      })
  )
  return yield* Effect.callback<string, Error>((resume) => {
    server.once("error", (error) => resume(Effect.fail(error)))
    server.listen(port, "127.0.0.1", () => {
      const address = server.address()
      const bound = typeof address === "object" && address !== null ? address.port : port
      resume(Effect.succeed(`http://127.0.0.1:${bound}/`))
    })
  })
})
