/**
 * The client's side of a handshake: one handler per message of the server.
 *
 * @since 0.1.0
 */
import { extendedMasterSecret, sessionKeys, verifyData } from "../crypto/KeySchedule.ts"
import { concat } from "../wire/Bytes.ts"
import {
  DTLS_1_2,
  EMPTY_RENEGOTIATION_INFO_SCSV,
  ExtensionType,
  HandshakeType,
  RANDOM_LENGTH
} from "../wire/Constants.ts"
import * as Extensions from "../wire/Extensions.ts"
import { signatureSchemes } from "../wire/Groups.ts"
import type { Fragment, HandshakeMessage } from "../wire/Handshake.ts"
import { decodeCertificate, encodeCertificate } from "../wire/messages/Certificate.ts"
import { isCertificateRequest } from "../wire/messages/CertificateRequest.ts"
import { encodeClientHello } from "../wire/messages/ClientHello.ts"
import { encodeClientKeyExchange } from "../wire/messages/ClientKeyExchange.ts"
import { decodeHelloVerifyRequest } from "../wire/messages/HelloVerifyRequest.ts"
import { isNewSessionTicket } from "../wire/messages/NewSessionTicket.ts"
import { decodeServerHello } from "../wire/messages/ServerHello.ts"
import { decodeServerKeyExchange, encodeParameters } from "../wire/messages/ServerKeyExchange.ts"
import type { Association, ClientPhase, FlightItem } from "./Association.ts"
import type { ClientConfig } from "./Config.ts"
import { sendFlight } from "./Flights.ts"
import { open } from "./Opening.ts"
import { emptyReassembly } from "./Reassembly.ts"
import { emptyWindow } from "./ReplayWindow.ts"
import type { Turn } from "./Turn.ts"
import { negotiationFailed, unexpected, violation } from "./Violations.ts"

type PhaseOf<Tag extends ClientPhase["_tag"]> = Extract<ClientPhase, { readonly _tag: Tag }>

/**
 * A handshake that has not come to its end within this time, counted from its cookie, begins anew: servers forget theirs
 * after 8 seconds, as Godot's do, and then no retransmission helps.
 */
const ATTEMPT_TIMEOUT = 8000

/**
 * One that has not even come to a cookie begins anew after its fifth hello. Doubled once more, the next interval would be
 * longer than applications wait.
 */
const SILENCE_TIMEOUT = 16_000

/** HelloVerifyRequests that are answered; nobody should send more than one or two. */
const MAXIMUM_VERIFICATIONS = 5

/**
 * Longest handshake message that a client takes: a chain of certificates.
 *
 * @since 0.1.0
 * @category constants
 */
export const CLIENT_MAXIMUM_MESSAGE = 32_768

/**
 * A client that has sent nothing yet.
 *
 * @since 0.1.0
 * @category constructors
 */
export const idle = (config: ClientConfig, now: number, date: number): Association => ({
  phase: {
    _tag: "AwaitServerHello",
    config,
    clientRandom: new Uint8Array(RANDOM_LENGTH),
    cookie: new Uint8Array(0),
    verifications: 0
  },
  sendSequence: 0,
  recordSequences: [0, 0],
  writing: undefined,
  reading: undefined,
  window: emptyWindow,
  reassembly: emptyReassembly(0),
  transcript: [],
  flight: undefined,
  early: [],
  received: [],
  waiting: [],
  epochOffset: date - now,
  deadline: now + config.handshakeTimeout,
  attemptDeadline: undefined,
  heardAt: now
})

/**
 * Begins a handshake, or begins it anew: with fresh randoms, and record numbers that go on.
 *
 * @since 0.1.0
 * @category handshakes
 */
export const begin = (turn: Turn, config: ClientConfig): void => {
  turn.update({
    sendSequence: 0,
    reassembly: emptyReassembly(0),
    writing: undefined,
    reading: undefined,
    window: emptyWindow,
    early: [],
    received: [],
    attemptDeadline: turn.now + SILENCE_TIMEOUT
  })
  sendHello(turn, {
    _tag: "AwaitServerHello",
    config,
    clientRandom: turn.random(RANDOM_LENGTH),
    cookie: new Uint8Array(0),
    verifications: 0
  })
}

