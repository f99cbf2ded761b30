/**
 * Random numbers from a seed: the same seed gives the same numbers, on every machine.
 *
 * @since 0.1.0
 */

/** FNV-1a over the UTF-16 units of a text. */
const hash = (text: string, seed: number): number => {
  let value = (0x811c9dc5 ^ seed) >>> 0
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  return value >>> 0
}

/**
 * A generator of good quality and small state (sfc32). It is an Effect `Random` too, so a program can draw from it with
 * `Effect.provideService(Random.Random, new SeededRandom(1))`.
 *
 * @since 0.1.0
 * @category models
 */
export class SeededRandom {
  readonly seed: number
  private a: number
  private b: number
  private c: number
  private counter = 1

  constructor(seed: number) {
    this.seed = seed >>> 0
    this.a = this.seed
    this.b = Math.floor(seed / 0x100000000) | 0
    this.c = 0x9e3779b9 | 0
    for (let i = 0; i < 12; i++) this.word()
  }

  /** A generator of its own for something that has a name: what others draw does not change what it draws. */
  fork(name: string): SeededRandom {
    return new SeededRandom(hash(name, this.seed))
  }

  /** 32 bits, as an unsigned number. */
  word(): number {
    const sum = (((this.a + this.b) | 0) + this.counter) | 0
    this.counter = (this.counter + 1) | 0
    this.a = this.b ^ (this.b >>> 9)
    this.b = (this.c + (this.c << 3)) | 0
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0
    return sum >>> 0
  }

  /** From 0 up to, but not including, 1. */
  next(): number {
    return this.word() / 0x100000000
  }

  /** An integer from `minimum` to `maximum`, both included. */
  integer(minimum: number, maximum: number): number {
    return minimum + Math.floor(this.next() * (maximum - minimum + 1))
  }

  chance(probability: number): boolean {
    return probability > 0 && this.next() < probability
  }

  /** One of the values; there must be one. */
  pick<A>(values: ReadonlyArray<A>): A {
    return values[this.integer(0, values.length - 1)]!
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length)
    for (let i = 0; i < length; i++) bytes[i] = this.word()
    return bytes
  }

  /** Of Effect's `Random`. */
  nextDoubleUnsafe(): number {
    return this.next()
  }

  /** Of Effect's `Random`: a safe integer. */
  nextIntUnsafe(): number {
    return this.integer(0, 0x1fffff) * 0x100000000 + this.word() - Number.MAX_SAFE_INTEGER
  }
}
