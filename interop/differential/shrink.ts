/**
 * Leaves out operations as long as what remains still fails.
 */
import { compare, type Mismatch } from "./compare.ts"
import { makeOperations } from "./operations.ts"
import type { Oracle } from "./oracle.ts"
import { makePlan } from "./plan.ts"
import type { Failure } from "./report.ts"
import { runOurs } from "./world.ts"

const MILLISECONDS = 30_000

export const shrink = async (oracle: Oracle, seed: number, steps: number, first: Mismatch): Promise<Failure> => {
  const plan = makePlan(seed)
  const operations = makeOperations(plan, steps)
  const deadline = performance.now() + MILLISECONDS
  const attempt = async (kept: ReadonlyArray<number>): Promise<Mismatch | undefined> => {
    const script = runOurs(plan, operations, kept)
    return compare(script, await oracle.ask(script.entries.map(({ command }) => command))).mismatch
  }
  let kept: ReadonlyArray<number> = Array.from({ length: first.step + 1 }, (_, index) => index)
  let mismatch = first
  for (let size = Math.ceil(kept.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = kept.length - size; start > -size && performance.now() < deadline; start -= size) {
      const less = kept.filter((_, index) => index < start || index >= start + size)
      const still = await attempt(less)
      if (still === undefined) continue
      mismatch = still
      kept = less.filter((step) => step <= still.step)
    }
  }
  return { seed, steps, first, kept, mismatch }
}