const extensionsOf = (config: ClientConfig): ReadonlyArray<Extensions.Extension> => [
  ...(config.serverName === undefined ? [] : [Extensions.serverName(config.serverName)]),
  Extensions.supportedGroups(config.groups.map(({ id }) => id)),
  Extensions.pointFormats,
  Extensions.signatureAlgorithms(signatureSchemes.map(({ id }) => id)),
  Extensions.extendedMasterSecret
]

const sendHello = (turn: Turn, phase: PhaseOf<"AwaitServerHello">): void => {
  const { clientRandom, config, cookie } = phase
  // RFC 6347 section 4.2.6: neither a first ClientHello nor the HelloVerifyRequest is in the transcript
  turn.update({ phase, transcript: [] })
  const body = encodeClientHello({
    version: DTLS_1_2,
    random: clientRandom,
    sessionId: new Uint8Array(0),
    cookie,
    cipherSuites: [...config.suites.map(({ id }) => id), EMPTY_RENEGOTIATION_INFO_SCSV],
    compressionMethods: Uint8Array.of(0),
    extensions: extensionsOf(config)
  })
  const message = turn.message(HandshakeType.ClientHello, body)
  sendFlight(turn, config.mtu, [{ _tag: "Message", epoch: 0, message }])
}

/**
 * HelloVerifyRequest stands outside of the order of messages: a server that keeps no state does not count them.
 *
 * @since 0.1.0
 * @category handlers
 */
export const receiveHelloVerifyRequest = (
  turn: Turn,
  phase: PhaseOf<"AwaitServerHello">,
  fragment: Fragment
): void => {
  const request = fragment.bytes.length === fragment.length ? decodeHelloVerifyRequest(fragment.bytes) : undefined
  if (request === undefined) return turn.drop("Malformed")
  const isRepeated = phase.cookie.length > 0 && phase.config.crypto.equal(request.cookie, phase.cookie)
  if (isRepeated || phase.verifications >= MAXIMUM_VERIFICATIONS) return turn.drop("Repeated")
  const verifications = phase.verifications + 1
  turn.update({
    // the server takes its numbers up where our ClientHello does
    reassembly: emptyReassembly(verifications),
    attemptDeadline: turn.now + ATTEMPT_TIMEOUT
  })
  sendHello(turn, { ...phase, cookie: request.cookie.slice(), verifications })
}

/**
 * The next message of the server, in order and complete.
 *
 * @since 0.1.0
 * @category handlers
 */
export const receiveMessage = (turn: Turn, phase: ClientPhase, message: HandshakeMessage): void => {
  switch (phase._tag) {
    case "AwaitServerHello":
      return message.type === HandshakeType.ServerHello ? serverHello(turn, phase, message) : unexpected(turn, message)
    case "AwaitCertificate":
      return message.type === HandshakeType.Certificate ? certificate(turn, phase, message) : unexpected(turn, message)
    case "AwaitServerKeyExchange":
      return message.type === HandshakeType.ServerKeyExchange
        ? serverKeyExchange(turn, phase, message)
        : unexpected(turn, message)
    case "AwaitServerHelloDone":
      if (message.type === HandshakeType.CertificateRequest && !phase.certificateRequested) {
        return certificateRequest(turn, phase, message)
      }
      return message.type === HandshakeType.ServerHelloDone
        ? serverHelloDone(turn, phase, message)
        : unexpected(turn, message)
    case "AwaitServerFinished":
      if (message.type === HandshakeType.NewSessionTicket && !phase.ticketSeen) {
        return newSessionTicket(turn, phase, message)
      }
      return message.type === HandshakeType.Finished ? finished(turn, phase, message) : unexpected(turn, message)
  }
}

