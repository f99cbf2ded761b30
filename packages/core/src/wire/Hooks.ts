/**
 * What an application can put into the codec. All of it is synchronous and must not keep the arrays it is given.
 *
 * @since 0.1.0
 */

/**
 * Maps bytes to 32 bits (`ENetChecksumCallback`). The result is written most significant byte first.
 *
 * @since 0.1.0
 * @category models
 */
export type Checksum = (bytes: Uint8Array) => number

/**
 * Replaces the commands of a datagram by fewer bytes and back (`ENetCompressor`).
 *
 * Both functions write into `output` and return how many bytes they wrote; 0 says that the result does not fit or the
 * input is malformed. They must not throw.
 *
 * @since 0.1.0
 * @category models
 */
export interface Compressor {
  readonly compress: (input: Uint8Array, output: Uint8Array) => number
  readonly decompress: (input: Uint8Array, output: Uint8Array) => number
}
