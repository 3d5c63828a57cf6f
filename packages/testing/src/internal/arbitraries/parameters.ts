/** Generators of flags and raw parameters, as callers of the SDK pass them. */
import * as BackupFlags from "@backup-tree/core/sdk/BackupFlags"
import type * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as Arbitrary from "effect/Arbitrary"
import * as Redacted from "effect/Redacted"
import { boolean, index, integer, oneOf, pick, uint32 } from "../choices.ts"
import { backupId, malformedId, uuid } from "./ids.ts"
import { session } from "./requests.ts"
import { text, xmlText } from "./texts.ts"

const modeFlags = ["PBT_BACKUP_ID", "PBT_CHAIN"] as const
const otherFlags = [
  "PBT_VM",
  "PBT_CT",
  "PBT_FULL",
  "PACF_NON_INTERACTIVE_MODE",
  "PACF_CANCEL_TASK_ON_END_SESSION"
] as const

const usualFlags = Arbitrary.map(
  Arbitrary.all([
    Arbitrary.array(pick(modeFlags), { maxLength: 2 }),
    Arbitrary.array(pick(otherFlags), { maxLength: 4 }),
    index(4)
  ]),
  ([mode, rest, level]) => (BackupFlags.of(...mode, ...rest) | level) >>> 0
)

/**
 * Flags of a call: any combination of known flags and security bits, or any 32 bits.
 *
 * **Example** (Testing a notation for flags)
 *
 * ```ts
 * it.prop("flags can be written as text", [Arbitraries.flags], ([flags]) => {
 *   assert.deepStrictEqual(BackupFlags.parse(BackupFlags.print(flags)), Result.succeed(flags))
 * })
 * ```
 *
 * @category requests
 * @since 0.2.0
 */
export const flags: Arbitrary.Arbitrary<BackupFlags.BackupFlags> = oneOf(usualFlags, usualFlags, uint32)

const parametersOf = (subject: Arbitrary.Arbitrary<string>): Arbitrary.Arbitrary<BackupTreeRequest.Parameters> =>
  Arbitrary.map(
    Arbitrary.all({
      uuid: subject,
      targetHost: oneOf(Arbitrary.Constant(""), xmlText),
      targetPort: oneOf(Arbitrary.Constant(0), integer(0, 65_535)),
      targetSessionId: oneOf(Arbitrary.Constant(Redacted.make("")), session),
      backupDirectory: oneOf(Arbitrary.Constant(""), xmlText),
      backupFlags: flags,
      reservedFlags: oneOf(Arbitrary.Constant(0), uint32),
      force: boolean
    }),
    // A copy: `Arbitrary.all` sometimes returns objects without a prototype, which no caller passes.
    (drawn) => ({ ...drawn })
  )

/**
 * The parameters of `PrlSrv_GetBackupTree` as a caller may pass them: valid, contradictory, or malformed.
 *
 * **Example** (Testing that any parameters are read)
 *
 * ```ts
 * it.prop("parameters are a request, or are refused", [Arbitraries.parameters], ([parameters]) => {
 *   const outcome = Result.match(BackupTreeRequest.fromParameters(parameters), {
 *     onFailure: ({ _tag }) => _tag,
 *     onSuccess: () => "request"
 *   })
 *   assert.include(["request", "InvalidParam", "NeverMatches"], outcome)
 * })
 * ```
 *
 * @category requests
 * @since 0.2.0
 */
export const parameters: Arbitrary.Arbitrary<BackupTreeRequest.Parameters> = parametersOf(
  oneOf(
    pick([""]),
    uuid,
    ...Array.from({ length: 3 }, () => Arbitrary.map(backupId, ({ text }) => text)),
    malformedId,
    text
  )
)
