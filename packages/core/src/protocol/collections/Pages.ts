/**
 * A persistent array for many places of which few are written in a step: a step copies the spine once and each page that
 * it writes once. Pages exist from their first write on.
 */
import { nobody, type Owner } from "./Owner.ts"

const BITS = 6
const PAGE = 1 << BITS
const MASK = PAGE - 1

class Page<T> {
  readonly owner: Owner
  readonly items: Array<T | undefined>
  constructor(owner: Owner, items: Array<T | undefined>) {
    this.owner = owner
    this.items = items
  }
}

export class Pages<T> {
  private readonly owner: Owner
  private readonly spine: Array<Page<T> | undefined>

  private constructor(owner: Owner, spine: Array<Page<T> | undefined>) {
    this.owner = owner
    this.spine = spine
  }

  static empty<T>(): Pages<T> {
    return new Pages<T>(nobody, [])
  }

  /** This array if the step owns it, otherwise the step's copy; only the result may be written. */
  edit(owner: Owner): Pages<T> {
    return this.owner === owner ? this : new Pages(owner, this.spine.slice())
  }

  get(place: number): T | undefined {
    return this.spine[place >>> BITS]?.items[place & MASK]
  }

  set(place: number, item: T): void {
    const index = place >>> BITS
    let page = this.spine[index]
    if (page === undefined || page.owner !== this.owner) {
      page = new Page(
        this.owner,
        page === undefined ? new Array<T | undefined>(PAGE).fill(undefined) : page.items.slice()
      )
      while (this.spine.length < index) this.spine.push(undefined)
      this.spine[index] = page
    }
    page.items[place & MASK] = item
  }
}
