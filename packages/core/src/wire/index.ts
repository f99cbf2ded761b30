/**
 * The wire format: datagram header, commands, checksum. Plain functions over plain data.
 *
 * @since 0.1.0
 */
export * as Bytes from "./Bytes.ts"
export * as Command from "./Command.ts"
export * as Constants from "./Constants.ts"
export * as Crc32 from "./Crc32.ts"
export * as Decode from "./Decode.ts"
export * as Describe from "./Describe.ts"
export * as Encode from "./Encode.ts"
export * as FastLz from "./FastLz.ts"
export * as Header from "./Header.ts"
export * as Hooks from "./Hooks.ts"
export * as RangeCoder from "./RangeCoder.ts"
