import type { Reporter, SerializedError, TestModule } from "vitest/node"

/** Ends a run with one plain line that other programs read: `N passed, N failed, N skipped`. */
export class ClosingLine implements Reporter {
  onTestRunEnd(modules: ReadonlyArray<TestModule>, unhandledErrors: ReadonlyArray<SerializedError>) {
    const count = { passed: 0, failed: unhandledErrors.length, skipped: 0, pending: 0 }
    for (const module of modules) {
      count.failed += module.errors().length // a file that cannot be loaded
      for (const suite of module.children.allSuites()) count.failed += suite.errors().length // a hook that failed
      for (const test of module.children.allTests()) count[test.result().state]++
    }
    const skipped = count.skipped + count.pending
    console.log(`\n${count.passed} passed, ${count.failed} failed${skipped === 0 ? "" : `, ${skipped} skipped`}`)
  }
}
