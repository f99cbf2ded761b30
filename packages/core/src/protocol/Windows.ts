/**
 * Reliable windows: the 65,536 sequence numbers in 16 windows of 4,096, of which a sender may be ahead by a few only.
 */
import { PEER_FREE_RELIABLE_WINDOWS, PEER_RELIABLE_WINDOW_SIZE, PEER_RELIABLE_WINDOWS } from "../wire/Constants.ts"
import type { Channel } from "./Channel.ts"

const WINDOW_BITS = Math.log2(PEER_RELIABLE_WINDOW_SIZE)

const windowOf = (number: number): number => number >>> WINDOW_BITS

/** How many windows `number` is ahead of the last delivered number; negative or large when it is old. */
export const windowDistance = (number: number, delivered: number): number =>
  windowOf(number) + (number < delivered ? PEER_RELIABLE_WINDOWS : 0) - windowOf(delivered)

/** The receiver takes numbers of the window of the last delivered one and of the six behind it. */
export const isAcceptable = (number: number, delivered: number): boolean => {
  const distance = windowDistance(number, delivered)
  return distance >= 0 && distance < PEER_FREE_RELIABLE_WINDOWS - 1
}

/** Ten windows from `window` on, as a mask that wraps. */
const aheadMask = (window: number): number => {
  const mask = ((1 << (PEER_FREE_RELIABLE_WINDOWS + 2)) - 1) << window
  return (mask | (mask >>> PEER_RELIABLE_WINDOWS)) & 0xffff
}

/** Whether the sender may go on with `number`: asked only for the first number of a window. */
export const canEnter = (channel: Channel, number: number): boolean => {
  if (number % PEER_RELIABLE_WINDOW_SIZE !== 0) return true
  const window = windowOf(number)
  const previous = (window + PEER_RELIABLE_WINDOWS - 1) % PEER_RELIABLE_WINDOWS
  return channel.reliableWindows[previous]! < PEER_RELIABLE_WINDOW_SIZE &&
    (channel.usedReliableWindows & aheadMask(window)) === 0
}

/** Counts a reliable number as unacknowledged. The channel must be owned by the step. */
export const enter = (channel: Channel, number: number): void => count(channel, number, 1)

/** Counts a reliable number as acknowledged. */
export const leave = (channel: Channel, number: number): void => count(channel, number, -1)

const count = (channel: Channel, number: number, change: number): void => {
  const window = windowOf(number)
  const was = channel.reliableWindows[window]!
  if (change < 0 && was === 0) return
  channel.editReliableWindows()[window] = was + change
  const bit = 1 << window
  channel.usedReliableWindows = was + change > 0
    ? channel.usedReliableWindows | bit
    : channel.usedReliableWindows & ~bit
}
