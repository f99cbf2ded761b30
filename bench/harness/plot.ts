/**
 * Line charts as SVG, on a light ground of their own so that they can be read on a dark page too.
 */
import type { Series } from "./Scenario.ts"

export interface Axis {
  readonly label: string
  readonly scale: "linear" | "logarithmic"
}

export interface Chart {
  readonly title: string
  readonly x: Axis
  readonly y: Axis
  readonly series: ReadonlyArray<Series>
}

const WIDTH = 760
const HEIGHT = 420
const FRAME = { left: 76, right: 24, top: 84, bottom: 60 }
const INK = "#24292f"
const GRID = "#d8dee4"
/** Told apart by the colour-blind too; the marks differ as well. */
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7"]

interface Scale {
  readonly ticks: ReadonlyArray<number>
  /** 0 at the lower end, 1 at the upper. */
  readonly at: (value: number) => number
}

const logarithmic = (values: ReadonlyArray<number>): Scale => {
  const positive = values.filter((value) => value > 0)
  const [low, high] = [Math.min(...positive), Math.max(...positive)].map(Math.log10)
  const [from, to] = [Math.floor((low ?? 0) * 3) / 3, Math.ceil((high ?? 1) * 3) / 3]
  const decades = Array.from({ length: Math.ceil(to) - Math.floor(from) + 1 }, (_, index) => Math.floor(from) + index)
  const steps = decades.length > 4 ? [1] : [1, 2, 5]
  const ticks = decades.flatMap((decade) => steps.map((step) => step * 10 ** decade))
  const at = (value: number) => (Math.log10(value) - from) / (to - from || 1)
  return { ticks: ticks.filter((tick) => at(tick) >= -1e-9 && at(tick) <= 1 + 1e-9), at }
}

const linear = (values: ReadonlyArray<number>): Scale => {
  const high = Math.max(...values)
  const rough = high / 5
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? rough
  const count = Math.ceil(high / step)
  return { ticks: Array.from({ length: count + 1 }, (_, index) => index * step), at: (value) => value / (count * step) }
}

const scaleOf = ({ scale }: Axis, values: ReadonlyArray<number>): Scale =>
  scale === "linear" ? linear(values) : logarithmic(values)

const number = (value: number): string => Number(value.toPrecision(4)).toLocaleString("en-US")

const escape = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")

const text = (x: number, y: number, content: string, attributes = ""): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${escape(content)}</text>`

const mark = (x: number, y: number, index: number, colour: string): string =>
  index % 2 === 0
    ? `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="4" fill="${colour}"/>`
    : `<rect x="${(x - 4).toFixed(1)}" y="${(y - 4).toFixed(1)}" width="8" height="8" fill="${colour}"/>`

export const toSvg = ({ series, title, x, y }: Chart): string => {
  const points = series.flatMap((line) => line.points)
  const [scaleX, scaleY] = [scaleOf(x, points.map(([value]) => value)), scaleOf(y, points.map(([, value]) => value))]
  const [width, height] = [WIDTH - FRAME.left - FRAME.right, HEIGHT - FRAME.top - FRAME.bottom]
  const left = (value: number) => FRAME.left + scaleX.at(value) * width
  const top = (value: number) => FRAME.top + height - scaleY.at(value) * height
  const bottom = FRAME.top + height
  const rule = (x1: number, y1: number, x2: number, y2: number) =>
    `<line x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}" stroke="${GRID}"/>`
  const grid = [
    ...scaleX.ticks.flatMap((tick) => [
      rule(left(tick), FRAME.top, left(tick), bottom),
      text(left(tick), bottom + 18, number(tick), `text-anchor="middle"`)
    ]),
    ...scaleY.ticks.flatMap((tick) => [
      rule(FRAME.left, top(tick), FRAME.left + width, top(tick)),
      text(FRAME.left - 8, top(tick) + 4, number(tick), `text-anchor="end"`)
    ])
  ]
  const middle = FRAME.top + height / 2
  const labels = [
    text(FRAME.left, 28, title, `font-size="16" font-weight="bold"`),
    text(FRAME.left + width / 2, HEIGHT - 16, x.label, `text-anchor="middle"`),
    text(20, middle, y.label, `text-anchor="middle" transform="rotate(-90 20 ${middle})"`)
  ]
  const lines = series.flatMap((line, index) => {
    const colour = COLOURS[index % COLOURS.length] ?? INK
    const places = line.points.map(([px, py]) => [left(px), top(py)] as const)
    const path = places.map(([px, py]) => `${px.toFixed(1)},${py.toFixed(1)}`).join(" ")
    const legend = FRAME.left + 8 + index * 180
    return [
      `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`,
      ...places.map(([px, py]) => mark(px, py, index, colour)),
      mark(legend, 54, index, colour),
      text(legend + 12, 58, line.name)
    ]
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" ` +
    `font-family="system-ui, sans-serif" font-size="13" fill="${INK}" role="img">`,
    `<title>${escape(title)}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" rx="8" fill="#ffffff"/>`,
    ...grid,
    ...labels,
    ...lines,
    "</svg>",
    ""
  ].join("\n")
}
