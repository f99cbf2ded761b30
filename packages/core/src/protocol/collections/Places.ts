/**
 * A persistent table of 4,096 places, each of which leads to one slot, to none, or to several. It is read for every
 * datagram and written for every connection: two bytes for each place stay in the processor's cache where a tree would not.
 */
import { nobody, type Owner } from "./Owner.ts"
import { Radix } from "./Radix.ts"

const PLACES = 4096
const SEVERAL = 0xffff

const none: ReadonlyArray<number> = []

export class Places {
  private readonly owner: Owner
  /** One more than the slot; 0 for none. */
  private readonly bytes: Uint8Array
  private crowded: Radix<ReadonlyArray<number>>

  private constructor(owner: Owner, bytes: Uint8Array, crowded: Radix<ReadonlyArray<number>>) {
    this.owner = owner
    this.bytes = bytes
    this.crowded = crowded
  }

  static readonly empty = new Places(nobody, new Uint8Array(2 * PLACES), Radix.empty())

  /** This table if the step owns it, otherwise the step's copy; only the result may be written. */
  edit(owner: Owner): Places {
    return this.owner === owner ? this : new Places(owner, this.bytes.slice(), this.crowded)
  }

  /** The slot that a place leads to; `undefined` when there is none, or not only one. */
  single(place: number): number | undefined {
    const entry = this.entry(place)
    return entry === 0 || entry === SEVERAL ? undefined : entry - 1
  }

  /** All slots that a place leads to. */
  all(place: number): ReadonlyArray<number> {
    const entry = this.entry(place)
    return entry === 0 ? none : entry === SEVERAL ? this.crowded.get(place) ?? none : [entry - 1]
  }

  set(place: number, slots: ReadonlyArray<number>): void {
    const [slot] = slots
    const entry = slot === undefined ? 0 : slots.length === 1 ? slot + 1 : SEVERAL
    this.bytes[2 * place] = entry >>> 8
    this.bytes[2 * place + 1] = entry
    if (entry !== SEVERAL) return
    this.crowded = this.crowded.edit(this.owner)
    this.crowded.set(place, slots)
  }

  private entry(place: number): number {
    return (this.bytes[2 * place]! << 8) | this.bytes[2 * place + 1]!
  }
}