/** RFC 5246 section 7.4.1.4: a server may only answer extensions that the client has sent. */
const isSolicited = (config: ClientConfig, type: number): boolean => {
  switch (type) {
    case ExtensionType.ExtendedMasterSecret:
    case ExtensionType.RenegotiationInfo:
    case ExtensionType.EcPointFormats:
      return true
    case ExtensionType.ServerName:
      return config.serverName !== undefined
    default:
      return false
  }
}

const serverHello = (turn: Turn, phase: PhaseOf<"AwaitServerHello">, message: HandshakeMessage): void => {
  const { clientRandom, config } = phase
  const hello = decodeServerHello(message.body)
  if (hello === undefined) return violation(turn, "decode_error", "malformed ServerHello")
  if (hello.version !== DTLS_1_2) {
    return negotiationFailed(turn, "protocol_version", `the server speaks ${hello.version.toString(16)}, not DTLS 1.2`)
  }
  const suite = config.suites.find(({ id }) => id === hello.cipherSuite)
  if (suite === undefined) return violation(turn, "illegal_parameter", "a cipher suite that was not offered")
  if (hello.compressionMethod !== 0) return violation(turn, "illegal_parameter", "compression")
  const unsolicited = hello.extensions.find(({ type }) => !isSolicited(config, type))
  if (unsolicited !== undefined) {
    return violation(turn, "unsupported_extension", `extension ${unsolicited.type}, which was not offered`)
  }
  const bodyOf = (type: number) => Extensions.findExtension(hello.extensions, type)
  // RFC 7627 section 5.3, and without an exception: without it, sessions could be synchronised by a man in the middle
  const extended = bodyOf(ExtensionType.ExtendedMasterSecret)
  if (extended === undefined) {
    return negotiationFailed(turn, "handshake_failure", "the server has no extended master secret")
  }
  // RFC 5746 section 3.4: only with it is this known to be the server's first handshake on the connection
  const renegotiation = bodyOf(ExtensionType.RenegotiationInfo)
  if (renegotiation === undefined || !Extensions.isInitialRenegotiationInfo(renegotiation)) {
    return negotiationFailed(turn, "handshake_failure", "the server has no secure renegotiation")
  }
  const formats = bodyOf(ExtensionType.EcPointFormats)
  const name = bodyOf(ExtensionType.ServerName)
  if (
    extended.length > 0 || (name !== undefined && name.length > 0) ||
    (formats !== undefined && !Extensions.allowsUncompressedPoints(formats))
  ) {
    return violation(turn, "illegal_parameter", "a wrong extension in ServerHello")
  }
  turn.note(message)
  turn.update({ phase: { _tag: "AwaitCertificate", config, suite, clientRandom, serverRandom: hello.random.slice() } })
}

const certificate = (turn: Turn, phase: PhaseOf<"AwaitCertificate">, message: HandshakeMessage): void => {
  const { config, suite } = phase
  const decoded = decodeCertificate(message.body)
  if (decoded === undefined) return violation(turn, "decode_error", "malformed Certificate")
  if (decoded.chain.length === 0) return violation(turn, "bad_certificate", "no certificate")
  const verdict = config.verify(decoded.chain, turn.now + turn.state.epochOffset)
  if (verdict._tag === "Refused") return turn.fail(verdict.alert, verdict.reason)
  if (verdict.publicKey.authentication !== suite.authentication) {
    return violation(turn, "unsupported_certificate", `a certificate that is not for ${suite.name}`)
  }
  turn.note(message)
  turn.update({ phase: { ...phase, _tag: "AwaitServerKeyExchange", publicKey: verdict.publicKey } })
}

