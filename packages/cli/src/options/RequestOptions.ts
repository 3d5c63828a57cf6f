/**
 * The flags that select backups: filters as a person types them, and the SDK's raw flags.
 */
import * as BackupFlags from "@backup-tree/core/sdk/BackupFlags"
import * as BackupId from "@backup-tree/core/sdk/BackupId"
import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as Uuid from "@backup-tree/core/sdk/Uuid"
import { Flag } from "effect/cli"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { UsageError, wrongUsage } from "../ExitCode.ts"

/** The flags that select backups. Without `--vm` and `--ct`, both kinds are selected. */
export const flags = {
  vm: Flag.Boolean("vm").pipe(
    Flag.withDescription("Include VMs (default: VMs and containers)"),
    Flag.withDefault(false)
  ),
  ct: Flag.Boolean("ct").pipe(
    Flag.withDescription("Include containers (default: VMs and containers)"),
    Flag.withDefault(false)
  ),
  uuid: Flag.String("uuid").pipe(
    Flag.withMetavar("UUID"),
    Flag.withDescription("Only the VM or container with this uuid"),
    Flag.optional
  ),
  backupId: Flag.String("backup-id").pipe(
    Flag.withMetavar("ID"),
    Flag.withDescription("Only this backup and the full backup of its chain"),
    Flag.optional
  ),
  chain: Flag.String("chain").pipe(
    Flag.withMetavar("ID"),
    Flag.withDescription("Only this backup, the later backups of its chain, and the full backup"),
    Flag.optional
  ),
  backupDirectory: Flag.String("backup-directory").pipe(
    Flag.withMetavar("DIR"),
    Flag.withDescription("Query this backup directory on the server instead of the default one"),
    Flag.optional
  ),
  flags: Flag.String("flags").pipe(
    Flag.withMetavar("FLAGS"),
    Flag.withDescription(
      "Raw flags of PrlSrv_GetBackupTree, by name (PBT_VM|PBT_CT) or as a number; ids are sent as typed"
    ),
    Flag.optional
  )
} as const

/** The values of {@link flags}. */
export interface RequestOptions {
  readonly vm: boolean
  readonly ct: boolean
  readonly uuid: Option.Option<string>
  readonly backupId: Option.Option<string>
  readonly chain: Option.Option<string>
  readonly backupDirectory: Option.Option<string>
  readonly flags: Option.Option<string>
}

/** Options that select every backup of both kinds. */
export const noFilters: RequestOptions = {
  vm: false,
  ct: false,
  uuid: Option.none(),
  backupId: Option.none(),
  chain: Option.none(),
  backupDirectory: Option.none(),
  flags: Option.none()
}

/** Returns whether options leave backups out, or may do so. */
export const isFiltered = ({ vm, ct, ...texts }: Partial<RequestOptions>): boolean =>
  vm === true || ct === true
  || [texts.uuid, texts.backupId, texts.chain, texts.backupDirectory, texts.flags].some((text) =>
    text !== undefined && Option.isSome(text)
  )

/** A request that is ready to submit, with warnings to print. */
export interface ResolvedRequest {
  readonly request: BackupTreeRequest.BackupTreeRequest
  readonly options: BackupTreeRequest.CallOptions
  readonly warnings: ReadonlyArray<string>
}

/**
 * Builds the request that the flags describe. It goes through the SDK's parameters, so that whatever a server would
 * refuse fails here with the same error name.
 */
export const resolve = Effect.fnUntraced(
  function*(given: RequestOptions): Effect.fn.Return<ResolvedRequest, UsageError> {
    const texts = [given.uuid, given.backupId, given.chain].filter(Option.isSome)
    if (texts.length > 1) {
      return yield* wrongUsage("--uuid, --backup-id and --chain are mutually exclusive; use only one of them")
    }
    yield* refuseEmpty(given)
    if (Option.isSome(given.flags) && (given.vm || given.ct)) {
      return yield* wrongUsage("--flags selects the kinds itself, by PBT_VM and PBT_CT; leave out --vm and --ct")
    }
    const backupFlags = yield* flagsOf(given)
    const typed = texts[0]?.value ?? ""
    const parameters: BackupTreeRequest.Parameters = {
      ...BackupTreeRequest.toParameters(BackupTreeRequest.everything),
      uuid: Option.isSome(given.flags) ? typed : asStored(typed),
      targetSessionId: Redacted.make(""),
      backupDirectory: Option.getOrElse(given.backupDirectory, () => ""),
      backupFlags
    }
    const meaning = BackupTreeRequest.fromParameters(parameters)
    if (Result.isFailure(meaning)) return yield* wrongUsage(meaning.failure.message)
    const { ignored, options, request } = meaning.success
    const warnings = ignored.map((one) => `backup-tree: --flags: ${BackupTreeRequest.printIgnored(one)}`)
    const isKindless = !BackupFlags.has(backupFlags, "PBT_VM") && !BackupFlags.has(backupFlags, "PBT_CT")
    return { request, options, warnings: isKindless ? [...warnings, vmsOnly] : warnings }
  }
)

const vmsOnly = "backup-tree: --flags has neither PBT_VM nor PBT_CT, so only VMs are listed"

// An empty shell variable must not turn into a request for everything.
const refuseEmpty = (given: RequestOptions): Effect.Effect<void, UsageError> => {
  if (Option.isSome(given.flags)) return Effect.void
  const values = {
    "--uuid": given.uuid,
    "--backup-id": given.backupId,
    "--chain": given.chain,
    "--backup-directory": given.backupDirectory
  }
  const empty = Object.entries(values).find(([, value]) => Option.isSome(value) && value.value === "")
  return empty === undefined
    ? Effect.void
    : wrongUsage(
      `${empty[0]} is empty. Pass a value, or leave it out; if you use a shell variable, check that it is set.`
    )
}

const flagsOf = Effect.fnUntraced(
  function*(given: RequestOptions): Effect.fn.Return<BackupFlags.BackupFlags, UsageError> {
    let selected = BackupFlags.none
    if (Option.isSome(given.flags)) {
      const parsed = BackupFlags.parse(given.flags.value)
      if (Result.isFailure(parsed)) return yield* wrongUsage(`--flags: ${parsed.failure.message}`)
      selected = parsed.success
    } else {
      selected = BackupFlags.of("PACF_NON_INTERACTIVE_MODE", "PACF_CANCEL_TASK_ON_END_SESSION")
      if (!given.vm && !given.ct) selected = BackupFlags.union(selected, BackupFlags.of("PBT_VM", "PBT_CT"))
    }
    if (given.vm) selected = BackupFlags.union(selected, BackupFlags.of("PBT_VM"))
    if (given.ct) selected = BackupFlags.union(selected, BackupFlags.of("PBT_CT"))
    if (Option.isSome(given.backupId)) selected = BackupFlags.union(selected, BackupFlags.of("PBT_BACKUP_ID"))
    if (Option.isSome(given.chain)) selected = BackupFlags.union(selected, BackupFlags.of("PBT_CHAIN"))
    return selected
  }
)

// An id with braces comes from a listing and is passed on unchanged, because the server compares bytes. An id without
// braces was typed by a person (SEMANTICS 1.4).
const asStored = (text: string): string =>
  text.startsWith("{") ? text : Uuid.isUuid(text) ? Uuid.normalise(text) : BackupId.normalise(text)
