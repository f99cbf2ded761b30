/**
 * Hello extensions (RFC 5246 section 7.4.1.4) and the bodies of those that this package speaks.
 *
 * @since 0.1.0
 */
import { concat, fromText, Reader, uint, uint16s, vector } from "./Bytes.ts"
import { ExtensionType } from "./Constants.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Extension {
  readonly type: number
  readonly body: Uint8Array
}

/**
 * The extensions at the end of a hello, which may be missing altogether. `undefined` when they are malformed or a type
 * occurs twice, which RFC 5246 section 7.4.1.4 forbids.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decodeExtensions = (reader: Reader): ReadonlyArray<Extension> | undefined => {
  if (reader.left === 0) return reader.failed ? undefined : []
  const body = new Reader(reader.vector(2, 0, 0xffff))
  const extensions: Array<Extension> = []
  const seen = new Set<number>()
  while (body.left > 0) {
    const type = body.uint(2)
    const content = body.vector(2, 0, 0xffff)
    if (body.failed || seen.has(type)) return undefined
    seen.add(type)
    extensions.push({ type, body: content })
  }
  return reader.complete ? extensions : undefined
}

/**
 * @since 0.1.0
 * @category encoding
 */
export const encodeExtensions = (extensions: ReadonlyArray<Extension>): Uint8Array =>
  extensions.length === 0
    ? new Uint8Array(0)
    : vector(2, ...extensions.map(({ body, type }) => concat(uint(2, type), vector(2, body))))

/**
 * @since 0.1.0
 * @category getters
 */
export const findExtension = (extensions: ReadonlyArray<Extension>, type: number): Uint8Array | undefined =>
  extensions.find((extension) => extension.type === type)?.body

const numbers = (body: Uint8Array, minimum: number): ReadonlyArray<number> | undefined => {
  const reader = new Reader(body)
  const values = reader.uint16s(2, minimum, 0xfffe)
  return reader.complete ? values : undefined
}

/**
 * `elliptic_curves` (RFC 8422 section 5.1.1).
 *
 * @since 0.1.0
 * @category decoding
 */
export const decodeGroups = (body: Uint8Array): ReadonlyArray<number> | undefined => numbers(body, 2)

/**
 * @since 0.1.0
 * @category encoding
 */
export const supportedGroups = (groups: ReadonlyArray<number>): Extension => ({
  type: ExtensionType.SupportedGroups,
  body: uint16s(2, groups)
})

/**
 * `signature_algorithms` (RFC 5246 section 7.4.1.4.1), each hash and signature as one number.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decodeSignatureAlgorithms = (body: Uint8Array): ReadonlyArray<number> | undefined => numbers(body, 2)

/**
 * @since 0.1.0
 * @category encoding
 */
export const signatureAlgorithms = (schemes: ReadonlyArray<number>): Extension => ({
  type: ExtensionType.SignatureAlgorithms,
  body: uint16s(2, schemes)
})

/**
 * Whether a list of point formats is well-formed and has the uncompressed one (RFC 8422 section 5.1.2).
 *
 * @since 0.1.0
 * @category decoding
 */
export const allowsUncompressedPoints = (body: Uint8Array): boolean => {
  const reader = new Reader(body)
  const formats = reader.vector(1, 1, 255)
  return reader.complete && formats.includes(0)
}

/**
 * `ec_point_formats` with the uncompressed format only.
 *
 * @since 0.1.0
 * @category encoding
 */
export const pointFormats: Extension = { type: ExtensionType.EcPointFormats, body: Uint8Array.of(1, 0) }

/**
 * RFC 7627 section 5.1: without content.
 *
 * @since 0.1.0
 * @category encoding
 */
export const extendedMasterSecret: Extension = {
  type: ExtensionType.ExtendedMasterSecret,
  body: new Uint8Array(0)
}

/**
 * `renegotiation_info` of a first handshake: an empty `renegotiated_connection` (RFC 5746 section 3.2).
 *
 * @since 0.1.0
 * @category encoding
 */
export const renegotiationInfo: Extension = { type: ExtensionType.RenegotiationInfo, body: Uint8Array.of(0) }

/**
 * Whether it is the `renegotiation_info` of a first handshake.
 *
 * @since 0.1.0
 * @category guards
 */
export const isInitialRenegotiationInfo = (body: Uint8Array): boolean => body.length === 1 && body[0] === 0

/**
 * `server_name` with one host name (RFC 6066 section 3).
 *
 * @since 0.1.0
 * @category encoding
 */
export const serverName = (name: string): Extension => ({
  type: ExtensionType.ServerName,
  body: vector(2, uint(1, 0), vector(2, fromText(name)))
})
