// Checks the two programs against themselves: node interop/selftest.mjs
import assert from "node:assert/strict"
import { execFileSync, spawn } from "node:child_process"
import { createHash } from "node:crypto"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"

const inBuild = (name) => fileURLToPath(new URL(`build/${name}`, import.meta.url))

execFileSync(fileURLToPath(new URL("build.sh", import.meta.url)), { stdio: "inherit" })

// ---- the oracle ----

class Oracle {
  constructor() {
    this.process = spawn(inBuild("oracle"), { stdio: ["pipe", "pipe", "inherit"] })
    this.answer = []
    this.waiting = []
    createInterface({ input: this.process.stdout }).on("line", (line) => {
      if (line !== ".") return this.answer.push(line)
      this.waiting.shift()(this.answer)
      this.answer = []
    })
  }

  ask(line) {
    return new Promise((resolve) => {
      this.waiting.push(resolve)
      this.process.stdin.write(`${line}\n`)
    })
  }

  async all(...lines) {
    const answers = await Promise.all(lines.map((line) => this.ask(line)))
    return answers.flat()
  }

  async peer(id, slot) {
    const [line] = await this.ask(`peer ${id} ${slot}`)
    return Object.fromEntries(line.split(" ").slice(3).map((pair) => pair.split("=")))
  }

  end() {
    this.process.stdin.end()
  }
}

const address = (id) => `10.0.0.${id + 1} ${5000 + id}`
const host = (id, checksum = 0) => `host ${id} ${address(id)} 4 8 0 0 ${checksum}`
const datagrams = (lines) => lines.filter((line) => line.startsWith("datagram "))
const events = (lines) => lines.filter((line) => line.startsWith("event "))
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex")

/** Carries every datagram in `lines` to the host it is addressed to, and what they cause, until all is quiet. */
const settle = async (oracle, lines) => {
  const seen = [...lines]
  for (let pending = datagrams(lines); pending.length > 0;) {
    const next = []
    for (const datagram of pending) {
      const [, from, , port, hex] = datagram.split(" ")
      next.push(...await oracle.all(`deliver ${port - 5000} ${address(Number(from))} ${hex}`, `drain ${port - 5000}`))
    }
    seen.push(...next)
    pending = datagrams(next)
  }
  return seen
}

const connected = async (oracle, checksum = 0, clock = 1000) => {
  await oracle.all("reset-all", `clock ${clock}`, host(0, checksum), host(1, checksum))
  const seen = await settle(oracle, await oracle.all(`connect 1 ${address(0)} 2 77`, "drain 1"))
  assert.deepEqual(events(seen), ["event 1 connect 0 0", "event 0 connect 0 77"])
  return seen
}

const retransmissions = async (oracle, start) => {
  await oracle.all("reset-all", `clock ${start}`, host(0), `connect 0 10.0.0.9 9 1 0`)
  const times = []
  for (let elapsed = 0; elapsed <= 40_000; elapsed += 1) {
    const lines = await oracle.all(`clock ${(start + elapsed) % 2 ** 32}`, "service 0")
    if (datagrams(lines).length > 0) times.push(elapsed)
    if (events(lines).length > 0) return { times, lost: elapsed, events: events(lines) }
  }
  return { times }
}

