const refuse = (): never => {
  throw new TypeError("a frozen collection was changed")
}

/**
 * Freezes a value and everything that it refers to, but for typed arrays, which cannot be frozen: these are given to
 * `keep`. What is in `seen` was done before.
 */
export const deepFreeze = (value: unknown, seen: WeakSet<object>, keep: (bytes: Uint8Array) => void): void => {
  const stack: Array<unknown> = [value]
  while (stack.length > 0) {
    const item = stack.pop()
    if (typeof item !== "object" || item === null || seen.has(item)) continue
    seen.add(item)
    if (item instanceof Uint8Array) {
      keep(item)
      continue
    }
    if (item instanceof Set) Object.assign(item, { add: refuse, delete: refuse, clear: refuse })
    else if (item instanceof Map) Object.assign(item, { set: refuse, delete: refuse, clear: refuse })
    Object.freeze(item)
    for (const part of Object.values(item)) stack.push(part)
  }
}
