#!/usr/bin/env node
/**
 * The `effect-enet` command as a process: SIGINT and SIGTERM interrupt it, and it leaves politely.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { run } from "./cli/main.ts"

// Standard output is for events; log lines would break up the JSON.
const logger = Logger.layer([Logger.withConsoleError(Logger.formatLogFmt)])

Effect.suspend(() => run(process.argv.slice(2))).pipe(
  Effect.provide(Layer.mergeAll(NodeServices.layer, logger)),
  NodeRuntime.runMain
)
