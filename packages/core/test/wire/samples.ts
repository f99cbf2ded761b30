/**
 * One command of each kind with the bytes that the layouts of the protocol give it, written out by hand.
 */
import type { Command } from "@effect-enet/core/wire"

export const fromHex = (text: string): Uint8Array =>
  Uint8Array.from(text.replaceAll(/\s+/g, "").match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))

export const toHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")

export interface Sample {
  readonly name: string
  readonly hex: string
  readonly command: Command.Command
}

const handshake = {
  channelID: 0xff,
  reliableSequenceNumber: 1,
  mtu: 1392,
  windowSize: 65536,
  incomingBandwidth: 100_000,
  outgoingBandwidth: 57_600,
  packetThrottleInterval: 5000,
  packetThrottleAcceleration: 2,
  packetThrottleDeceleration: 3,
  connectID: 0xdeadbeef
}

export const samples: ReadonlyArray<Sample> = [
  {
    name: "ACKNOWLEDGE",
    hex: "01 03 1234 1234 abcd",
    command: {
      _tag: "Acknowledge",
      flags: 0,
      channelID: 3,
      reliableSequenceNumber: 0x1234,
      receivedReliableSequenceNumber: 0x1234,
      receivedSentTime: 0xabcd
    }
  },
  {
    name: "CONNECT",
    hex: `82 ff 0001 0ab1 ff ff 00000570 00010000 000000ff 000186a0 0000e100
      00001388 00000002 00000003 deadbeef 01020304`,
    command: {
      _tag: "Connect",
      flags: 0x80,
      outgoingPeerID: 0xab1,
      incomingSessionID: 0xff,
      outgoingSessionID: 0xff,
      channelCount: 255,
      data: 0x01020304,
      ...handshake
    }
  },
  {
    name: "VERIFY_CONNECT",
    hex: `83 ff 0001 0002 01 03 00000570 00010000 00000004 000186a0 0000e100
      00001388 00000002 00000003 deadbeef`,
    command: {
      _tag: "VerifyConnect",
      flags: 0x80,
      outgoingPeerID: 2,
      incomingSessionID: 1,
      outgoingSessionID: 3,
      channelCount: 4,
      ...handshake
    }
  },
  {
    name: "DISCONNECT from an established peer",
    hex: "84 ff 0102 0000004d",
    command: { _tag: "Disconnect", flags: 0x80, channelID: 0xff, reliableSequenceNumber: 0x102, data: 77 }
  },
  {
    name: "DISCONNECT at once",
    hex: "44 ff 0002 fffffffe",
    command: { _tag: "Disconnect", flags: 0x40, channelID: 0xff, reliableSequenceNumber: 2, data: 0xfffffffe }
  },
  {
    name: "PING",
    hex: "85 ff ffff",
    command: { _tag: "Ping", flags: 0x80, channelID: 0xff, reliableSequenceNumber: 0xffff }
  },
  {
    name: "SEND_RELIABLE",
    hex: "86 00 0001 0005 68656c6c6f",
    command: {
      _tag: "SendReliable",
      flags: 0x80,
      channelID: 0,
      reliableSequenceNumber: 1,
      payload: new TextEncoder().encode("hello")
    }
  },
  {
    name: "SEND_RELIABLE without payload",
    hex: "86 fe 8000 0000",
    command: {
      _tag: "SendReliable",
      flags: 0x80,
      channelID: 254,
      reliableSequenceNumber: 0x8000,
      payload: new Uint8Array(0)
    }
  },
  {
    name: "SEND_UNRELIABLE",
    hex: "07 01 0102 0304 0002 a0b1",
    command: {
      _tag: "SendUnreliable",
      flags: 0,
      channelID: 1,
      reliableSequenceNumber: 0x102,
      unreliableSequenceNumber: 0x304,
      payload: Uint8Array.of(0xa0, 0xb1)
    }
  },
  {
    name: "SEND_FRAGMENT",
    hex: "88 02 0007 0005 0003 00000010 00000002 00001542 00000aa8 616263",
    command: {
      _tag: "SendFragment",
      flags: 0x80,
      channelID: 2,
      reliableSequenceNumber: 7,
      startSequenceNumber: 5,
      fragmentCount: 16,
      fragmentNumber: 2,
      totalLength: 0x1542,
      fragmentOffset: 0xaa8,
      payload: new TextEncoder().encode("abc")
    }
  },
  {
    name: "SEND_UNSEQUENCED",
    hex: "49 00 0000 ffee 0001 7a",
    command: {
      _tag: "SendUnsequenced",
      flags: 0x40,
      channelID: 0,
      reliableSequenceNumber: 0,
      unsequencedGroup: 0xffee,
      payload: new TextEncoder().encode("z")
    }
  },
  {
    name: "BANDWIDTH_LIMIT",
    hex: "8a ff 0002 0001e240 80000000",
    command: {
      _tag: "BandwidthLimit",
      flags: 0x80,
      channelID: 0xff,
      reliableSequenceNumber: 2,
      incomingBandwidth: 123_456,
      outgoingBandwidth: 0x80000000
    }
  },
  {
    name: "THROTTLE_CONFIGURE",
    hex: "8b ff 0003 00001388 00000002 ffffffff",
    command: {
      _tag: "ThrottleConfigure",
      flags: 0x80,
      channelID: 0xff,
      reliableSequenceNumber: 3,
      packetThrottleInterval: 5000,
      packetThrottleAcceleration: 2,
      packetThrottleDeceleration: 0xffffffff
    }
  },
  {
    name: "SEND_UNRELIABLE_FRAGMENT",
    hex: "0c 00 0000 0009 0001 00000002 00000001 00000555 00000554 ff",
    command: {
      _tag: "SendUnreliableFragment",
      flags: 0,
      channelID: 0,
      reliableSequenceNumber: 0,
      startSequenceNumber: 9,
      fragmentCount: 2,
      fragmentNumber: 1,
      totalLength: 1365,
      fragmentOffset: 1364,
      payload: Uint8Array.of(0xff)
    }
  }
]
