import { readFileSync } from "node:fs"

/** A fenced block of TypeScript in a Markdown file. */
export interface CodeBlock {
  /** The line of the opening fence, counted from 1. */
  readonly line: number
  /** What follows the three back-ticks, for example `ts run`. */
  readonly info: string
  /** The line right above the fence, where markers such as `<!-- example: server -->` stand. */
  readonly above: string
  readonly code: string
}

export const codeBlocks = (file: string): ReadonlyArray<CodeBlock> => {
  const lines = readFileSync(file, "utf8").split(/\r?\n/)
  const blocks: Array<CodeBlock> = []
  for (let start = 0; start < lines.length; start++) {
    const fence = /^```(.*)$/.exec(lines[start]!)
    if (fence === null) continue
    const end = lines.indexOf("```", start + 1)
    if (end === -1) throw new Error(`${file}:${start + 1}: this code block never ends`)
    const info = fence[1]!.trim()
    if (/^ts\b/.test(info)) {
      const code = lines.slice(start + 1, end).join("\n") + "\n"
      blocks.push({ line: start + 1, info, above: lines[start - 1] ?? "", code })
    }
    start = end
  }
  return blocks
}
