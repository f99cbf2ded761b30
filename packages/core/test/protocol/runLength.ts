import type { Host } from "@effect-enet/core/protocol"

type Compressor = NonNullable<Host.Settings["compressor"]>

/** A compressor as simple as can be: pairs of a count and a byte. */
export const runLength: Compressor = {
  compress: (input, output) => {
    let end = 0
    for (let start = 0; start < input.length;) {
      let length = 1
      while (length < 255 && input[start + length] === input[start]) length++
      if (end + 2 > output.length) return 0
      output[end++] = length
      output[end++] = input[start]!
      start += length
    }
    return end
  },
  decompress: (input, output) => {
    let end = 0
    for (let i = 0; i + 1 < input.length; i += 2) {
      const length = input[i]!
      if (length === 0 || end + length > output.length) return 0
      output.fill(input[i + 1]!, end, end + length)
      end += length
    }
    return end
  }
}
