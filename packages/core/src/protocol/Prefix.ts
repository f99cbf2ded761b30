/**
 * IP addresses as numbers, so that strangers can be counted by the network that they come from.
 */

/** An IPv6 address as four words of 32 bits; an IPv4 address is what IPv6 maps it to. */
export type Words = readonly [number, number, number, number]

const ipv4Of = (text: string, from: number): number | undefined => {
  let value = 0
  let part = -1
  let parts = 0
  for (let i = from; i <= text.length; i++) {
    const digit = i === text.length ? -1 : text.charCodeAt(i) - 48
    if (digit >= 0 && digit <= 9) {
      part = (part < 0 ? 0 : part * 10) + digit
      if (part > 255) return undefined
    } else if (part >= 0 && (digit === -1 || digit === -2)) {
      value = ((value << 8) | part) >>> 0
      part = -1
      parts++
    } else return undefined
  }
  return parts === 4 ? value : undefined
}

const IPV4 = /\.\d+$/
const GROUP = /^[0-9a-f]{1,4}$/i

/** The groups of a part of an IPv6 address, the last of which may be an IPv4 address. */
const groupsOf = (text: string): Array<number> | undefined => {
  const groups: Array<number> = []
  if (text === "") return groups
  for (const group of text.split(":")) {
    if (GROUP.test(group)) {
      groups.push(parseInt(group, 16))
      continue
    }
    const ipv4 = ipv4Of(group, 0)
    if (ipv4 === undefined) return undefined
    groups.push(ipv4 >>> 16, ipv4 & 0xffff)
  }
  return groups
}

const ipv6Of = (text: string): Words | undefined => {
  const zone = text.indexOf("%")
  const [front = "", back, more] = (zone < 0 ? text : text.slice(0, zone)).split("::")
  const head = groupsOf(front)
  const tail = groupsOf(back ?? "")
  if (head === undefined || tail === undefined || more !== undefined) return undefined
  const missing = 8 - head.length - tail.length
  if (back === undefined ? missing !== 0 : missing < 1) return undefined
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail]
  const word = (at: number) => ((groups[2 * at]! << 16) | groups[2 * at + 1]!) >>> 0
  return [word(0), word(1), word(2), word(3)]
}

/** What an address text says; `undefined` when it is none. */
export const parse = (text: string): Words | undefined => {
  if (text.includes(":")) return ipv6Of(text)
  const ipv4 = IPV4.test(text) ? ipv4Of(text, 0) : undefined
  return ipv4 === undefined ? undefined : [0, 0, 0xffff, ipv4]
}

export const isIpv4 = (words: Words): boolean => words[0] === 0 && words[1] === 0 && words[2] === 0xffff

/** The first `bits` of an address, the rest zero. */
export const maskOf = (words: Words, bits: number): Words => {
  const masked = (word: number, at: number): number => {
    const left = bits - at * 32
    return left >= 32 ? word : left <= 0 ? 0 : (word & (0xffffffff << (32 - left))) >>> 0
  }
  return [masked(words[0], 0), masked(words[1], 1), masked(words[2], 2), masked(words[3], 3)]
}

/** How many leading bits count as one network. */
export interface PrefixLengths {
  /** 0 to 32. */
  readonly ipv4: number
  /** 0 to 128. */
  readonly ipv6: number
}

/** The network of an address. */
export const networkOf = (words: Words, lengths: PrefixLengths): Words =>
  maskOf(words, isIpv4(words) ? 96 + lengths.ipv4 : lengths.ipv6)
