/** The SDK parameters of a backup tree request, and those among them that have no effect. */
import * as Data from "effect/Data"
import type * as Redacted from "effect/Redacted"
import * as BackupFlags from "../BackupFlags.ts"

/**
 * The parameters of `PrlSrv_GetBackupTree`, and the backup directory of `PrlSrv_GetBackupTreeEx`.
 *
 * The eighth parameter, the server handle, is the session of the call.
 *
 * @see [Protocol 6.1](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p6-1)
 * @category models
 * @since 0.2.0
 */
export interface Parameters {
  readonly uuid: string
  readonly targetHost: string
  readonly targetPort: number
  readonly targetSessionId: Redacted.Redacted<string>
  readonly backupDirectory: string
  readonly backupFlags: BackupFlags.BackupFlags
  readonly reservedFlags: number
  readonly force: boolean
}

/**
 * A parameter, or a part of one, that has no effect on the response.
 *
 * @category models
 * @since 0.2.0
 */
export type Ignored = Data.TaggedEnum<{
  IgnoredFlags: { readonly flags: ReadonlyArray<BackupFlags.FlagName> }
  UnknownBits: { readonly bits: number }
  BothSecurityBits: {}
  TargetWithoutSession: { readonly host: string; readonly port: number }
  ReservedFlags: { readonly value: number }
}>

/**
 * Constructors and matchers of an {@link Ignored}.
 *
 * @category constructors
 * @since 0.2.0
 */
export const Ignored = Data.taggedEnum<Ignored>()

const meaningful = BackupFlags.of(
  "PACF_NON_INTERACTIVE_MODE",
  "PACF_CANCEL_TASK_ON_END_SESSION",
  "PBT_VM",
  "PBT_CT",
  "PBT_BACKUP_ID",
  "PBT_CHAIN"
)

/** Lists the parameters that have no effect. */
export const ignoredOf = (parameters: Parameters, hasSession: boolean): ReadonlyArray<Ignored> => {
  const ignored: Array<Ignored> = []
  const flags = BackupFlags.toNames(BackupFlags.difference(parameters.backupFlags, meaningful))
  if (flags.length > 0) ignored.push(Ignored.IgnoredFlags({ flags }))
  const unknown = BackupFlags.unknown(parameters.backupFlags)
  if (unknown !== 0) ignored.push(Ignored.UnknownBits({ bits: unknown }))
  if ((parameters.backupFlags & BackupFlags.levelMask) === BackupFlags.levelMask) {
    ignored.push(Ignored.BothSecurityBits())
  }
  if (!hasSession && (parameters.targetHost !== "" || parameters.targetPort !== 0)) {
    ignored.push(Ignored.TargetWithoutSession({ host: parameters.targetHost, port: parameters.targetPort }))
  }
  if (parameters.reservedFlags !== 0) ignored.push(Ignored.ReservedFlags({ value: parameters.reservedFlags }))
  return ignored
}

/**
 * Formats an ignored parameter as a phrase for people.
 *
 * @category rendering
 * @since 0.2.0
 */
export const printIgnored = (ignored: Ignored): string => {
  switch (ignored._tag) {
    case "IgnoredFlags":
      return `${ignored.flags.join(", ")}: ignored by this call`
    case "UnknownBits":
      return `0x${ignored.bits.toString(16)}: unknown bits, ignored by servers`
    case "BothSecurityBits":
      return "both security bits are set: the level is high"
    case "TargetWithoutSession":
      return `target ${ignored.host}:${ignored.port}: ignored by the server without a session id`
    case "ReservedFlags":
      return `reserved flags ${ignored.value}: ignored by the server`
  }
}
