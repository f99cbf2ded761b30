/**
 * Tests of hosts that cannot hold under DTLS, by name, and why. `everyHost.suite.ts` runs them too, and they must fail.
 */
const oneRole = "a socket with DTLS is a client's or a server's, so no host connects to itself or to another server's"
const stranger = "what somebody without an association sends never arrives"
const deadlines = "the layer below has deadlines of its own, which wake the same clock"

export const otherwise: ReadonlyMap<string, string> = new Map([
  ["works from a host to itself", oneRole],
  ["can still connect elsewhere, and hear of the end", oneRole],
  ["ends its connections with that remote, and no other", oneRole],
  [
    "sends exactly the bytes from the host's own port, uncounted",
    "a server writes to those only who have begun an association"
  ],
  ["count from 0 again when they are popped, but for the connected peers", stranger],
  ["does not wake after its last peer has gone", deadlines],
  ["with long ping intervals sleeps that long", deadlines],
  [
    "may stop and go on many times",
    "a datagram arrives a turn of the event loop later, so those of a burst arrive in several turns; without DTLS it " +
    "fails too when they do, since ENet then gives up a remote that stalls again and again"
  ]
])
