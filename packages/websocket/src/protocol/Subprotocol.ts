/**
 * Sub-protocols of the upgrade (RFC 6455 section 1.9), as Godot agrees on them.
 *
 * @since 0.1.0
 */

/**
 * What became of the client's offer: a protocol, none because nobody has any, or no agreement.
 *
 * @since 0.1.0
 * @category models
 */
export type Choice =
  | { readonly _tag: "Chosen"; readonly protocol: string }
  | { readonly _tag: "None" }
  | { readonly _tag: "NoAgreement" }

/**
 * The first one of the client's list that the server supports. Comparison minds upper and lower case.
 *
 * @since 0.1.0
 * @category getters
 */
export const choose = (offered: ReadonlyArray<string>, supported: ReadonlyArray<string>): Choice => {
  if (offered.length === 0 && supported.length === 0) return { _tag: "None" }
  const protocol = offered.find((name) => supported.includes(name))
  return protocol === undefined ? { _tag: "NoAgreement" } : { _tag: "Chosen", protocol }
}

/**
 * The names of a `Sec-WebSocket-Protocol` header.
 *
 * @since 0.1.0
 * @category decoding
 */
export const parse = (header: string | undefined): ReadonlyArray<string> =>
  (header ?? "").split(",").map((name) => name.trim()).filter((name) => name !== "")

/**
 * A name is a token of RFC 9110 section 5.6.2.
 *
 * @since 0.1.0
 * @category guards
 */
export const isToken = (name: string): boolean => /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)
