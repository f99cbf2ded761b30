/**
 * URLs of servers, as Godot reads them: `ws://` when there is no scheme, no user, no fragment.
 */
import * as Effect from "effect/Effect"
import { fromReason, InvalidOption, type WebSocketError } from "../WebSocketError.ts"

const EXPECTED = "a ws:// or wss:// URL with a host, and a port from 1 to 65535 if any"

const parse = (text: string): URL | undefined => {
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `ws://${text}`
  // URL would take the default for an empty port
  const authority = /^[^:]+:\/\/([^/?#]*)/.exec(full)?.[1] ?? ""
  if (authority.endsWith(":") || !URL.canParse(full)) return undefined
  const url = new URL(full)
  if ((url.protocol !== "ws:" && url.protocol !== "wss:") || url.hostname === "" || url.port === "0") return undefined
  url.username = ""
  url.password = ""
  url.hash = ""
  return url
}

export const parseUrl = (text: string): Effect.Effect<URL, WebSocketError> => {
  const url = parse(text)
  return url === undefined
    ? Effect.fail(fromReason(new InvalidOption({ field: "url", expected: EXPECTED, actual: JSON.stringify(text) })))
    : Effect.succeed(url)
}
