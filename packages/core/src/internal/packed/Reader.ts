/**
 * Reads packed messages. It throws nothing, whatever the bytes: the first thing that does not fit is remembered, and all
 * that is read after it is empty.
 */

/** Strings up to this length are read without the help of the runtime when they are ASCII. */
const SHORT = 32

const NOTHING = new Uint8Array(0)

export class Reader {
  /** Why the message cannot be read. */
  failure: string | undefined = undefined
  private bytes: Uint8Array = NOTHING
  private position = 0
  private end = 0
  private readonly scratch = new DataView(new ArrayBuffer(8))
  private readonly decoder = new TextDecoder()

  begin(bytes: Uint8Array): void {
    this.failure = undefined
    this.bytes = bytes
    this.position = 0
    this.end = bytes.length
  }

  /** Lets go of the message; the reason why it could not be read, if there is one. */
  finish(): string | undefined {
    if (this.failure === undefined && this.position !== this.end) {
      this.failure = `${this.end - this.position} bytes too many`
    }
    this.bytes = NOTHING
    return this.failure
  }

  get remaining(): number {
    return this.end - this.position
  }

  fail(reason: string): void {
    this.failure ??= reason
    this.position = this.end
  }

  /** Takes `length` bytes: where they begin, or -1 when the message is too short. */
  private take(length: number): number {
    const at = this.position
    if (length > this.end - at) {
      this.fail("too short")
      return -1
    }
    this.position = at + length
    return at
  }

  byte(): number {
    if (this.position < this.end) return this.bytes[this.position++]!
    this.fail("too short")
    return 0
  }

  unsigned(): number {
    const first = this.byte()
    if (first <= 0x7f) return first
    let value = first & 0x7f
    let scale = 0x80
    for (let i = 1; i < 8; i++) {
      const byte = this.byte()
      value += (byte & 0x7f) * scale
      if (byte <= 0x7f) {
        if (value <= Number.MAX_SAFE_INTEGER) return value
        break
      }
      scale *= 0x80
    }
    this.fail("an integer is too large")
    return 0
  }

  signed(): number {
    const first = this.byte()
    const magnitude = (first & 0x3f) + ((first & 0x80) === 0 ? 0 : this.unsigned() * 0x40)
    if (magnitude > Number.MAX_SAFE_INTEGER) {
      this.fail("an integer is too large")
      return 0
    }
    return (first & 0x40) === 0 || magnitude === 0 ? magnitude : -magnitude
  }

  /** The 32 bits at `at`, which are there. */
  private bits(at: number): number {
    const { bytes } = this
    return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
  }

  float32(): number {
    const at = this.take(4)
    if (at < 0) return 0
    this.scratch.setInt32(0, this.bits(at), true)
    return this.scratch.getFloat32(0, true)
  }

  float64(): number {
    const at = this.take(8)
    if (at < 0) return 0
    this.scratch.setInt32(0, this.bits(at), true)
    this.scratch.setInt32(4, this.bits(at + 4), true)
    return this.scratch.getFloat64(0, true)
  }

  raw(): Uint8Array<ArrayBuffer> {
    const length = this.unsigned()
    const at = this.take(length)
    return at < 0 ? new Uint8Array(0) : new Uint8Array(this.bytes.subarray(at, at + length))
  }

  string(): string {
    const length = this.unsigned()
    const at = this.take(length)
    if (at < 0) return ""
    if (length > SHORT) return this.decoder.decode(this.bytes.subarray(at, at + length))
    let text = ""
    for (let i = at; i < at + length; i++) {
      const code = this.bytes[i]!
      if (code > 0x7f) return this.decoder.decode(this.bytes.subarray(at, at + length))
      text += String.fromCharCode(code)
    }
    return text
  }
}
