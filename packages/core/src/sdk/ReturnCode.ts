/**
 * Return codes of the SDK and the dispatcher: signed 32-bit numbers and their names.
 *
 * @see [Protocol 8](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p8)
 * @since 0.2.0
 */
import { returnCodes } from "./internal/returnCodes.ts"

/**
 * A return code: negative for an error, 0 for success, positive for a warning or a confirmation request.
 *
 * @category models
 * @since 0.2.0
 */
export type ReturnCode = number

/**
 * The codes that this library returns or handles specially.
 *
 * @category constants
 * @since 0.2.0
 */
export const codes = {
  PRL_ERR_SUCCESS: 0,
  PRL_ERR_UNEXPECTED: -2147483647,
  PRL_ERR_INVALID_ARG: -2147483645,
  PRL_ERR_ACCESS_DENIED: -2147483643,
  PRL_ERR_UNIMPLEMENTED: -2147483640,
  PRL_ERR_FAILURE: -2147483639,
  PRL_ERR_TIMEOUT: -2147483627,
  PRL_ERR_INVALID_PARAM: -2147483624,
  PRL_ERR_PARSE_VM_CONFIG: -2147483594,
  PRL_ERR_USER_OPERATION_NOT_AUTHORISED: -2147483559,
  PRL_ERR_USER_IS_ALREADY_LOGGED: -2147483551,
  PRL_ERR_UNRECOGNIZED_REQUEST: -2147483503,
  PRL_ERR_TASK_NOT_FOUND: -2147483502,
  PRL_ERR_VM_UUID_NOT_FOUND: -2147483387,
  PRL_ERR_WS_DISP_CONNECTION_CLOSED: -2147483066,
  PRL_ERR_CANT_CONNECT_TO_DISPATCHER: -2147483063,
  PRL_ERR_OPERATION_WAS_CANCELED: -2147483019,
  PRL_ERR_WRONG_CONNECTION_SECURITY_LEVEL: -2147483017,
  PRL_ERR_AUTHENTICATION_FAILED: -2147482832,
  PRL_ERR_LOCAL_AUTHENTICATION_FAILED: -2147482831,
  PRL_ERR_DISP_SHUTDOWN_IN_PROCESS: -2147482620,
  PRL_ERR_HANDSHAKE_FAILED: -2147482606,
  PRL_ERR_WRONG_PROTOCOL_VERSION: -2147482605,
  PRL_ERR_SSL_HANDSHAKE_FAILED: -2147482604,
  PRL_ERR_DISP_LOGON_ACTIONS_REACHED_UP_LIMIT: -2147482603,
  PRL_ERR_TRY_AGAIN: -2147482544,
  PRL_ERR_CANT_CONNECT_TO_DISPATCHER_ITERATIVELY: -2147482352,
  PRL_ERR_CANT_RESOLVE_HOSTNAME: -2147482351,
  PRL_ERR_DISP2DISP_WRONG_USER_SESSION_UUID: -2147287039,
  PRL_ERR_BACKUP_INTERNAL_PROTO_ERROR: -2147258368,
  PRL_ERR_BACKUP_BACKUP_UUID_NOT_FOUND: -2147258364,
  PRL_ERR_BACKUP_BACKUP_NOT_FOUND: -2147258351,
  PRL_ERR_BACKUP_LOCKED_FOR_WRITING: -2147258348,
  PRL_ERR_BACKUP_UNSUPPORTED_KEEP_CHAIN: -2147258300
} as const

interface Names {
  readonly byName: ReadonlyMap<string, ReturnCode>
  readonly byCode: ReadonlyMap<ReturnCode, ReadonlyArray<string>>
}

let parsed: Names | undefined

// The table is read on first use: a program that meets no error does not pay for 2161 names.
const table = (): Names => {
  if (parsed !== undefined) return parsed
  const byName = new Map<string, ReturnCode>()
  const byCode = new Map<ReturnCode, Array<string>>()
  for (const line of returnCodes.split("\n")) {
    const blank = line.indexOf(" ")
    const name = line.slice(0, blank)
    const code = Number(line.slice(blank + 1))
    byName.set(name, code)
    const same = byCode.get(code)
    if (same === undefined) byCode.set(code, [name])
    else same.push(name)
  }
  return parsed = { byName, byCode }
}

