import { describe, expect, it } from "@effect/vitest"
import { byLink, byName, check, type Repository } from "../namedTests.ts"

const files: Readonly<Record<string, string>> = {
  "packages/core/test/a.test.ts": `it("does this", ...); it("W1 W2 and that", ...)`,
  "docs/other.md": "text"
}

const repository: Repository = {
  read: (path) => files[path],
  pathOf: (name) => Object.keys(files).find((path) => path.endsWith(`/${name}`))
}

const page = (head: string, ...rows: ReadonlyArray<string>) =>
  ["# Page", "", head, "| --- | --- |", ...rows, ""].join("\n")

describe("a table of named tests", () => {
  it("is in order when each row names a test that exists", () => {
    const text = page("| Attack | Test |", "| one | `a.test.ts`: does this |")
    expect(check(text, byName, repository)).toEqual({ named: 1, faults: [] })
  })

  it("is not when a row names none", () => {
    const text = page("| Attack | Test |", "| one | `a.test.ts`: does this |", "| two | all over the place |")
    expect(check(text, byName, repository)).toEqual({
      named: 1,
      faults: [{ line: 6, fault: "the row names no test" }]
    })
    const linked = page("| | tests |", "| E1 | [a](../packages/core/test/a.test.ts) |", "| E2 | |")
    expect(check(linked, byLink, repository).faults).toEqual([{ line: 6, fault: "the row names no test" }])
  })

  it("is not when a test or its file is missing", () => {
    const text = page("| Attack | Test |", "| one | `a.test.ts`: does that |", "| two | `b.test.ts`: does this |")
    expect(check(text, byName, repository).faults.map(({ fault }) => fault)).toEqual([
      "no test \"does that\" in a.test.ts",
      "no test \"does this\" in b.test.ts"
    ])
    const linked = page("| | tests |", "| E1 | [b](../packages/core/test/b.test.ts) |")
    expect(check(linked, byLink, repository).faults).toEqual([{
      line: 5,
      fault: "no file packages/core/test/b.test.ts"
    }])
  })

  it("is not when a link has another name than its file, or the file no test of the row's number", () => {
    const file = "../packages/core/test/a.test.ts"
    const text = page("| | tests |", `| W1 | [b](${file}) |`, `| W3 | [a](${file}) |`, `| W2 | [a](${file}) |`)
    expect(check(text, byLink, repository).faults).toEqual([
      { line: 5, fault: "[b] is not the name of packages/core/test/a.test.ts" },
      { line: 6, fault: "no test of W3 in packages/core/test/a.test.ts" }
    ])
  })
})

describe("a table of other things", () => {
  it("need not name tests, but what it names must exist", () => {
    const text = page("| Code | Meaning |", "| 1 | one |", "| 2 | see [c](../docs/missing.md) |")
    expect(check(text, byLink, repository)).toEqual({
      named: 1,
      faults: [{ line: 6, fault: "no file docs/missing.md" }]
    })
  })

  it("does not lend its head to the next table", () => {
    const text = page("| Attack | Test |", "| one | `a.test.ts`: does this |") +
      page("| Code | Meaning |", "| 1 | one |")
    expect(check(text, byName, repository)).toEqual({ named: 1, faults: [] })
  })
})
