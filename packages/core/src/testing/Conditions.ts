/**
 * What a network does to the datagrams that pass it.
 *
 * @since 0.1.0
 */

/**
 * Losses in bursts, after Gilbert and Elliott: the network is well or unwell, and changes between the two.
 *
 * @since 0.1.0
 * @category models
 */
export interface Burst {
  /** Probability, for each datagram, that a burst begins. */
  readonly start: number
  /** Probability, for each datagram, that the burst ends: it lasts `1 / stop` datagrams on average. */
  readonly stop: number
  /** Probability that a datagram within a burst is lost. */
  readonly loss: number
}

/**
 * The conditions of one direction. Times are milliseconds, probabilities go from 0 to 1.
 *
 * @since 0.1.0
 * @category models
 */
export interface Conditions {
  /** The time that every datagram takes. */
  readonly latency: number
  /** Up to so much more, evenly spread. Datagrams stay in order. */
  readonly jitter: number
  /** Probability that a datagram is lost. */
  readonly loss: number
  /** Losses in bursts, besides the others. */
  readonly burst: Burst | undefined
  /** Probability that a datagram arrives twice; the copy is late by up to the latency. */
  readonly duplicate: number
  /** Probability that a datagram is held up, so that later ones overtake it. */
  readonly reorder: number
  /** For how long a datagram is held up at most. */
  readonly reorderDelay: number
  /** Probability that one to three bits of a datagram are flipped. */
  readonly corrupt: number
  /** Bytes per second, with 28 bytes of IP and UDP headers for each datagram; 0 is unlimited. */
  readonly rate: number
  /** Bytes that wait when they come in faster than `rate`; what does not fit is lost. */
  readonly queue: number
}

/**
 * Delivers at once, in order, everything.
 *
 * @since 0.1.0
 * @category presets
 */
export const perfect: Conditions = {
  latency: 0,
  jitter: 0,
  loss: 0,
  burst: undefined,
  duplicate: 0,
  reorder: 0,
  reorderDelay: 50,
  corrupt: 0,
  rate: 0,
  queue: 65_536
}

/**
 * A cable in the same house.
 *
 * @since 0.1.0
 * @category presets
 */
export const lan: Conditions = { ...perfect, latency: 1, jitter: 1, rate: 12_500_000, queue: 524_288 }

/**
 * A busy wireless network, and a good line behind it.
 *
 * @since 0.1.0
 * @category presets
 */
export const wifi: Conditions = {
  ...perfect,
  latency: 12,
  jitter: 15,
  loss: 0.005,
  burst: { start: 0.002, stop: 0.25, loss: 0.6 },
  duplicate: 0.001,
  reorder: 0.002,
  reorderDelay: 30,
  rate: 2_500_000,
  queue: 262_144
}

/**
 * A phone on the move.
 *
 * @since 0.1.0
 * @category presets
 */
export const mobile: Conditions = {
  ...perfect,
  latency: 45,
  jitter: 50,
  loss: 0.01,
  burst: { start: 0.004, stop: 0.12, loss: 0.7 },
  duplicate: 0.002,
  reorder: 0.005,
  reorderDelay: 80,
  rate: 625_000,
  queue: 196_608
}

/**
 * A satellite far above the equator: far away, otherwise good.
 *
 * @since 0.1.0
 * @category presets
 */
export const satellite: Conditions = {
  ...perfect,
  latency: 290,
  jitter: 25,
  loss: 0.004,
  burst: { start: 0.0005, stop: 0.05, loss: 0.5 },
  rate: 1_250_000,
  queue: 524_288
}

/**
 * Everything at its worst: a protocol that survives this survives.
 *
 * @since 0.1.0
 * @category presets
 */
export const awful: Conditions = {
  ...perfect,
  latency: 120,
  jitter: 180,
  loss: 0.08,
  burst: { start: 0.01, stop: 0.1, loss: 0.9 },
  duplicate: 0.03,
  reorder: 0.05,
  reorderDelay: 250,
  rate: 40_000,
  queue: 40_000
}

/**
 * The named conditions, by name.
 *
 * @since 0.1.0
 * @category presets
 */
export const presets = { perfect, lan, wifi, mobile, satellite, awful } as const

/**
 * The name of a preset.
 *
 * @since 0.1.0
 * @category presets
 */
export type PresetName = keyof typeof presets

/**
 * Whether these conditions change nothing about any datagram.
 *
 * @since 0.1.0
 * @category guards
 */
export const isPerfect = (conditions: Conditions): boolean =>
  conditions.latency === 0 && conditions.jitter === 0 && conditions.loss === 0 && conditions.burst === undefined &&
  conditions.duplicate === 0 && conditions.reorder === 0 && conditions.corrupt === 0 && conditions.rate === 0
