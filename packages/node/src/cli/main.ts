/**
 * The `effect-enet` command, without the process around it: what tests run.
 */
import * as CliConfig from "effect/cli/CliConfig"
import * as Command from "effect/cli/Command"
import * as GlobalFlag from "effect/cli/GlobalFlag"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { cert } from "./cert.ts"
import { client } from "./client.ts"
import { decode } from "./decode.ts"
import * as Errors from "./errors.ts"
import { replay } from "./replay.ts"
import { serve } from "./serve.ts"
import { version } from "./version.ts"

const command = Command.make("effect-enet").pipe(
  Command.withDescription(
    "A Swiss knife for ENet, the reliable UDP protocol of many games\n\n" +
      "  Exit status: 0 when all is well; 1 when it is not, and a line says why; 130, 143 or 129 after Ctrl-C, SIGTERM or\n" +
      "  SIGHUP, and 141 when nobody reads the output any more: peers are told first"
  ),
  Command.withSubcommands([serve, client, decode, replay, cert])
)

const layer = Layer.mergeAll(
  Errors.layer,
  CliConfig.layer({ builtIns: [GlobalFlag.Help, GlobalFlag.Version, GlobalFlag.Completions] })
)

/** Runs the command with arguments; what it fails with carries its exit status. */
export const run = (args: ReadonlyArray<string>) => Effect.provide(Command.runWith(command, { version })(args), layer)
