import { defaultSettings } from "@effect-enet/core/protocol/Host"
import { Recorder } from "@effect-enet/core/Recorder"
import { NodeRecorder } from "@effect-enet/node"
import { NodeFileSystem } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Layer, Logger, PlatformError } from "effect"
import { constants } from "node:os"

type WriteAll = FileSystem.File["writeAll"]

/** Files that are written in another way. */
const filesWith = (writing: (file: FileSystem.File) => WriteAll) =>
  Layer.effect(
    FileSystem.FileSystem,
    Effect.map(FileSystem.FileSystem, (files) => ({
      ...files,
      open: (...args: Parameters<typeof files.open>) =>
        Effect.map(files.open(...args), (file): FileSystem.File => {
          const writeAll = writing(file)
          return new Proxy(file, {
            get: (target, key) => key === "writeAll" ? writeAll : Reflect.get(target, key, target)
          })
        })
    }))
  ).pipe(Layer.provideMerge(NodeFileSystem.layer))

/** Files whose writes take a while between their first byte and the others. */
const SlowFiles = filesWith((file) =>
  Effect.fnUntraced(function*(bytes: Uint8Array) {
    yield* file.writeAll(bytes.subarray(0, 1))
    yield* Effect.sleep(20)
    yield* file.writeAll(bytes.subarray(1))
  })
)

/** Files that take nothing. */
const fullDisk = (onWrite: () => void) =>
  filesWith(() => () =>
    Effect.suspend(() => {
      onWrite()
      const cause = { errno: -constants.errno.ENOSPC }
      return Effect.fail(
        PlatformError.systemError({ _tag: "Unknown", module: "FileSystem", method: "writeAll", cause })
      )
    })
  )

describe("NodeRecorder", () => {
  it.live("has written every line when its scope has closed, the one that was being written too", () =>
    Effect.gen(function*() {
      const files = yield* FileSystem.FileSystem
      const path = `${yield* files.makeTempDirectoryScoped()}/session.jsonl`
      yield* Effect.gen(function*() {
        const step = (yield* Recorder)?.(defaultSettings)
        yield* Effect.sleep(10)
        assert.strictEqual(yield* files.readFileString(path), "{")
        for (let now = 0; now < 3; now++) step?.({ now, eventSlots: 0, inputs: [], sent: [] })
      }).pipe(Effect.provide(NodeRecorder.layerFile(path)))
      const [header, ...steps] = (yield* files.readFileString(path)).trimEnd().split("\n")
      assert.include(header, "\"recording\":\"effect-enet\"")
      assert.deepStrictEqual(steps.map((line) => JSON.parse(line).now), [0, 1, 2])
    }).pipe(Effect.provide(SlowFiles)))

  it.live("says once that its file takes nothing more, and keeps nothing for it", () =>
    Effect.gen(function*() {
      const files = yield* FileSystem.FileSystem
      const path = `${yield* files.makeTempDirectoryScoped()}/session.jsonl`
      const logged: Array<unknown> = []
      let writes = 0
      const logger = Logger.make(({ logLevel, message }) => void logged.push([logLevel, message]))
      yield* Effect.gen(function*() {
        const step = (yield* Recorder)?.(defaultSettings)
        for (let now = 0; now < 3; now++) {
          yield* Effect.sleep(10)
          step?.({ now, eventSlots: 0, inputs: [], sent: [] })
        }
      }).pipe(
        Effect.provide(NodeRecorder.layerFile(path)),
        Effect.provide(fullDisk(() => writes++)),
        Effect.provide(Logger.layer([logger]))
      )
      assert.strictEqual(writes, 1)
      const says = `cannot record to ${path} any more: no space left on device`
      assert.deepStrictEqual(logged, [["Error", [says]]])
    }).pipe(Effect.provide(NodeFileSystem.layer)))
})
