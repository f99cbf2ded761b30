/**
 * The server's side of a handshake, from a ClientHello whose sender has proved its address.
 *
 * @since 0.1.0
 */
import type { Random } from "../crypto/CryptoProvider.ts"
import { extendedMasterSecret, sessionKeys, verifyData } from "../crypto/KeySchedule.ts"
import { concat } from "../wire/Bytes.ts"
import type { CipherSuite } from "../wire/CipherSuite.ts"
import {
  DTLS_1_2,
  EMPTY_RENEGOTIATION_INFO_SCSV,
  ExtensionType,
  HandshakeType,
  RANDOM_LENGTH
} from "../wire/Constants.ts"
import * as Extensions from "../wire/Extensions.ts"
import { type NamedGroup, type SignatureScheme, signatureSchemes } from "../wire/Groups.ts"
import type { HandshakeMessage } from "../wire/Handshake.ts"
import { encodeCertificate } from "../wire/messages/Certificate.ts"
import type { ClientHello } from "../wire/messages/ClientHello.ts"
import { decodeClientKeyExchange } from "../wire/messages/ClientKeyExchange.ts"
import { encodeServerHello } from "../wire/messages/ServerHello.ts"
import { encodeParameters, encodeServerKeyExchange } from "../wire/messages/ServerKeyExchange.ts"
import type { Association, FlightItem, ServerPhase } from "./Association.ts"
import type { ServerConfig } from "./Config.ts"
import { sendFlight } from "./Flights.ts"
import { open } from "./Opening.ts"
import type { Outputs } from "./Output.ts"
import { emptyReassembly } from "./Reassembly.ts"
import { emptyWindow } from "./ReplayWindow.ts"
import { Turn } from "./Turn.ts"
import { negotiationFailed, unexpected, violation } from "./Violations.ts"

type PhaseOf<Tag extends ServerPhase["_tag"]> = Extract<ServerPhase, { readonly _tag: Tag }>

/**
 * Longest handshake message that a server takes; a public key and a Finished are much shorter.
 *
 * @since 0.1.0
 * @category constants
 */
export const SERVER_MAXIMUM_MESSAGE = 512

/**
 * A ClientHello and where it stood.
 *
 * @since 0.1.0
 * @category models
 */
export interface ReceivedHello {
  readonly hello: ClientHello
  readonly message: HandshakeMessage
  /** Of its record. */
  readonly recordSequence: number
}

/** What the two sides have in common. */
interface Chosen {
  readonly _tag: "Chosen"
  readonly suite: CipherSuite
  readonly group: NamedGroup
  readonly scheme: SignatureScheme
  readonly answersRenegotiation: boolean
  readonly answersPointFormats: boolean
}

type Choice = Chosen | { readonly _tag: "Refused"; readonly refuse: (turn: Turn) => void }

const refuse = (refuse: (turn: Turn) => void): Choice => ({ _tag: "Refused", refuse })

const none = (what: string): Choice =>
  refuse((turn) => negotiationFailed(turn, "handshake_failure", `the client has no ${what} in common with this server`))

