/**
 * Pairs of a server and a client that most scenarios start.
 */
import type { Figures, Program, Role, Start } from "./process.ts"
import { difference, figure } from "./statistics.ts"

export interface Pair {
  readonly client: Role
  readonly server: Role
  readonly end: () => Promise<void>
}

type Options = Readonly<Record<string, number | string>>

/** A program, its role and its options. */
export type Part = readonly [program: Program, role: string, options?: Options]

/** The option that tells a client where the server is. */
export const portOf = (server: Role) => ({ port: figure(server.ready, "port") })

export const pairOf = (server: Role, client: Role): Pair => ({
  server,
  client,
  end: async () => {
    await client.end()
    await server.end()
  }
})

/** Starts the server, then the client with its port. */
export const startPair = async (start: Start, [program, role, options = {}]: Part, client: Part): Promise<Pair> => {
  const server = await start(program, role, { options })
  const [clientProgram, clientRole, clientOptions = {}] = client
  return pairOf(server, await start(clientProgram, clientRole, { options: { ...portOf(server), ...clientOptions } }))
}

export const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds))

/** What the server did and used while the client carried out a command, and what the client says of it. */
export const during = async (
  { client, server }: Pair,
  command: string,
  settle = 0
): Promise<{ readonly client: Figures; readonly server: Figures }> => {
  const before = await server.ask("snapshot")
  const sent = await client.ask(command)
  await sleep(settle)
  return { client: sent, server: difference(before, await server.ask("snapshot")) }
}
