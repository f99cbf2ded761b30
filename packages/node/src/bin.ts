#!/usr/bin/env node
/**
 * The `effect-enet` command as a process. It leaves politely when a signal interrupts it, and when nobody takes its
 * output any more.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { run } from "./cli/main.ts"
import { runMain, whileOutputIsTaken } from "./cli/process.ts"

// Standard output is for events; log lines would break up the JSON.
const logger = Logger.layer([Logger.withConsoleError(Logger.formatLogFmt)])

Effect.suspend(() => run(process.argv.slice(2))).pipe(
  whileOutputIsTaken,
  Effect.provide(Layer.mergeAll(NodeServices.layer, logger)),
  runMain
)
