/**
 * Bytes of packed messages, one message after the other, in chunks that are never written twice: what was given out stays
 * as it is.
 */

/** Bytes of a chunk; a longer message gets one of its own. */
const CHUNK = 8192

/** Strings up to this length are written without the help of the runtime when they are ASCII. */
const SHORT = 32

export class Writer {
  /** Why the message cannot be written. */
  failure: string | undefined = undefined
  private bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0)
  private view: DataView<ArrayBuffer> = new DataView(this.bytes.buffer)
  private start = 0
  private position = 0
  private readonly encoder = new TextEncoder()

  begin(): void {
    this.failure = undefined
    this.position = this.start
  }

  end(): Uint8Array<ArrayBuffer> {
    const { position, start } = this
    this.start = position
    return this.bytes.subarray(start, position)
  }

  fail(expected: string, actual: unknown): void {
    this.failure ??= `expected ${expected}, got ${describe(actual)}`
  }

  /** Makes room, in a new chunk if need be. */
  private ensure(length: number): void {
    if (this.position + length <= this.bytes.length) return
    const written = this.position - this.start
    const next = new Uint8Array(Math.max(CHUNK, 2 * (written + length)))
    next.set(this.bytes.subarray(this.start, this.position))
    this.bytes = next
    this.view = new DataView(next.buffer)
    this.start = 0
    this.position = written
  }

  byte(value: number): void {
    this.ensure(1)
    this.bytes[this.position++] = value
  }

  /** Seven bits in a byte, the lowest first. */
  unsigned(value: number): void {
    this.ensure(8)
    while (value > 0x7f) {
      this.bytes[this.position++] = (value % 0x80) | 0x80
      value = value > 0x7fffffff ? Math.floor(value / 0x80) : value >>> 7
    }
    this.bytes[this.position++] = value
  }

  /** The first byte has six bits, and the sign. */
  signed(value: number): void {
    const magnitude = Math.abs(value)
    const first = (magnitude % 0x40) | (value < 0 ? 0x40 : 0)
    if (magnitude < 0x40) return this.byte(first)
    this.byte(first | 0x80)
    this.unsigned(Math.floor(magnitude / 0x40))
  }

  float32(value: number): void {
    this.ensure(4)
    this.view.setFloat32(this.position, value, true)
    this.position += 4
  }

  float64(value: number): void {
    this.ensure(8)
    this.view.setFloat64(this.position, value, true)
    this.position += 8
  }

  raw(value: Uint8Array): void {
    this.unsigned(value.length)
    this.ensure(value.length)
    this.bytes.set(value, this.position)
    this.position += value.length
  }

  string(value: string): void {
    if (value.length > SHORT) return this.raw(this.encoder.encode(value))
    this.ensure(SHORT + 1)
    const start = this.position
    this.bytes[this.position++] = value.length
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i)
      if (code > 0x7f) {
        this.position = start
        return this.raw(this.encoder.encode(value))
      }
      this.bytes[this.position++] = code
    }
  }
}

const describe = (value: unknown): string => {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}...` : value)
    case "object":
      return value === null ? "null" : Array.isArray(value) ? "an array" : "an object"
    case "function":
      return "a function"
    default:
      return String(value)
  }
}
