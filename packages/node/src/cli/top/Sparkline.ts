/**
 * Numbers as few characters.
 */
const BARS = "▁▂▃▄▅▆▇█"

/** One character for each value, the newest at the right; the highest fills the line. */
export const sparkline = (values: ReadonlyArray<number>, width: number): string => {
  const shown = width > 0 ? values.slice(-width) : []
  const highest = Math.max(...shown, 0)
  const bars = shown.map((value) => {
    const level = highest === 0 ? 0 : Math.ceil((value / highest) * (BARS.length - 1))
    return BARS[level] ?? ""
  })
  return bars.join("").padStart(width)
}

/** At most four digits and a unit. */
export const amount = (bytes: number): string => {
  const units = ["B", "kB", "MB", "GB"]
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1
  return `${value.toFixed(digits)} ${units[unit]}`
}
