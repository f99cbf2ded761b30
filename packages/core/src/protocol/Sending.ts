/**
 * Packets from the application: cut into commands and queued (`enet_peer_send`).
 */
import { view } from "../wire/Bytes.ts"
import type { Command } from "../wire/Command.ts"
import {
  PACKET_FLAG_RELIABLE,
  PACKET_FLAG_UNRELIABLE_FRAGMENT,
  PACKET_FLAG_UNSEQUENCED,
  PROTOCOL_COMMAND_FLAG_ACKNOWLEDGE,
  PROTOCOL_COMMAND_FLAG_UNSEQUENCED,
  PROTOCOL_MAXIMUM_FRAGMENT_COUNT
} from "../wire/Constants.ts"
import type { Host, Settings } from "./Host.ts"
import type { Packet } from "./Input.ts"
import type { CallFailure } from "./Output.ts"
import type { Peer } from "./Peer.ts"
import { PeerState } from "./PeerState.ts"
import { nextReliableNumber, nextUnreliableNumber, nextUnsequencedGroup, queueCommand } from "./Queueing.ts"
import type { Step } from "./Step.ts"

/** Header of a datagram with sent time, and a fragment command. */
const FRAGMENT_OVERHEAD = 4 + 24

/** Payload bytes of a full fragment, and the largest packet that travels in one command. */
const fragmentLength = (mtu: number, settings: Settings): number =>
  mtu - FRAGMENT_OVERHEAD - (settings.checksum === undefined ? 0 : 4)

/** Why a packet cannot be sent to the peer, or `undefined` when it can. */
export const sendFailure = (
  host: Host,
  peer: Peer | undefined,
  channelID: number,
  length: number
): CallFailure | undefined =>
  peer === undefined || peer.state !== PeerState.Connected
    ? "NotConnected"
    : channelID >= peer.link.channelCount
    ? "InvalidChannel"
    : length > host.settings.maximumPacketSize ||
        length > PROTOCOL_MAXIMUM_FRAGMENT_COUNT * fragmentLength(peer.link.mtu, host.settings)
    ? "PacketTooLarge"
    : undefined

/** Queues a packet that `sendFailure` let pass. */
export const send = (step: Step, peer: Peer, channelID: number, packet: Packet): void => {
  const maximum = fragmentLength(peer.link.mtu, step.host.settings)
  if (packet.payload.length > maximum) sendFragments(step, peer, channelID, packet, maximum)
  else queueCommand(step, peer, wholeCommand(peer, channelID, packet))
}

const wholeCommand = (peer: Peer, channelID: number, { flags, payload }: Packet): Command => {
  if ((flags & (PACKET_FLAG_RELIABLE | PACKET_FLAG_UNSEQUENCED)) === PACKET_FLAG_UNSEQUENCED) {
    return {
      _tag: "SendUnsequenced",
      flags: PROTOCOL_COMMAND_FLAG_UNSEQUENCED,
      channelID,
      reliableSequenceNumber: 0,
      unsequencedGroup: nextUnsequencedGroup(peer),
      payload
    }
  }
  const channel = peer.editChannel(channelID)
  // the unreliable numbers of this reliable number are used up: going reliably starts them anew
  if ((flags & PACKET_FLAG_RELIABLE) !== 0 || channel.outgoingUnreliableSequenceNumber >= 0xffff) {
    return {
      _tag: "SendReliable",
      flags: PROTOCOL_COMMAND_FLAG_ACKNOWLEDGE,
      channelID,
      reliableSequenceNumber: nextReliableNumber(channel),
      payload
    }
  }
  return {
    _tag: "SendUnreliable",
    flags: 0,
    channelID,
    reliableSequenceNumber: channel.outgoingReliableSequenceNumber,
    unreliableSequenceNumber: nextUnreliableNumber(channel),
    payload
  }
}

const sendFragments = (
  step: Step,
  peer: Peer,
  channelID: number,
  { flags, payload }: Packet,
  maximum: number
): void => {
  const channel = peer.editChannel(channelID)
  const unreliable =
    (flags & (PACKET_FLAG_RELIABLE | PACKET_FLAG_UNRELIABLE_FRAGMENT)) === PACKET_FLAG_UNRELIABLE_FRAGMENT &&
    channel.outgoingUnreliableSequenceNumber < 0xffff
  const startSequenceNumber = unreliable
    ? nextUnreliableNumber(channel)
    : (channel.outgoingReliableSequenceNumber + 1) & 0xffff
  const fragmentCount = Math.ceil(payload.length / maximum)
  for (let fragmentNumber = 0; fragmentNumber < fragmentCount; fragmentNumber++) {
    const fragmentOffset = fragmentNumber * maximum
    queueCommand(step, peer, {
      _tag: unreliable ? "SendUnreliableFragment" : "SendFragment",
      flags: unreliable ? 0 : PROTOCOL_COMMAND_FLAG_ACKNOWLEDGE,
      channelID,
      reliableSequenceNumber: unreliable ? channel.outgoingReliableSequenceNumber : nextReliableNumber(channel),
      startSequenceNumber,
      fragmentCount,
      fragmentNumber,
      totalLength: payload.length,
      fragmentOffset,
      payload: view(payload, fragmentOffset, Math.min(maximum, payload.length - fragmentOffset))
    })
  }
}
