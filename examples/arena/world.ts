/**
 * The rules of the arena, as a pure function: players run on a square and collect gems.
 */
export const SIZE = 60
/** How far a player runs in a tick. */
export const SPEED = 0.5
const REACH = 1
const GEMS = 6

export interface Point {
  readonly x: number
  readonly y: number
}

export interface Player extends Point {
  readonly id: number
  readonly score: number
  /** Where it wants to go; at most one long. */
  readonly direction: Point
}

export interface World {
  readonly tick: number
  readonly players: ReadonlyMap<number, Player>
  readonly gems: ReadonlyArray<Point>
  /** All gems that were collected, also by players who have left. */
  readonly collected: number
  /** Of the random numbers. */
  readonly seed: number
}

/** Who collected a gem in a tick. */
export interface Step {
  readonly world: World
  readonly collectors: ReadonlyArray<number>
}

const next = (seed: number): number => (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0

const place = (seed: number): { readonly point: Point; readonly seed: number } => {
  const a = next(seed)
  const b = next(a)
  return { point: { x: (a / 2 ** 32) * SIZE, y: (b / 2 ** 32) * SIZE }, seed: b }
}

const withGems = (world: World): World => {
  let { seed } = world
  const gems = [...world.gems]
  while (gems.length < GEMS) {
    const placed = place(seed)
    gems.push(placed.point)
    seed = placed.seed
  }
  return { ...world, gems, seed }
}

export const make = (seed: number): World => withGems({ tick: 0, players: new Map(), gems: [], collected: 0, seed })

export const join = (world: World, id: number): World => {
  const { point, seed } = place(world.seed)
  const player = { id, score: 0, direction: { x: 0, y: 0 }, ...point }
  return { ...world, seed, players: new Map([...world.players, [id, player]]) }
}

export const leave = (world: World, id: number): World => ({
  ...world,
  players: new Map([...world.players].filter(([other]) => other !== id))
})

/** However far a player says it goes, it goes at most one. */
export const steer = (world: World, id: number, x: number, y: number): World => {
  const player = world.players.get(id)
  if (player === undefined) return world
  const length = Math.max(Math.hypot(x, y), 1)
  const direction = { x: x / length, y: y / length }
  return { ...world, players: new Map([...world.players, [id, { ...player, direction }]]) }
}

export const distance = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y)

const within = (value: number): number => Math.min(Math.max(value, 0), SIZE)

export const step = (world: World): Step => {
  const gems = [...world.gems]
  const collectors: Array<number> = []
  const players = [...world.players.values()].map((player) => {
    const x = within(player.x + player.direction.x * SPEED)
    const y = within(player.y + player.direction.y * SPEED)
    const reached = gems.findIndex((gem) => distance(gem, { x, y }) <= REACH)
    if (reached < 0) return { ...player, x, y }
    gems.splice(reached, 1)
    collectors.push(player.id)
    return { ...player, x, y, score: player.score + 1 }
  })
  return {
    collectors,
    world: withGems({
      ...world,
      tick: world.tick + 1,
      players: new Map(players.map((player) => [player.id, player])),
      gems,
      collected: world.collected + collectors.length
    })
  }
}
