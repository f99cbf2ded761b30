/**
 * DTLS 1.2 as pure state machines, for those who drive them themselves: associations, their inputs and outputs, and the
 * cookie exchange before them.
 *
 * @since 0.1.0
 */
export * as Association from "./Association.ts"
export * as Config from "./Config.ts"
export * as Input from "./Input.ts"
export * as Listener from "./Listener.ts"
export * as Output from "./Output.ts"
export { connect, step, type StepResult } from "./Reducer.ts"
export { accept, type ReceivedHello } from "./Server.ts"
