/**
 * What tests of hosts and of programs on them need: networks without a kernel.
 *
 * @since 0.1.0
 */
export * as Conditions from "./Conditions.ts"
export * as MemoryNetwork from "./MemoryNetwork.ts"
export * as NetworkEmulator from "./NetworkEmulator.ts"
export * as SeededRandom from "./SeededRandom.ts"
export * as SimulatedNetwork from "./SimulatedNetwork.ts"
export * as TestTime from "./TestTime.ts"
export * as Timeline from "./Timeline.ts"
