/**
 * Text with colours, cut to the width of a terminal.
 */
export type Style = "plain" | "dim" | "title" | "accent" | "good" | "fair" | "bad"

const codes: { readonly [S in Style]: string } = {
  plain: "",
  dim: "\u001b[2m",
  title: "\u001b[1m",
  accent: "\u001b[36m",
  good: "\u001b[32m",
  fair: "\u001b[33m",
  bad: "\u001b[31m"
}

const RESET = "\u001b[0m"

export interface Span {
  readonly style: Style
  readonly text: string
}

export interface Drawing {
  readonly span: (style: Style, text: string) => Span
  /** Spans side by side, cut where the terminal ends. */
  readonly line: (...spans: ReadonlyArray<Span>) => string
}

/** How to draw on a terminal of this width. */
export const drawing = (columns: number, canColor: boolean): Drawing => ({
  span: (style: Style, text: string): Span => ({ style, text }),
  line: (...spans: ReadonlyArray<Span>): string => {
    let room = columns
    let line = ""
    for (const { style, text } of spans) {
      const shown = text.slice(0, room)
      room -= shown.length
      const code = canColor ? codes[style] : ""
      line += code === "" || shown === "" ? shown : `${code}${shown}${RESET}`
    }
    return line
  }
})
