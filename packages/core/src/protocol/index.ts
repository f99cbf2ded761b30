/**
 * The protocol as a pure reducer, for those who drive it themselves: `step`, its inputs and its outputs.
 *
 * @since 0.1.0
 */
export type { Address } from "./Address.ts"
export { type Budgets, defaultBudgets } from "./Budgets.ts"
export { defaultProving, type Proving } from "./HalfOpen.ts"
export * as Host from "./Host.ts"
export * as Input from "./Input.ts"
export * as Output from "./Output.ts"
export { type Link, Peer } from "./Peer.ts"
export * as PeerState from "./PeerState.ts"
export { deadline, step, type StepOptions, type StepResult } from "./Reducer.ts"
export { sendFailure } from "./Sending.ts"
export { Workspace } from "./Workspace.ts"