const oracleTests = {
  "connects, and both ends agree": async (oracle) => {
    const seen = await connected(oracle)
    const [connect, verify] = datagrams(seen)
    assert.match(connect, /^datagram 1 10\.0\.0\.1 5000 8fff03e882ff0001/)
    assert.match(verify, /^datagram 0 10\.0\.0\.2 5001 800003e883ff0001/)
    const [server, client] = [await oracle.peer(0, 0), await oracle.peer(1, 0)]
    assert.equal(server.connectID, "01000100")
    for (const field of ["state", "connectID", "mtu", "channelCount", "windowSize"]) {
      assert.equal(server[field], client[field], field)
    }
  },

  "sends in every mode, checksummed or not": async (oracle) => {
    for (const checksum of [0, 1]) {
      await connected(oracle, checksum)
      for (const [flags, delivered] of [[1, 1], [0, 0], [2, 2], [8, 0]]) {
        const seen = await settle(oracle, await oracle.all(`send 1 0 1 ${flags} 00ff17`, "drain 1"))
        const expected = `event 0 receive 0 1 ${delivered} 3 ${sha256(Buffer.from("00ff17", "hex"))}`
        assert.deepEqual(events(seen), [expected])
      }
    }
  },

  "fragments a large packet and acknowledges it": async (oracle) => {
    await connected(oracle)
    const seen = await settle(oracle, await oracle.all("send 0 0 0 1 #100000:7", "drain 0"))
    assert.equal(events(seen).length, 1)
    assert.match(events(seen)[0], /^event 1 receive 0 0 1 100000 /)
    const server = await oracle.peer(0, 0)
    assert.equal(server.reliableDataInTransit, "0")
    assert.equal(server.sentReliableCommands, "0")
  },

  "retransmits an unanswered CONNECT on the exact millisecond": async (oracle) => {
    for (const start of [0, 1, 2 ** 32 - 2000]) {
      const { times, lost, events } = await retransmissions(oracle, start)
      assert.deepEqual(times, [0, 500, 1500, 3500, 7500, 15500])
      assert.equal(lost, 31500)
      assert.deepEqual(events, ["event 0 disconnect 0 0"])
    }
  },

  "disconnects in the three forms": async (oracle) => {
    await connected(oracle)
    let seen = await settle(oracle, await oracle.all("disconnect 1 0 5", "drain 1"))
    assert.deepEqual(events(seen), ["event 0 disconnect 0 5", "event 1 disconnect 0 0"])

    await connected(oracle)
    seen = await settle(oracle, await oracle.all("disconnect-now 1 0 6"))
    assert.deepEqual(events(seen), ["event 0 disconnect 0 6"])
    // Number 3 on the control channel: 1 was CONNECT, 2 the BANDWIDTH_LIMIT of the first bandwidth step.
    assert.match(datagrams(seen)[0], / 000044ff000300000006$/)

    await connected(oracle)
    seen = await settle(oracle, await oracle.all("send 1 0 0 1 aa", "disconnect-later 1 0 7", "drain 1"))
    const order = ["event 0 receive", "event 0 disconnect 0 7", "event 1 disconnect 0 0"]
    events(seen).forEach((event, index) => assert.ok(event.startsWith(order[index]), event))
    assert.equal(events(seen).length, 3)
  },

  "times out an established peer that went silent": async (oracle) => {
    await connected(oracle)
    await oracle.ask("send 1 0 0 1 aa")
    let lost = 0
    for (let clock = 1000; clock < 60_000 && lost === 0; clock += 10) {
      if (events(await oracle.all(`clock ${clock}`, "drain 1")).includes("event 1 disconnect 0 0")) lost = clock
    }
    assert.ok(lost >= 6000 && lost < 32_000, `lost at ${lost}`)
    assert.deepEqual(await oracle.ask("peers 1"), [])
  },

  "holds events back without an event slot": async (oracle) => {
    await oracle.all("reset-all", "clock 1", host(0), host(1), `connect 1 ${address(0)} 1 9`)
    const [connect] = datagrams(await oracle.ask("service 1"))
    await oracle.ask(`deliver 0 ${address(1)} ${connect.split(" ")[4]}`)
    const [verify] = datagrams(await oracle.ask("service-null 0"))
    await oracle.ask(`deliver 1 ${address(0)} ${verify.split(" ")[4]}`)
    assert.equal((await oracle.ask("service-null 1")).at(-1), "result 0")
    assert.equal((await oracle.peer(1, 0)).state, "4")
    assert.deepEqual(await oracle.ask("check 1"), ["event 1 connect 0 0", "result 1"])
  },

  "uses the range coder, for empty packets too": async (oracle) => {
    await oracle.all("reset-all", "clock 1000", host(0), host(1), "compress 0 range-coder", "compress 1 range-coder")
    await settle(oracle, await oracle.all(`connect 1 ${address(0)} 2 0`, "drain 1"))
    const sent = await oracle.all("send 1 0 0 1 -", `send 1 0 0 1 ${"00".repeat(500)}`, "drain 1")
    assert.match(datagrams(sent)[0], / c000/)
    assert.equal(events(await settle(oracle, sent)).length, 2)
  },

  "runs the library's plain functions": async (oracle) => {
    assert.deepEqual(await oracle.ask(`crc32 ${Buffer.from("123456789").toString("hex")}`), ["result cbf43926"])
    const text = Buffer.from("a banana and another banana ".repeat(20)).toString("hex")
    const [packed] = await oracle.ask(`range-compress ${text}`)
    assert.deepEqual(await oracle.ask(`range-decompress ${packed.split(" ")[1]} 4096`), [`result ${text}`])
  },

  "answers every bad line": async (oracle) => {
    await oracle.all("reset-all", host(0))
    const bad = [
      "x", "host", "host 0 1.2.3.4 1 1 1 0 0 0", "host 64 1.2.3.4 1 1 1 0 0 0", "host 1 1.2.3 1 1 1 0 0 0",
      "host 1 1.2.3.4 1 1 1 0 0 2", "host 1 1.2.3.4 1 1 1 0 0 0 100", "clock", "clock -1", "clock 4294967296",
      "deliver 0 1.2.3.4 1 abc", "deliver 0 1.2.3.4 1 zz", "deliver 1 1.2.3.4 1 00", "deliver 0 1.2.3.4 70000 00",
      "service", "service 9", "service 0 0", "send 0 4 0 1 00", "send 0 0 256 1 00", "send 0 0 0 4 00",
      "send 0 0 0 1 #5", "send 0 0 0 1 #x:1", "peer 0 4", "set-host 0 mtu 1", "set-host 0 nothing 1",
      "compress 0 zlib", "crc32 a", "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18",
    ]
    for (const line of bad) assert.match((await oracle.ask(line)).join("\n"), /^error [^\n]+$/, line)
    for (const line of ["", "   ", "# a remark"]) assert.deepEqual(await oracle.ask(line), [])
    assert.deepEqual(await oracle.ask("send 0 0 0 1 00"), ["result -1"])
    assert.deepEqual(await oracle.ask("host 2 1.2.3.4 1 4096 1 0 0 0"), ["result -1"])
  },
}

