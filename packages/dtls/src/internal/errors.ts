/**
 * Ends of associations as errors.
 */
import * as DatagramSocket from "effect/socket/DatagramSocket"
import {
  AlertReceived,
  AssociationClosed,
  CertificateRefused,
  type DtlsError,
  fromReason,
  HandshakeTimeout,
  HostNameMismatch,
  NegotiationFailed,
  ProtocolViolation
} from "../DtlsError.ts"
import type { EndReason } from "../protocol/Output.ts"
import { AlertDescription, alertName } from "../wire/Alert.ts"
import type { Remote } from "./Endpoint.ts"

/** Alerts by which the other side says that there is no agreement. */
const disagreements: ReadonlyArray<number> = [
  AlertDescription.handshake_failure,
  AlertDescription.protocol_version,
  AlertDescription.insufficient_security
]

export const shown = ({ host, port }: Remote): string => host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`

export const errorOf = (remote: Remote, reason: EndReason): DtlsError => {
  const address = shown(remote)
  switch (reason._tag) {
    case "Local":
      return fromReason(new AssociationClosed({ address, by: "local" }))
    case "Remote":
      return fromReason(new AssociationClosed({ address, by: "remote" }))
    case "IdleTimeout":
      return fromReason(new AssociationClosed({ address, by: "silence" }))
    case "Replaced":
      return fromReason(new AssociationClosed({ address, by: "replacement" }))
    case "Exhausted":
      return fromReason(new AssociationClosed({ address, by: "exhaustion" }))
    case "Alert": {
      const alert = alertName(reason.description)
      return fromReason(
        disagreements.includes(reason.description)
          ? new NegotiationFailed({ address, detail: `it answered with ${alert}` })
          : new AlertReceived({ address, alert })
      )
    }
    case "CertificateRefused":
      return fromReason(new CertificateRefused({ address, detail: reason.detail }))
    case "HostNameMismatch":
      return fromReason(new HostNameMismatch({ address, expected: reason.expected, names: reason.names }))
    case "NegotiationFailed":
      return fromReason(new NegotiationFailed({ address, detail: reason.detail }))
    case "ProtocolViolation":
      return fromReason(new ProtocolViolation({ address, detail: reason.detail }))
    case "HandshakeTimeout":
      return fromReason(new HandshakeTimeout({ address }))
  }
}

/** What a write fails with. */
export const writeError = (
  kind: DatagramSocket.IoErrorKind,
  remote: Remote,
  cause: DtlsError
): DatagramSocket.DatagramSocketError =>
  new DatagramSocket.DatagramSocketError({
    reason: new DatagramSocket.DatagramSocketWriteError({ kind, address: remote.inet, cause })
  })
