/**
 * The values that the two sides of a connection settle on.
 */
import type * as Command from "../wire/Command.ts"
import {
  CONTROL_CHANNEL,
  PEER_WINDOW_SIZE_SCALE,
  PROTOCOL_COMMAND_FLAG_ACKNOWLEDGE,
  PROTOCOL_MAXIMUM_MTU,
  PROTOCOL_MAXIMUM_WINDOW_SIZE,
  PROTOCOL_MINIMUM_MTU,
  PROTOCOL_MINIMUM_WINDOW_SIZE
} from "../wire/Constants.ts"
import type { Settings } from "./Host.ts"
import type { Link } from "./Peer.ts"

export const clamp = (value: number, minimum: number, maximum: number): number =>
  Math.min(Math.max(value, minimum), maximum)

export const clampWindow = (size: number): number =>
  clamp(size, PROTOCOL_MINIMUM_WINDOW_SIZE, PROTOCOL_MAXIMUM_WINDOW_SIZE)

export const clampMtu = (mtu: number): number => clamp(mtu, PROTOCOL_MINIMUM_MTU, PROTOCOL_MAXIMUM_MTU)

/** The window that fits a bandwidth in bytes per second. */
const windowOf = (bandwidth: number): number =>
  Math.floor(bandwidth / PEER_WINDOW_SIZE_SCALE) * PROTOCOL_MINIMUM_WINDOW_SIZE

/** The window that a host of this bandwidth asks for or grants, before it is clamped. */
export const ownWindow = (bandwidth: number): number =>
  bandwidth === 0 ? PROTOCOL_MAXIMUM_WINDOW_SIZE : windowOf(bandwidth)

/** How much may be in flight towards a remote that receives `incoming`, from a host that sends `outgoing`. */
export const sendWindow = (outgoing: number, incoming: number): number =>
  outgoing === 0 && incoming === 0
    ? PROTOCOL_MAXIMUM_WINDOW_SIZE
    : clampWindow(
      windowOf(outgoing === 0 || incoming === 0 ? Math.max(outgoing, incoming) : Math.min(outgoing, incoming))
    )

/** The ids that tell the datagrams of this connection from others. */
export type Ids = Pick<Link, "incomingPeerID" | "incomingSessionID" | "outgoingSessionID">

/** What a CONNECT makes of the link of the peer that it is granted. */
export const grantedLink = (link: Link, settings: Settings, command: Command.Connect, ids: Ids): Link => ({
  ...link,
  ...ids,
  connectID: command.connectID,
  channelCount: Math.min(command.channelCount, settings.channelLimit),
  outgoingPeerID: command.outgoingPeerID,
  incomingBandwidth: command.incomingBandwidth,
  outgoingBandwidth: command.outgoingBandwidth,
  packetThrottleInterval: command.packetThrottleInterval,
  packetThrottleAcceleration: command.packetThrottleAcceleration,
  packetThrottleDeceleration: command.packetThrottleDeceleration,
  mtu: Math.min(settings.mtu, clampMtu(command.mtu)),
  windowSize: sendWindow(settings.outgoingBandwidth, command.incomingBandwidth)
})

/** The answer to a CONNECT. */
export const verifyConnect = (
  settings: Settings,
  command: Command.Connect,
  ids: Ids,
  reliableSequenceNumber: number
): Command.VerifyConnect => ({
  _tag: "VerifyConnect",
  flags: PROTOCOL_COMMAND_FLAG_ACKNOWLEDGE,
  channelID: CONTROL_CHANNEL,
  reliableSequenceNumber,
  outgoingPeerID: ids.incomingPeerID,
  incomingSessionID: ids.outgoingSessionID,
  outgoingSessionID: ids.incomingSessionID,
  mtu: Math.min(settings.mtu, clampMtu(command.mtu)),
  windowSize: clampWindow(Math.min(ownWindow(settings.incomingBandwidth), command.windowSize)),
  channelCount: Math.min(command.channelCount, settings.channelLimit),
  incomingBandwidth: settings.incomingBandwidth,
  outgoingBandwidth: settings.outgoingBandwidth,
  packetThrottleInterval: command.packetThrottleInterval,
  packetThrottleAcceleration: command.packetThrottleAcceleration,
  packetThrottleDeceleration: command.packetThrottleDeceleration,
  connectID: command.connectID
})
