/** A seeded generator (mulberry32): the same seed gives the same run on every machine. */
export class Random {
  private state: number

  constructor(seed: number) {
    this.state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) >>> 0
  }

  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0
    let value = Math.imul(this.state ^ (this.state >>> 15), this.state | 1)
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61)
    return (value ^ (value >>> 14)) >>> 0
  }

  /** 0 to `limit` - 1. */
  below(limit: number): number {
    return this.next() % limit
  }

  /** `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1)
  }

  chance(probability: number): boolean {
    return this.next() < probability * 2 ** 32
  }

  pick<T>(values: ReadonlyArray<T>): T {
    return values[this.below(values.length)]!
  }

  /** One of the values, each as often as its weight says. */
  weighted<T>(choices: ReadonlyArray<readonly [weight: number, value: T]>): T {
    const total = choices.reduce((sum, [weight]) => sum + weight, 0)
    let left = (this.next() / 2 ** 32) * total
    for (const [weight, value] of choices) {
      left -= weight
      if (left < 0) return value
    }
    return choices.at(-1)![1]
  }
}
