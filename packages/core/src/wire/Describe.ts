/**
 * Datagrams and commands in words, for people who look at traffic.
 *
 * @since 0.1.0
 */
import type { Command } from "./Command.ts"
import { CONTROL_CHANNEL } from "./Constants.ts"

/**
 * A command in words: its kind, where it belongs, its number, and what it carries.
 *
 * @since 0.1.0
 * @category models
 */
export interface Description {
  readonly kind: string
  /** Channel and number, for example `0#17`, or `#3` for control commands. */
  readonly number: string
  readonly details: string
}

const kinds: { readonly [Tag in Command["_tag"]]: string } = {
  Acknowledge: "ack",
  Connect: "CONNECT",
  VerifyConnect: "VERIFY_CONNECT",
  Disconnect: "DISCONNECT",
  Ping: "ping",
  SendReliable: "reliable",
  SendUnreliable: "unreliable",
  SendFragment: "fragment",
  SendUnsequenced: "unsequenced",
  BandwidthLimit: "bandwidth limit",
  ThrottleConfigure: "throttle configure",
  SendUnreliableFragment: "unreliable fragment"
}

const bandwidth = (value: number): string => value === 0 ? "unlimited" : `${value} B/s`

const detailsOf = (command: Command): string => {
  switch (command._tag) {
    case "Acknowledge":
      return `sent at ${command.receivedSentTime}`
    case "Connect":
    case "VerifyConnect": {
      const id = command.connectID.toString(16).padStart(8, "0")
      const data = command._tag === "Connect" ? ` data ${command.data}` : ""
      return `slot ${command.outgoingPeerID} sessions ${command.incomingSessionID}/${command.outgoingSessionID} ` +
        `channels ${command.channelCount} mtu ${command.mtu} window ${command.windowSize} ` +
        `in ${bandwidth(command.incomingBandwidth)} out ${bandwidth(command.outgoingBandwidth)} id ${id}${data}`
    }
    case "Disconnect":
      return `data ${command.data}`
    case "Ping":
      return ""
    case "SendReliable":
      return `${command.payload.length} B`
    case "SendUnreliable":
      return `.${command.unreliableSequenceNumber} ${command.payload.length} B`
    case "SendUnsequenced":
      return `group ${command.unsequencedGroup} ${command.payload.length} B`
    case "SendFragment":
    case "SendUnreliableFragment":
      return `${command.fragmentNumber + 1} of ${command.fragmentCount} from #${command.startSequenceNumber} ` +
        `${command.payload.length} of ${command.totalLength} B at ${command.fragmentOffset}`
    case "BandwidthLimit":
      return `in ${bandwidth(command.incomingBandwidth)} out ${bandwidth(command.outgoingBandwidth)}`
    case "ThrottleConfigure":
      return `every ${command.packetThrottleInterval} ms up ${command.packetThrottleAcceleration} ` +
        `down ${command.packetThrottleDeceleration}`
  }
}

/**
 * @since 0.1.0
 * @category formatting
 */
export const describe = (command: Command): Description => ({
  kind: kinds[command._tag],
  number: `${command.channelID === CONTROL_CHANNEL ? "" : command.channelID}#${command.reliableSequenceNumber}`,
  details: detailsOf(command)
})
