/**
 * Builds the C programs.
 */
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"

/** Whether they are there now; the compiler's complaints are on the terminal. */
export const buildPrograms = (): boolean =>
  spawnSync("bash", [fileURLToPath(new URL("build.sh", import.meta.url))], { stdio: "inherit" }).status === 0
