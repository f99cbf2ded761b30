/**
 * What the system says about a file, in words.
 */
import type { PlatformError } from "effect/PlatformError"
import { getSystemErrorMessage } from "node:util"

const hasErrno = (cause: unknown): cause is { readonly errno: number } =>
  typeof cause === "object" && cause !== null && "errno" in cause && typeof cause.errno === "number"

/** A short sentence without the file's name, as "no such file or directory". */
export const explain = (error: PlatformError): string =>
  hasErrno(error.reason.cause) ? getSystemErrorMessage(error.reason.cause.errno) : error.message
