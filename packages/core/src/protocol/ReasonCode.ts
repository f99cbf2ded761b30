/**
 * Why a host refuses or ends a connection, as the `data` of a DISCONNECT.
 *
 * The values from 0xFFFF0000 on are this project's; all below are the application's own. ENet itself gives `data` no
 * meaning, so other programs show the number.
 *
 * @since 0.1.0
 */

/**
 * - `HostFull`: every slot is taken.
 * - `Refusing`: the host takes no new connections.
 * - `Denied`: the address is banned, or admission refused it without a code of its own.
 * - `TooManyFromAddress`: as many connections as one address may have.
 * - `RateLimited`: too many connections from this network lately.
 * - `AdmissionTimeout`: admission did not decide in time.
 * - `Busy`: too many connections wait for admission.
 * - `BudgetExceeded`: the peer made the host keep too much.
 * - `ProtocolViolation`: the peer did what no ENet program does.
 *
 * @since 0.1.0
 * @category constants
 */
export const ReasonCode = {
  HostFull: 0xffff0001,
  Refusing: 0xffff0002,
  Denied: 0xffff0003,
  TooManyFromAddress: 0xffff0004,
  RateLimited: 0xffff0005,
  AdmissionTimeout: 0xffff0006,
  Busy: 0xffff0007,
  BudgetExceeded: 0xffff0010,
  ProtocolViolation: 0xffff0011
} as const

/**
 * The name of a code; `undefined` for the application's own.
 *
 * @since 0.1.0
 * @category guards
 */
export const nameOf = (code: number): keyof typeof ReasonCode | undefined =>
  Object.entries(ReasonCode).find(([, value]) => value === code)?.[0] as keyof typeof ReasonCode | undefined