// ---- the peer program ----

const start = (mode, flags) => {
  const child = spawn(inBuild("peer"), [mode, ...flags.map(String)], { stdio: ["ignore", "pipe", "inherit"] })
  const lines = []
  const watchers = []
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(JSON.parse(line))
    watchers.forEach((watcher) => watcher())
  })
  const closed = new Promise((resolve) => child.on("close", (status) => resolve({ status, lines })))
  const until = (event) =>
    new Promise((resolve) => {
      const look = () => {
        const found = lines.find((line) => line.event === event)
        if (found !== undefined) resolve(found)
      }
      watchers.push(look)
      look()
    })
  return { child, closed, until }
}

/** Runs `use` with the port of a server, then stops it politely and returns the events of both. */
const withServer = async (flags, use) => {
  const server = start("serve", ["--port", 0, ...flags])
  const { port } = await server.until("listening")
  const result = await use(port, server)
  server.child.kill("SIGTERM")
  const { lines, status } = await server.closed
  assert.equal(status, 0)
  return { result, server: lines }
}

const client = (port, ...flags) => start("client", ["--host", "127.0.0.1", "--port", port, ...flags]).closed
const named = (lines, event) => lines.filter((line) => line.event === event)

const peerTests = {
  "echoes in every mode, with and without checksum and range coder": async () => {
    for (const common of [[], ["--checksum"], ["--range-coder"], ["--checksum", "--range-coder"]]) {
      await withServer(common, async (port) => {
        for (const mode of ["reliable", "unreliable", "unsequenced", "unreliable-fragment"]) {
          for (const size of [0, 1, 64, 1372, 1373, 20_000]) {
            const { lines, status } = await client(port, "--mode", mode, "--size", size, ...common)
            assert.equal(status, 0, `${mode} ${size} ${common.join(" ")}: ${JSON.stringify(lines.at(-1))}`)
            const expected = mode === "unreliable-fragment" && size <= 1360 ? "unreliable" : mode
            if (size <= 1360 || mode === "reliable" || mode === "unreliable-fragment" && size > 1373) {
              assert.equal(named(lines, "receive")[0].mode, expected)
            }
          }
        }
      })
    }
  },

  "carries 1 MiB packets": async () => {
    await withServer([], async (port) => {
      for (const mode of ["reliable", "unreliable"]) {
        const { lines, status } = await client(port, "--mode", mode, "--size", 1 << 20, "--messages", 4)
        assert.equal(status, 0, JSON.stringify(lines.at(-1)))
        assert.equal(lines.at(-1).received, 4)
      }
    })
  },

  "uses 255 channels, or as many as the server allows": async () => {
    for (const limit of [255, 7]) {
      await withServer(["--channels", limit], async (port) => {
        const { lines, status } = await client(port, "--channels", 255, "--all-channels")
        assert.equal(status, 0)
        assert.equal(named(lines, "connected")[0].channels, limit)
        assert.equal(new Set(named(lines, "receive").map((line) => line.channel)).size, limit)
      })
    }
  },

  "passes connect and disconnect data": async () => {
    for (const [form, seen] of [["now", []], ["later", [0]], ["normal", [0]]]) {
      const { result, server } = await withServer([], (port) =>
        client(port, "--data", 0xdead, "--disconnect", form, "--disconnect-data", 4_000_000_000))
      assert.equal(result.status, 0)
      assert.deepEqual(named(result.lines, "disconnect").map((line) => line.data), seen)
      assert.equal(named(server, "connect")[0].data, 0xdead)
      assert.deepEqual(named(server, "disconnect").map((line) => line.data), [4_000_000_000])
    }
  },

  "a full server is silent": async () => {
    await withServer(["--max-peers", 1], async (port, server) => {
      const first = client(port, "--stay", "--messages", 1, "--timeout-ms", 3000)
      await server.until("connect")
      const second = await client(port, "--timeout-ms", 1000)
      assert.deepEqual(second.lines, [{ event: "connect-failed" }])
      assert.equal(second.status, 1)
      assert.equal((await first).status, 0)
    })
  },

  "kicks in the three forms": async () => {
    for (const form of ["now", "later", "normal"]) {
      const { result, server } = await withServer(
        ["--kick-after-first-receive", form, "--kick-data", 31],
        (port) => client(port, "--stay", "--messages", 1),
      )
      assert.deepEqual(named(result.lines, "disconnect").map((line) => line.data), [31])
      assert.deepEqual(named(server, "disconnect").map((line) => line.data), form === "now" ? [] : [0])
      // Only the later form still delivers the echo.
      assert.equal(result.lines.at(-1).received, form === "later" ? 1 : 0)
      assert.equal(result.status, form === "later" ? 0 : 1)
    }
  },

  "a stopped server says goodbye": async () => {
    const { result } = await withServer([], async (port, server) => {
      const staying = client(port, "--stay", "--messages", 1)
      await server.until("receive")
      server.child.kill("SIGTERM")
      return staying
    })
    assert.equal(named(result.lines, "disconnect").length, 1)
    assert.equal(result.status, 0)
  },

  "floods": async () => {
    for (const mode of ["reliable", "unreliable", "unsequenced"]) {
      const server = start("bench-flood-server", ["--port", 0])
      const { port } = await server.until("listening")
      const flags = ["--port", port, "--messages", 20_000, "--mode", mode]
      const flood = await start("bench-flood-client", flags).closed
      const { lines, status } = await server.closed
      assert.equal(flood.status + status, 0)
      console.log(`    ${mode}: sent`, flood.lines.at(-1), "counted", lines.at(-1))
      assert.equal(flood.lines.at(-1).messages, 20_000)
      if (mode === "reliable") assert.equal(lines.at(-1).messages, 20_000)
    }
  },
}

// ---- running ----

const oracle = new Oracle()
console.log("oracle, libenet", (await oracle.ask("version"))[0].split(" ")[1])
for (const [name, test] of Object.entries(oracleTests)) {
  await test(oracle)
  console.log(`  ok ${name}`)
}
oracle.end()

console.log("peer")
for (const [name, test] of Object.entries(peerTests)) {
  await test()
  console.log(`  ok ${name}`)
}
