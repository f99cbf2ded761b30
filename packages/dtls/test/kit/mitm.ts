/**
 * What somebody in between can do: take datagrams apart, change handshake messages and put them together again.
 */
import { sameBytes } from "../../src/wire/Bytes.ts"
import { decodeFragments, encodeMessage, type HandshakeMessage } from "../../src/wire/Handshake.ts"
import { type ClientHello, decodeClientHello, encodeClientHello } from "../../src/wire/messages/ClientHello.ts"
import { decodeServerHello, encodeServerHello, type ServerHello } from "../../src/wire/messages/ServerHello.ts"
import { decodeRecords, encodeRecord } from "../../src/wire/Record.ts"

/** A record, unprotected unless told otherwise. */
export const record = (
  type: number,
  fragment: Uint8Array,
  options: { readonly epoch?: number; readonly sequence?: number; readonly version?: number } = {}
): Uint8Array =>
  encodeRecord({
    type,
    version: options.version ?? 0xfefd,
    epoch: options.epoch ?? 0,
    sequence: options.sequence ?? 1_000_000,
    fragment
  })

/** A datagram with one handshake message in plaintext. */
export const handshake = (message: HandshakeMessage, sequence?: number): Uint8Array =>
  record(22, encodeMessage(message), sequence === undefined ? {} : { sequence })

/** Changes unfragmented plaintext handshake messages of a type within a datagram. */
export const changing =
  (type: number, change: (body: Uint8Array) => Uint8Array) => (datagram: Uint8Array): Uint8Array =>
    new Uint8Array(Buffer.concat(
      decodeRecords(datagram).records.map((record) => {
        if (record.type !== 22 || record.epoch !== 0) return encodeRecord(record)
        const fragments = decodeFragments(record.fragment) ?? []
        const [first] = fragments
        if (fragments.length !== 1 || first?.type !== type || first.bytes.length !== first.length) {
          return encodeRecord(record)
        }
        const body = change(first.bytes.slice())
        if (sameBytes(body, first.bytes)) return encodeRecord(record)
        return encodeRecord({ ...record, fragment: encodeMessage({ type, sequence: first.sequence, body }) })
      })
    ))

export const changingClientHello = (change: (hello: ClientHello) => ClientHello) =>
  changing(1, (body) => {
    const hello = decodeClientHello(body)
    return hello === undefined ? body : encodeClientHello(change(hello))
  })

export const changingServerHello = (change: (hello: ServerHello) => ServerHello) =>
  changing(2, (body) => {
    const hello = decodeServerHello(body)
    return hello === undefined ? body : encodeServerHello(change(hello))
  })
