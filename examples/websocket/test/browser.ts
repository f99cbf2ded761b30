/**
 * `npm run browser-test`: the page of the example in a real Chromium. It joins, chats, is kicked and sees why.
 *
 * Needs Debian's chromium, or another one that the variable CHROMIUM names; installs nothing. With --screenshots it keeps
 * pictures in the directory that follows.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdirSync } from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { type Browser, chromium, type Page } from "playwright-core"

const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium"
const at = process.argv.indexOf("--screenshots")
const pictures = at < 0 ? undefined : process.argv[at + 1]

/** Starts the example; gives the address of its page. */
const startExample = async () => {
  const path = fileURLToPath(new URL("../chat.ts", import.meta.url))
  const child = spawn(process.execPath, ["--conditions=@effect-enet/source", path, "--free"], {
    stdio: ["ignore", "pipe", "inherit"]
  })
  const ended = once(child, "exit")
  const address = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const found = /^the page: (\S+)$/.exec(line)?.[1]
      if (found !== undefined) resolve(found)
    })
    child.once("exit", (status) => reject(new Error(`the example ended with status ${status}`)))
    setTimeout(() => reject(new Error("the example does not start")), 60_000).unref()
  })
  return { child, ended, address }
}

const picture = async (page: Page, name: string) => {
  if (pictures === undefined) return
  mkdirSync(pictures, { recursive: true })
  await page.screenshot({ path: join(pictures, `${name}.png`) })
}

const enter = async (browser: Browser, address: string, name: string): Promise<Page> => {
  const page = await browser.newPage({ viewport: { width: 900, height: 720 } })
  page.setDefaultTimeout(20_000)
  page.on("pageerror", (error) => console.error(`the page fails: ${error.message}`))
  await page.goto(address)
  await page.getByLabel("Your name").fill(name)
  await page.getByRole("button", { name: "Join" }).click()
  await page.getByRole("status").filter({ hasText: /^Peer \d+$/ }).waitFor()
  return page
}

const say = async (page: Page, line: string) => {
  await page.getByLabel("Message").fill(line)
  await page.getByRole("button", { name: "Send" }).click()
}

const sees = (page: Page, text: string) => page.locator("#log li", { hasText: text }).first().waitFor()
const isTold = (page: Page, text: string) => page.getByRole("alert").filter({ hasText: text }).waitFor()

const steps = (browser: Browser, { address, child }: { readonly address: string; readonly child: ChildProcess }) => {
  const pages: { grace?: Page; mallory?: Page } = {}
  const page = (name: keyof typeof pages): Page => {
    const found = pages[name]
    if (found === undefined) throw new Error(`${name} is not there`)
    return found
  }
  const all: ReadonlyArray<readonly [name: string, run: () => Promise<void>]> = [
    ["joins, and is told of itself", async () => {
      pages.grace = await enter(browser, address, "Grace")
      await sees(page("grace"), "Grace joined over WebSocket")
    }],
    ["is answered over ENet, over DTLS and over WebSocket", async () => {
      for (const name of ["Ada", "Bob", "Eve"]) {
        await say(page("grace"), `Are you there, ${name}`)
        await page("grace").locator("#log li", { has: page("grace").locator("b", { hasText: name }) })
          .filter({ hasText: "Yes, Grace?" }).waitFor()
      }
    }],
    ["hears another page, which hears it", async () => {
      pages.mallory = await enter(browser, address, "Mallory")
      await sees(page("grace"), "Mallory joined over WebSocket")
      await say(page("mallory"), "BUY CHEAP GOLD <b>now</b>")
      await sees(page("grace"), "BUY CHEAP GOLD <b>now</b>")
      await say(page("grace"), "Please do not")
      await sees(page("mallory"), "Please do not")
      await picture(page("grace"), "chat")
    }],
    ["kicks, and who is kicked sees the reason", async () => {
      await say(page("grace"), "/kick Mallory no advertising")
      await isTold(page("mallory"), "You were kicked: no advertising")
      await sees(page("mallory"), "Grace kicked Mallory: no advertising")
      await sees(page("grace"), "Mallory left")
      await picture(page("mallory"), "kicked")
    }],
    ["may come back", async () => {
      await page("mallory").getByLabel("Your name").fill("Mallory")
      await page("mallory").getByRole("button", { name: "Join" }).click()
      await say(page("mallory"), "Sorry")
      await sees(page("grace"), "Sorry")
    }],
    ["is told when the room closes, and that there is none any more", async () => {
      child.kill("SIGINT")
      await isTold(page("grace"), "The room is closed.")
      await page("grace").getByLabel("Your name").fill("Grace")
      await page("grace").getByRole("button", { name: "Join" }).click()
      await isTold(page("grace"), "cannot connect")
    }]
  ]
  return all
}

const run = async (): Promise<{ readonly passed: number; readonly failed: number }> => {
  if (!existsSync(executablePath)) {
    console.log(`nothing was tried: there is no ${executablePath} (apt install chromium)`)
    return { passed: 0, failed: 1 }
  }
  const example = await startExample()
  const browser = await chromium.launch({
    executablePath,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync"
    ]
  })
  let passed = 0
  try {
    console.log(`Chromium ${browser.version()}`)
    for (const [name, step] of steps(browser, example)) {
      try {
        await step()
      } catch (error) {
        console.log(`FAILED: ${name}\n${error instanceof Error ? error.message : String(error)}`)
        return { passed, failed: 1 }
      }
      passed++
      console.log(`ok: the page ${name}`)
    }
    return { passed, failed: 0 }
  } finally {
    await browser.close()
    example.child.kill("SIGKILL")
    await example.ended
  }
}

const { failed, passed } = await run()
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
