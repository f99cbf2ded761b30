/**
 * Every test of a host of `packages/core`, with DTLS between the hosts and their sockets. Takes half a minute, so it is not
 * among the ordinary tests:
 *
 *   npx vitest run --config packages/dtls/test/hosts/vitest.config.ts
 */
import { defineConfig, mergeConfig } from "vitest/config"
import { ClosingLine } from "../../../../scripts/closing-line.ts"
import { shared } from "../../../../vitest.shared.ts"

/** What is not so under DTLS, and cannot be. */
const otherwise = [
  // a socket with DTLS is a client's or a server's
  "works from a host to itself",
  "can still connect elsewhere, and hear of the end",
  // a server writes to those only who have begun an association
  "sends exactly the bytes from the host's own port, uncounted",
  // a stranger's first datagram arrives after its handshake, not at once
  "count from 0 again when they are popped, but for the connected peers",
  // the layer below has deadlines of its own
  "does not wake after its last peer has gone",
  "with long ping intervals sleeps that long",
  // ENet gives up a remote that stalls again and again when its packets arrive spread over several turns
  "may stop and go on many times"
]

export default mergeConfig(
  { ssr: shared.ssr },
  defineConfig({
    test: {
      name: "hosts over dtls",
      root: import.meta.dirname,
      include: ["*.suite.ts"],
      testNamePattern: new RegExp(`^(?!.*(?:${otherwise.join("|")})).*$`),
      reporters: ["default", new ClosingLine()]
    }
  })
)