const choose = (config: ServerConfig, hello: ClientHello): Choice => {
  const bodyOf = (type: number) => Extensions.findExtension(hello.extensions, type)
  if (!hello.compressionMethods.includes(0)) {
    return refuse((turn) => violation(turn, "illegal_parameter", "no null compression"))
  }
  const extended = bodyOf(ExtensionType.ExtendedMasterSecret)
  // RFC 7627 section 5.3
  if (extended === undefined) return none("extended master secret")
  const renegotiation = bodyOf(ExtensionType.RenegotiationInfo)
  const formats = bodyOf(ExtensionType.EcPointFormats)
  const groupsBody = bodyOf(ExtensionType.SupportedGroups)
  const schemesBody = bodyOf(ExtensionType.SignatureAlgorithms)
  const offeredGroups = groupsBody === undefined ? undefined : Extensions.decodeGroups(groupsBody)
  const offeredSchemes = schemesBody === undefined ? undefined : Extensions.decodeSignatureAlgorithms(schemesBody)
  if (
    extended.length > 0 ||
    (renegotiation !== undefined && !Extensions.isInitialRenegotiationInfo(renegotiation)) ||
    (formats !== undefined && !Extensions.allowsUncompressedPoints(formats)) ||
    (groupsBody !== undefined && offeredGroups === undefined) ||
    (schemesBody !== undefined && offeredSchemes === undefined)
  ) {
    return refuse((turn) => violation(turn, "illegal_parameter", "a wrong extension in ClientHello"))
  }
  const { authentication, group: certificateGroup } = config.privateKey
  // RFC 8422 section 4: without the extension a server may choose
  const group = config.groups.find(({ id }) => offeredGroups?.includes(id) ?? true)
  if (group === undefined) return none("group")
  // RFC 8422 section 5.1.1: the list is also about the keys of certificates
  const certificateGroupId = config.groups.find(({ name }) => name === certificateGroup)?.id
  const knowsKey = authentication === "RSA" || offeredGroups === undefined ||
    (certificateGroupId !== undefined && offeredGroups.includes(certificateGroupId))
  const suite = config.suites.find((suite) =>
    suite.authentication === authentication && hello.cipherSuites.includes(suite.id)
  )
  if (suite === undefined || !knowsKey) return none("cipher suite")
  // RFC 5246 section 7.4.1.4.1: a client that does not say means SHA-1
  const scheme = signatureSchemes.find((scheme) =>
    scheme.authentication === authentication && offeredSchemes?.includes(scheme.id) === true
  )
  if (scheme === undefined) return none("signature scheme")
  return {
    _tag: "Chosen",
    suite,
    group,
    scheme,
    // RFC 5746 section 3.6: a first handshake may announce itself by the extension or by the suite
    answersRenegotiation: renegotiation !== undefined || hello.cipherSuites.includes(EMPTY_RENEGOTIATION_INFO_SCSV),
    answersPointFormats: formats !== undefined
  }
}

const initial = (config: ServerConfig, received: ReceivedHello, now: number): Association => ({
  phase: { _tag: "AwaitClientHello", config },
  // RFC 6347 sections 4.2.1 and 4.2.2: numbers go on from the ClientHello's, so that none occurs twice although the
  // HelloVerifyRequest left no trace
  sendSequence: received.message.sequence,
  recordSequences: [received.recordSequence, 0],
  writing: undefined,
  reading: undefined,
  window: emptyWindow,
  reassembly: emptyReassembly(received.message.sequence + 1),
  transcript: [],
  flight: undefined,
  early: [],
  received: [],
  waiting: [],
  epochOffset: 0,
  deadline: now + config.handshakeTimeout,
  attemptDeadline: undefined,
  heardAt: now
})

/**
 * Begins an association. Its sender must have proved its address: this costs a signature.
 *
 * @since 0.1.0
 * @category constructors
 */
export const accept = (
  config: ServerConfig,
  received: ReceivedHello,
  now: number,
  random: Random
): { readonly state: Association; readonly outputs: Outputs } => {
  const turn = new Turn(initial(config, received, now), now, random)
  const choice = choose(config, received.hello)
  if (choice._tag === "Refused") choice.refuse(turn)
  else answer(turn, config, received, choice)
  return { state: turn.state, outputs: turn.outputs }
}

