/**
 * A server's first words with strangers (RFC 6347 section 4.2.1). Whoever has not proved that it receives what is sent to
 * its address costs a hash and a datagram smaller than its own, and no memory.
 *
 * @since 0.1.0
 */
import type { CryptoProvider, Random } from "../crypto/CryptoProvider.ts"
import { AlertDescription, encodeAlert } from "../wire/Alert.ts"
import { fromText, vector } from "../wire/Bytes.ts"
import { ContentType, DTLS_1_0, DTLS_1_2, HandshakeType, MAXIMUM_SEQUENCE } from "../wire/Constants.ts"
import { decodeFragments, encodeMessage } from "../wire/Handshake.ts"
import { type ClientHello, decodeClientHello, encodeInvariantFields } from "../wire/messages/ClientHello.ts"
import { encodeHelloVerifyRequest } from "../wire/messages/HelloVerifyRequest.ts"
import { decodeRecords, encodeRecord } from "../wire/Record.ts"
import type { DropReason } from "./Output.ts"
import type { ReceivedHello } from "./Server.ts"

/** Milliseconds after which a secret is replaced. A cookie is good for one to two of these. */
const ROTATION = 30_000

const SECRET_LENGTH = 32

const COOKIE_LENGTH = 32

/** A client that begins its records at the end of their numbers would leave none for the answer. */
const HIGHEST_FIRST_SEQUENCE = MAXIMUM_SEQUENCE - 2 ** 32

/** The same for its messages, whose numbers have 16 bits and must not begin again either. */
const HIGHEST_FIRST_MESSAGE = 0xff00

type Mac = (...parts: ReadonlyArray<Uint8Array>) => Uint8Array

/**
 * The secrets that cookies are made with.
 *
 * @since 0.1.0
 * @category models
 */
export interface Listener {
  readonly crypto: CryptoProvider
  readonly current: Mac
  readonly previous: Mac | undefined
  readonly rotateAt: number
}

/**
 * What to do about a stranger's datagram.
 *
 * @since 0.1.0
 * @category models
 */
export type Greeting =
  | { readonly _tag: "Ignore"; readonly reason: DropReason }
  | { readonly _tag: "Reply"; readonly datagram: Uint8Array }
  /** The sender receives what is sent to its address. */
  | { readonly _tag: "Accept"; readonly received: ReceivedHello }

const newSecret = (crypto: CryptoProvider, random: Random): Mac => crypto.hmac("sha256", random(SECRET_LENGTH))

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (crypto: CryptoProvider, now: number, random: Random): Listener => ({
  crypto,
  current: newSecret(crypto, random),
  previous: undefined,
  rotateAt: now + ROTATION
})

/**
 * Replaces the secret when its time is up.
 *
 * @since 0.1.0
 * @category combinators
 */
export const rotate = (self: Listener, now: number, random: Random): Listener =>
  now < self.rotateAt ? self : {
    crypto: self.crypto,
    current: newSecret(self.crypto, random),
    previous: now < self.rotateAt + ROTATION ? self.current : undefined,
    rotateAt: now + ROTATION
  }

/**
 * Reads a datagram that is exactly one ClientHello in one piece.
 *
 * @since 0.1.0
 * @category decoding
 */
export const readHello = (datagram: Uint8Array): ReceivedHello | undefined => {
  // most of what is no ClientHello ends here
  if (datagram[0] !== ContentType.Handshake || datagram[13] !== HandshakeType.ClientHello) return undefined
  const { complete, records } = decodeRecords(datagram)
  const [record] = records
  if (record === undefined || !complete || records.length !== 1) return undefined
  if (record.epoch !== 0 || record.sequence > HIGHEST_FIRST_SEQUENCE) return undefined
  const fragments = decodeFragments(record.fragment)
  const fragment = fragments?.[0]
  if (fragment === undefined || fragments?.length !== 1 || fragment.bytes.length !== fragment.length) return undefined
  if (fragment.sequence > HIGHEST_FIRST_MESSAGE) return undefined
  const hello = decodeClientHello(fragment.bytes)
  if (hello === undefined) return undefined
  const message = { type: fragment.type, sequence: fragment.sequence, body: fragment.bytes.slice() }
  return { hello, message, recordSequence: record.sequence }
}

const cookieOf = (mac: Mac, address: string, hello: ClientHello): Uint8Array =>
  mac(vector(2, fromText(address)), encodeInvariantFields(hello))

const isGenuine = (self: Listener, address: string, hello: ClientHello): boolean => {
  const { crypto, current, previous } = self
  if (hello.cookie.length !== COOKIE_LENGTH) return false
  return crypto.equal(cookieOf(current, address, hello), hello.cookie) ||
    (previous !== undefined && crypto.equal(cookieOf(previous, address, hello), hello.cookie))
}

const reply = (type: number, version: number, sequence: number, fragment: Uint8Array): Greeting => ({
  _tag: "Reply",
  datagram: encodeRecord({ type, version, epoch: 0, sequence, fragment })
})

/**
 * Judges a stranger's datagram. `address` is whatever tells senders apart.
 *
 * @since 0.1.0
 * @category handlers
 */
export const greet = (self: Listener, address: string, datagram: Uint8Array): Greeting => {
  const received = readHello(datagram)
  if (received === undefined) return { _tag: "Ignore", reason: "Malformed" }
  const { hello, message, recordSequence } = received
  // versions count down: later ones are below, and may fall back to 1.2
  if (hello.version >> 8 !== DTLS_1_2 >> 8) return { _tag: "Ignore", reason: "Version" }
  if (hello.version > DTLS_1_2) {
    const alert = encodeAlert({ level: "fatal", description: AlertDescription.protocol_version })
    return reply(ContentType.Alert, DTLS_1_0, recordSequence, alert)
  }
  if (isGenuine(self, address, hello)) return { _tag: "Accept", received }
  // RFC 6347 section 4.2.1: under the number of the ClientHello's record, so that no counter is needed
  const body = encodeHelloVerifyRequest({ version: DTLS_1_0, cookie: cookieOf(self.current, address, hello) })
  const request = encodeMessage({ type: HandshakeType.HelloVerifyRequest, sequence: message.sequence, body })
  return reply(ContentType.Handshake, DTLS_1_0, recordSequence, request)
}