const serverKeyExchange = (turn: Turn, phase: PhaseOf<"AwaitServerKeyExchange">, message: HandshakeMessage): void => {
  const { clientRandom, config, publicKey, serverRandom, suite } = phase
  const exchange = decodeServerKeyExchange(message.body)
  if (exchange === undefined) return violation(turn, "decode_error", "malformed ServerKeyExchange")
  const group = config.groups.find(({ id }) => id === exchange.group)
  const scheme = signatureSchemes.find(({ id }) => id === exchange.scheme)
  if (group === undefined) return violation(turn, "illegal_parameter", "a group that was not offered")
  if (scheme === undefined || scheme.authentication !== suite.authentication) {
    return violation(turn, "illegal_parameter", "a signature scheme that was not offered")
  }
  // RFC 8422 section 5.4: the signature covers both randoms, so that it cannot come from another handshake
  const signed = concat(clientRandom, serverRandom, encodeParameters(exchange))
  if (!publicKey.verify(scheme, signed, exchange.signature)) {
    return violation(turn, "decrypt_error", "a wrong signature: the server does not have the certificate's key")
  }
  turn.note(message)
  turn.update({
    phase: {
      _tag: "AwaitServerHelloDone",
      config,
      suite,
      clientRandom,
      serverRandom,
      group,
      point: exchange.publicKey.slice(),
      certificateRequested: false
    }
  })
}

const certificateRequest = (turn: Turn, phase: PhaseOf<"AwaitServerHelloDone">, message: HandshakeMessage): void => {
  if (!isCertificateRequest(message.body)) return violation(turn, "decode_error", "malformed CertificateRequest")
  turn.note(message)
  turn.update({ phase: { ...phase, certificateRequested: true } })
}

const serverHelloDone = (turn: Turn, phase: PhaseOf<"AwaitServerHelloDone">, message: HandshakeMessage): void => {
  const { clientRandom, config, group, point, serverRandom, suite } = phase
  const { crypto } = config
  if (message.body.length > 0) return violation(turn, "decode_error", "malformed ServerHelloDone")
  const share = crypto.keyShare(group.name, turn.random)
  const premasterSecret = share.agree(point)
  if (premasterSecret === undefined) return violation(turn, "illegal_parameter", "an invalid public key")
  turn.note(message)
  const items: Array<FlightItem> = []
  if (phase.certificateRequested) {
    // RFC 5246 section 7.4.6: a client without a certificate says so
    const none = turn.message(HandshakeType.Certificate, encodeCertificate({ chain: [] }))
    items.push({ _tag: "Message", epoch: 0, message: none })
  }
  const exchange = turn.message(HandshakeType.ClientKeyExchange, encodeClientKeyExchange(share.publicKey))
  const masterSecret = extendedMasterSecret(crypto, suite, premasterSecret, turn.state.transcript)
  premasterSecret.fill(0)
  const keys = sessionKeys(crypto, suite, masterSecret, clientRandom, serverRandom)
  const proof = verifyData(crypto, suite, masterSecret, "client", turn.state.transcript)
  const finished = turn.message(HandshakeType.Finished, proof)
  turn.update({
    phase: {
      _tag: "AwaitServerFinished",
      config,
      suite,
      clientRandom,
      serverRandom,
      group,
      masterSecret,
      ticketSeen: false
    },
    writing: keys.client,
    reading: keys.server
  })
  sendFlight(turn, config.mtu, [
    ...items,
    { _tag: "Message", epoch: 0, message: exchange },
    { _tag: "ChangeCipherSpec" },
    { _tag: "Message", epoch: 1, message: finished }
  ])
}

const newSessionTicket = (turn: Turn, phase: PhaseOf<"AwaitServerFinished">, message: HandshakeMessage): void => {
  if (!isNewSessionTicket(message.body)) return violation(turn, "decode_error", "malformed NewSessionTicket")
  turn.note(message)
  turn.update({ phase: { ...phase, ticketSeen: true } })
}

const finished = (turn: Turn, phase: PhaseOf<"AwaitServerFinished">, message: HandshakeMessage): void => {
  const { config, masterSecret, suite } = phase
  const expected = verifyData(config.crypto, suite, masterSecret, "server", turn.state.transcript)
  if (!config.crypto.equal(message.body, expected)) {
    return violation(turn, "decrypt_error", "a wrong Finished: somebody has changed the handshake")
  }
  turn.update({ flight: undefined, deadline: undefined })
  open(turn, "client", phase)
}
