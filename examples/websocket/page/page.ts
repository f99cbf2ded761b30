/**
 * The page: a member that came in over the browser's own WebSocket.
 */
import { WebSocketClient, WebSocketEvent, WebSocketHost } from "@effect-enet/websocket/client"
import { Effect, Queue, Stream } from "effect"

const find = <E extends HTMLElement>(id: string, kind: new() => E): E => {
  const element = document.getElementById(id)
  if (!(element instanceof kind)) throw new Error(`the page has no ${id}`)
  return element
}

const status = find("status", HTMLParagraphElement)
const log = find("log", HTMLOListElement)
const farewell = find("farewell", HTMLDivElement)
const join = find("join", HTMLFormElement)
const talk = find("talk", HTMLFormElement)
const name = find("name", HTMLInputElement)
const line = find("line", HTMLInputElement)

const decoder = new TextDecoder()

const show = (text: string, own: string) => {
  const item = document.createElement("li")
  const colon = text.indexOf(": ")
  if (text.startsWith("* ") || colon < 0) {
    item.className = "notice"
    item.textContent = text.replace(/^\* /, "")
  } else {
    const author = document.createElement("b")
    author.textContent = text.slice(0, colon)
    item.append(author, text.slice(colon + 2))
    if (author.textContent === own) item.className = "mine"
  }
  log.append(item)
  item.scrollIntoView({ block: "end" })
}

const setState = (state: "away" | "here", text: string) => {
  status.dataset["state"] = state
  status.textContent = text
  join.hidden = state === "here"
  talk.hidden = state === "away"
  ;(state === "here" ? line : name).focus()
}

const sayGoodbye = (text: string) => {
  farewell.textContent = text
  farewell.hidden = false
  setState("away", "Not connected")
}

const whyGone = (reason: WebSocketEvent.DisconnectReason): string => {
  switch (reason._tag) {
    case "Remote":
      return reason.code === 4001 ? `You were kicked: ${reason.reason}` : "The room is closed."
    case "Lost":
      return "The connection is lost."
    case "Local":
    case "Closed":
    case "Violation":
      return "You left."
  }
}

/** What is submitted, as long as somebody listens. */
const submitted = (form: HTMLFormElement, input: HTMLInputElement) =>
  Stream.callback<string>((queue) =>
    Effect.acquireRelease(
      Effect.sync(() => {
        const controller = new AbortController()
        form.addEventListener("submit", (event) => {
          event.preventDefault()
          if (input.value.trim() !== "") Queue.offerUnsafe(queue, input.value)
          input.value = ""
        }, { signal: controller.signal })
        return controller
      }),
      (controller) => Effect.sync(() => controller.abort())
    )
  )

const member = (url: string, own: string) =>
  Effect.gen(function*() {
    const host = yield* WebSocketHost.WebSocketHost
    yield* host.send(1, own)
    setState("here", `Peer ${yield* host.uniqueId}`)
    yield* Effect.forkScoped(Stream.runForEach(submitted(talk, line), (text) => host.send(1, text)))
    yield* Stream.runForEach(
      host.events,
      WebSocketEvent.match({
        PeerConnected: () => Effect.void,
        Packet: ({ bytes }) => Effect.sync(() => show(decoder.decode(bytes), own)),
        PeerDisconnected: ({ reason }) => Effect.sync(() => sayGoodbye(whyGone(reason)))
      })
    )
  }).pipe(
    Effect.scoped,
    Effect.provide(WebSocketClient.layer({ url })),
    Effect.catchTag("WebSocketError", (error) => Effect.sync(() => sayGoodbye(error.message)))
  )

const page = Effect.gen(function*() {
  const url = (yield* Effect.promise(async () => (await fetch("server.txt")).text())).trim()
  yield* Stream.runForEach(submitted(join, name), (own) => {
    farewell.hidden = true
    return member(url, own.trim())
  })
})

void Effect.runPromise(page)
