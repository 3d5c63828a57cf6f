/**
 * What the command asks for: filters as a person types them, and raw flag words as the SDK has them.
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
import { UsageError, wrongUsage } from "./ExitCode.ts"

/** The flags that say what is asked for; neither `--vm` nor `--ct` means both. */
export const flags = {
  vm: Flag.Boolean("vm").pipe(Flag.withDescription("Virtual machines"), Flag.withDefault(false)),
  ct: Flag.Boolean("ct").pipe(Flag.withDescription("Containers"), Flag.withDefault(false)),
  uuid: Flag.String("uuid").pipe(
    Flag.withMetavar("UUID"),
    Flag.withDescription("One environment"),
    Flag.optional
  ),
  backupId: Flag.String("backup-id").pipe(
    Flag.withMetavar("ID"),
    Flag.withDescription("One backup, with the full backup of its chain"),
    Flag.optional
  ),
  chain: Flag.String("chain").pipe(
    Flag.withMetavar("ID"),
    Flag.withDescription("A backup and what follows it in its chain, with the full backup"),
    Flag.optional
  ),
  backupDirectory: Flag.String("backup-directory").pipe(
    Flag.withMetavar("DIR"),
    Flag.withDescription("Backups in this directory of the server, instead of its default one"),
    Flag.optional
  ),
  flags: Flag.String("flags").pipe(
    Flag.withMetavar("WORD"),
    Flag.withDescription(
      "The flag word of PrlSrv_GetBackupTree, by names (PBT_VM|PBT_CT) or as a number; ids go as typed"
    ),
    Flag.optional
  )
} as const

/** The flags as given. */
export interface QuestionOptions {
  readonly vm: boolean
  readonly ct: boolean
  readonly uuid: Option.Option<string>
  readonly backupId: Option.Option<string>
  readonly chain: Option.Option<string>
  readonly backupDirectory: Option.Option<string>
  readonly flags: Option.Option<string>
}

/** No filter: everything of both kinds. */
export const everything: QuestionOptions = {
  vm: false,
  ct: false,
  uuid: Option.none(),
  backupId: Option.none(),
  chain: Option.none(),
  backupDirectory: Option.none(),
  flags: Option.none()
}

/** A question, and what is worth saying about it. */
export interface Question {
  readonly request: BackupTreeRequest.BackupTreeRequest
  readonly options: BackupTreeRequest.CallOptions
  readonly notes: ReadonlyArray<string>
}

/**
 * Makes the question that the flags ask, by way of the SDK's parameters, so that what a server refuses is refused here
 * with the same name.
 */
export const make = (given: QuestionOptions): Effect.Effect<Question, UsageError> =>
  Effect.gen(function*() {
    const texts = [given.uuid, given.backupId, given.chain].filter(Option.isSome)
    if (texts.length > 1) {
      return yield* wrongUsage("--uuid, --backup-id and --chain exclude each other; give one of them")
    }
    // An empty shell variable must not ask for everything.
    const named = [...texts, given.backupDirectory].filter(Option.isSome)
    if (Option.isNone(given.flags) && named.some(({ value }) => value === "")) {
      return yield* wrongUsage("--uuid, --backup-id, --chain and --backup-directory need a text; this one is empty")
    }
    const word = yield* wordOf(given)
    const typed = texts[0]?.value ?? ""
    const parameters: BackupTreeRequest.Parameters = {
      ...BackupTreeRequest.toParameters(BackupTreeRequest.everything),
      uuid: Option.isSome(given.flags) ? typed : asStored(typed),
      targetSessionId: Redacted.make(""),
      backupDirectory: Option.getOrElse(given.backupDirectory, () => ""),
      backupFlags: word
    }
    const meaning = BackupTreeRequest.fromParameters(parameters)
    if (Result.isFailure(meaning)) return yield* wrongUsage(meaning.failure.message)
    const { ignored, options, request } = meaning.success
    const notes = ignored.map((one) => `--flags: ${BackupTreeRequest.printIgnored(one)}`)
    const isKindless = !BackupFlags.has(word, "PBT_VM") && !BackupFlags.has(word, "PBT_CT")
    return {
      request,
      options,
      notes: isKindless ? [...notes, "--flags selects no kind, which means virtual machines only"] : notes
    }
  })

const wordOf = (given: QuestionOptions): Effect.Effect<BackupFlags.BackupFlags, UsageError> =>
  Effect.gen(function*() {
    let word = BackupFlags.none
    if (Option.isSome(given.flags)) {
      const parsed = BackupFlags.parse(given.flags.value)
      if (Result.isFailure(parsed)) return yield* wrongUsage(`--flags: ${parsed.failure.message}`)
      word = parsed.success
    } else {
      word = BackupFlags.of("PACF_NON_INTERACTIVE_MODE", "PACF_CANCEL_TASK_ON_END_SESSION")
      if (!given.vm && !given.ct) word = BackupFlags.union(word, BackupFlags.of("PBT_VM", "PBT_CT"))
    }
    if (given.vm) word = BackupFlags.union(word, BackupFlags.of("PBT_VM"))
    if (given.ct) word = BackupFlags.union(word, BackupFlags.of("PBT_CT"))
    if (Option.isSome(given.backupId)) word = BackupFlags.union(word, BackupFlags.of("PBT_BACKUP_ID"))
    if (Option.isSome(given.chain)) word = BackupFlags.union(word, BackupFlags.of("PBT_CHAIN"))
    return word
  })

// With braces it comes from a listing and is passed on unchanged, for the server compares bytes; without, a person
// typed it (SEMANTICS 1.4).
const asStored = (text: string): string =>
  text.startsWith("{") ? text : Uuid.isUuid(text) ? Uuid.normalise(text) : BackupId.normalise(text)
