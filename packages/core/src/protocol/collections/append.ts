/**
 * Lists that mostly stay empty or get one item: an array that is made with its item takes no more room than that, where the
 * first `push` makes room for seventeen.
 */

/** Shared by all that are empty, and never written. */
export const NONE: Array<never> = []

/** The list with another item. Only the result may be used; one that is not empty is the caller's own. */
export const append = <T>(list: Array<T>, item: T): Array<T> => {
  if (list.length === 0) return [item]
  list.push(item)
  return list
}
