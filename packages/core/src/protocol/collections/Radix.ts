/**
 * A persistent array of 4,096 places, as a tree of three levels of sixteen. Writing one place copies three small nodes
 * at most, and each node knows the earliest `wake` time below it, so that what is due is found without a scan.
 */
import { nobody, type Owner } from "./Owner.ts"

const BITS = 4
const WIDTH = 1 << BITS
const MASK = WIDTH - 1

/** The wake time of what never wakes. Other wake times are unsigned 32-bit milliseconds that wrap. */
export const NEVER = -1

/** The earlier of two wake times. */
export const earlier = (a: number, b: number): number => a === NEVER ? b : b === NEVER ? a : ((a - b) | 0) <= 0 ? a : b

/** Whether a wake time has come. */
export const isDue = (wake: number, now: number): boolean => wake !== NEVER && ((wake - now) | 0) <= 0

class Node<C> {
  readonly owner: Owner
  readonly children: Array<C | undefined>
  /** The wake time of each child, here so that the earliest is found without visiting the children. */
  wakes: Array<number>
  /** Wake times of whole branches change less often than their items, and are copied only then. */
  private ownsWakes = false
  wake: number
  constructor(owner: Owner, children: Array<C | undefined>, wakes: Array<number>, wake: number) {
    this.owner = owner
    this.children = children
    this.wakes = wakes
    this.wake = wake
  }

  /** Takes notice of a child's wake time. `false` when the node's own does not change. */
  settle(place: number, wake: number): boolean {
    const before = this.wake
    const replaced = this.wakes[place]!
    if (replaced === wake) return false
    if (!this.ownsWakes) {
      this.wakes = this.wakes.slice()
      this.ownsWakes = true
    }
    this.wakes[place] = wake
    if (earlier(before, wake) !== before) this.wake = wake
    else if (replaced === before) this.wake = this.earliest()
    return this.wake !== before
  }

  private earliest(): number {
    let wake = NEVER
    for (const other of this.wakes) wake = earlier(wake, other)
    return wake
  }
}

type Leaf<T> = Node<T>
type Branch<T> = Node<Leaf<T>>

const neverWakes = new Array<number>(WIDTH).fill(NEVER)

const emptyNode = <C>(owner: Owner): Node<C> =>
  new Node<C>(owner, new Array<C | undefined>(WIDTH).fill(undefined), neverWakes, NEVER)

const writable = <C>(node: Node<C> | undefined, owner: Owner): Node<C> =>
  node === undefined
    ? emptyNode(owner)
    : node.owner === owner
    ? node
    : new Node(owner, node.children.slice(), node.wakes, node.wake)

export class Radix<T> {
  private readonly root: Node<Branch<T>>

  private constructor(root: Node<Branch<T>>) {
    this.root = root
  }

  static empty<T>(): Radix<T> {
    return new Radix<T>(emptyNode(nobody))
  }

  /** This tree if the step owns it, otherwise the step's copy; only the result may be written. */
  edit(owner: Owner): Radix<T> {
    return this.root.owner === owner ? this : new Radix(writable(this.root, owner))
  }

  /** The earliest wake time of all items. */
  get wake(): number {
    return this.root.wake
  }

  get(place: number): T | undefined {
    return this.root.children[place >>> (2 * BITS)]?.children[(place >>> BITS) & MASK]?.children[place & MASK]
  }

  set(place: number, item: T): void {
    const owner = this.root.owner
    const high = place >>> (2 * BITS)
    const middle = (place >>> BITS) & MASK
    const branch = writable(this.root.children[high], owner)
    const leaf = writable(branch.children[middle], owner)
    leaf.children[place & MASK] = item
    branch.children[middle] = leaf
    this.root.children[high] = branch
  }

  /** Takes notice that the item at `place`, in nodes that this step has written, has another wake time. */
  settle(place: number, wake: number): void {
    const high = place >>> (2 * BITS)
    const middle = (place >>> BITS) & MASK
    const branch = this.root.children[high]!
    const leaf = branch.children[middle]!
    if (leaf.settle(place & MASK, wake) && branch.settle(middle, leaf.wake)) this.root.settle(high, branch.wake)
  }

  /** Every item, in the order of the places. */
  forEach(visit: (item: T) => void): void {
    for (const branch of this.root.children) {
      if (branch === undefined) continue
      for (const leaf of branch.children) {
        if (leaf === undefined) continue
        for (const item of leaf.children) if (item !== undefined) visit(item)
      }
    }
  }

  /** The items whose wake time has come, in the order of the places. */
  due(now: number): Array<T> {
    const { root } = this
    const items: Array<T> = []
    for (let high = nextDue(root, now, 0); high < WIDTH; high = nextDue(root, now, high + 1)) {
      const branch = root.children[high]!
      for (let middle = nextDue(branch, now, 0); middle < WIDTH; middle = nextDue(branch, now, middle + 1)) {
        const leaf = branch.children[middle]!
        for (let low = nextDue(leaf, now, 0); low < WIDTH; low = nextDue(leaf, now, low + 1)) {
          items.push(leaf.children[low]!)
        }
      }
    }
    return items
  }
}

/** The place, from `place` on, of the next child whose wake time has come; `WIDTH` when there is none. */
const nextDue = ({ wake, wakes }: Node<unknown>, now: number, place: number): number => {
  if (!isDue(wake, now)) return WIDTH
  let next = place
  while (next < WIDTH && !isDue(wakes[next]!, now)) next++
  return next
}