/**
 * Returns every name of the SDK, in its own order.
 *
 * @category accessors
 * @since 0.2.0
 */
export const allNames = (): ReadonlyArray<string> => [...table().byName.keys()]

/**
 * Returns the first name of a code, or `undefined` if the SDK has no name for it.
 *
 * @category accessors
 * @since 0.2.0
 */
export const name = (code: ReturnCode): string | undefined => table().byCode.get(code)?.[0]

/**
 * Returns every name of a code. Some codes have two.
 *
 * @category accessors
 * @since 0.2.0
 */
export const names = (code: ReturnCode): ReadonlyArray<string> => table().byCode.get(code) ?? []

/**
 * Returns the code of a name, or `undefined` if the SDK does not have that name.
 *
 * @category codecs
 * @since 0.2.0
 */
export const fromName = (text: string): ReturnCode | undefined => table().byName.get(text)

/**
 * Converts a 32-bit number to a code. Signed and unsigned spellings are equal: 2147484464 is -2147482832.
 *
 * @see [Protocol 8.1](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p8-1)
 * @category codecs
 * @since 0.2.0
 */
export const fromNumber = (value: number): ReturnCode => value | 0

/**
 * Formats a code as the SDK's headers do: `0x80000330`.
 *
 * @category rendering
 * @since 0.2.0
 */
export const hex = (code: ReturnCode): string => `0x${(code >>> 0).toString(16).toUpperCase().padStart(8, "0")}`

/**
 * Formats a code by name and number: `PRL_ERR_AUTHENTICATION_FAILED (0x80000330)`.
 *
 * @category rendering
 * @since 0.2.0
 */
export const print = (code: ReturnCode): string => {
  const known = name(code)
  return known === undefined ? `return code ${hex(code)}` : `${known} (${hex(code)})`
}

/**
 * The outcome that a code reports. A warning is a success.
 *
 * @see [Protocol 8.2](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p8-2)
 * @category models
 * @since 0.2.0
 */
export type ReturnCodeClass = "success" | "warning" | "error"

/**
 * Returns the outcome that a code reports.
 *
 * @category accessors
 * @since 0.2.0
 */
export const classOf = (code: ReturnCode): ReturnCodeClass => code === 0 ? "success" : code > 0 ? "warning" : "error"

/**
 * Whether a retry can help. `once` allows a single retry.
 *
 * @see [Semantics 6](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s6)
 * @category models
 * @since 0.2.0
 */
export type RetryClass = "transient" | "once" | "permanent"

const transient: ReadonlySet<ReturnCode> = new Set([
  codes.PRL_ERR_CANT_CONNECT_TO_DISPATCHER,
  codes.PRL_ERR_CANT_CONNECT_TO_DISPATCHER_ITERATIVELY,
  codes.PRL_ERR_CANT_RESOLVE_HOSTNAME,
  codes.PRL_ERR_BACKUP_INTERNAL_PROTO_ERROR,
  codes.PRL_ERR_DISP_SHUTDOWN_IN_PROCESS,
  codes.PRL_ERR_WS_DISP_CONNECTION_CLOSED,
  codes.PRL_ERR_TIMEOUT,
  codes.PRL_ERR_DISP_LOGON_ACTIONS_REACHED_UP_LIMIT,
  codes.PRL_ERR_TRY_AGAIN
])

/**
 * Returns whether a retry can help.
 *
 * `PRL_ERR_HANDSHAKE_FAILED` is worth one retry only, because it also reports a refused security level.
 *
 * @category accessors
 * @since 0.2.0
 */
export const retryClass = (code: ReturnCode): RetryClass =>
  transient.has(code) ? "transient" : code === codes.PRL_ERR_HANDSHAKE_FAILED ? "once" : "permanent"