/** ServerHello, Certificate, ServerKeyExchange, ServerHelloDone. */
const answer = (
  turn: Turn,
  config: ServerConfig,
  { hello, message }: ReceivedHello,
  { answersPointFormats, answersRenegotiation, group, scheme, suite }: Chosen
): void => {
  const { chain, crypto, privateKey } = config
  const clientRandom = hello.random.slice()
  const serverRandom = turn.random(RANDOM_LENGTH)
  const keyShare = crypto.keyShare(group.name, turn.random)
  const parameters = { group: group.id, publicKey: keyShare.publicKey }
  const signature = privateKey.sign(scheme, concat(clientRandom, serverRandom, encodeParameters(parameters)))
  turn.note(message)
  const serverHello = encodeServerHello({
    version: DTLS_1_2,
    random: serverRandom,
    sessionId: new Uint8Array(0),
    cipherSuite: suite.id,
    compressionMethod: 0,
    extensions: [
      ...(answersRenegotiation ? [Extensions.renegotiationInfo] : []),
      Extensions.extendedMasterSecret,
      ...(answersPointFormats ? [Extensions.pointFormats] : [])
    ]
  })
  const flight: ReadonlyArray<readonly [number, Uint8Array]> = [
    [HandshakeType.ServerHello, serverHello],
    [HandshakeType.Certificate, encodeCertificate({ chain })],
    [HandshakeType.ServerKeyExchange, encodeServerKeyExchange({ ...parameters, scheme: scheme.id, signature })],
    [HandshakeType.ServerHelloDone, new Uint8Array(0)]
  ]
  const items = flight.map(([type, body]): FlightItem => ({
    _tag: "Message",
    epoch: 0,
    message: turn.message(type, body)
  }))
  turn.update({
    phase: { _tag: "AwaitClientKeyExchange", config, suite, group, keyShare, clientRandom, serverRandom }
  })
  sendFlight(turn, config.mtu, items)
}

/**
 * The next message of the client, in order and complete.
 *
 * @since 0.1.0
 * @category handlers
 */
export const receiveMessage = (turn: Turn, phase: ServerPhase, message: HandshakeMessage): void => {
  switch (phase._tag) {
    case "AwaitClientHello":
      return unexpected(turn, message)
    case "AwaitClientKeyExchange":
      return message.type === HandshakeType.ClientKeyExchange
        ? clientKeyExchange(turn, phase, message)
        : unexpected(turn, message)
    case "AwaitClientFinished":
      return message.type === HandshakeType.Finished ? finished(turn, phase, message) : unexpected(turn, message)
  }
}

const clientKeyExchange = (turn: Turn, phase: PhaseOf<"AwaitClientKeyExchange">, message: HandshakeMessage): void => {
  const { clientRandom, config, group, keyShare, serverRandom, suite } = phase
  const { crypto } = config
  const publicKey = decodeClientKeyExchange(message.body)
  if (publicKey === undefined) return violation(turn, "decode_error", "malformed ClientKeyExchange")
  const premasterSecret = keyShare.agree(publicKey)
  if (premasterSecret === undefined) return violation(turn, "illegal_parameter", "an invalid public key")
  turn.note(message)
  const masterSecret = extendedMasterSecret(crypto, suite, premasterSecret, turn.state.transcript)
  premasterSecret.fill(0)
  const keys = sessionKeys(crypto, suite, masterSecret, clientRandom, serverRandom)
  turn.update({
    phase: { _tag: "AwaitClientFinished", config, suite, group, clientRandom, serverRandom, masterSecret, keys },
    reading: keys.client
  })
}

const finished = (turn: Turn, phase: PhaseOf<"AwaitClientFinished">, message: HandshakeMessage): void => {
  const { config, keys, masterSecret, suite } = phase
  const { crypto } = config
  const expected = verifyData(crypto, suite, masterSecret, "client", turn.state.transcript)
  if (!crypto.equal(message.body, expected)) {
    return violation(turn, "decrypt_error", "a wrong Finished: somebody has changed the handshake")
  }
  turn.note(message)
  const proof = verifyData(crypto, suite, masterSecret, "server", turn.state.transcript)
  const answer = turn.message(HandshakeType.Finished, proof)
  turn.update({ writing: keys.server })
  sendFlight(turn, config.mtu, [{ _tag: "ChangeCipherSpec" }, { _tag: "Message", epoch: 1, message: answer }], "last")
  open(turn, "server", phase)
}
