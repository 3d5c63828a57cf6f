/**
 * `backup-tree plan`: shows what a restore needs or what a removal would destroy. It executes nothing.
 *
 * @since 0.2.0
 */
import * as BackupCatalog from "@backup-tree/core/check/BackupCatalog"
import type * as BackupListing from "@backup-tree/core/listing/BackupListing"
import * as RemovalPlan from "@backup-tree/core/plan/RemovalPlan"
import * as RestorePlan from "@backup-tree/core/plan/RestorePlan"
import * as BackupId from "@backup-tree/core/sdk/BackupId"
import * as Uuid from "@backup-tree/core/sdk/Uuid"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import * as JsonDocument from "@backup-tree/formats/json/JsonDocument"
import * as PlanText from "@backup-tree/formats/PlanText"
import * as Cooperative from "@backup-tree/io/Cooperative"
import { Argument, Command, Flag } from "effect/cli"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as ExitCode from "../ExitCode.ts"
import * as Time from "../options/values/Time.ts"
import * as Output from "../Output.ts"
import * as Planning from "../Planning.ts"
import { retention } from "./PlanRetention.ts"

const restore = Command.make(
  "restore",
  {
    target: Argument.String("target").pipe(
      Argument.withDescription(
        "Name or uuid of a VM or container (its default backup), or the id of a backup; its first characters suffice"
      )
    ),
    ...Planning.flags,
    at: Flag.String("at").pipe(
      Flag.withMetavar("TIME"),
      Flag.withDescription(
        "Use the newest backup made at or before TIME, in UTC: 2024-03-03, '2024-03-03 02:00:00' or ISO 8601; a date"
          + " means the end of that day"
      ),
      Flag.optional
    )
  },
  Effect.fnUntraced(function*(given) {
    const at = yield* parseTime(given.at)
    yield* Planning.withListing(
      given,
      Effect.fnUntraced(function*(listing) {
        const catalog = yield* Cooperative.run(() => BackupCatalog.steps(listing))
        const plan = yield* Planning.accepted(
          restorePlan(catalog, yield* Planning.accepted(Planning.resolveId(listing, given.target)), at)
        )
        const style = yield* Output.style
        yield* given.output === "json"
          ? Output.json(JsonDocument.restorePlan(listing, plan))
          : Output.lines(PlanText.restore(plan, { style }))
      })
    )
  })
).pipe(Command.withDescription("Show which backups and files a restore reads, and the command to run"))

const remove = Command.make(
  "remove",
  {
    id: Argument.String("id").pipe(
      Argument.withDescription("Id of the backup, as `backup-tree list --tree` shows it, short or whole"),
      Argument.optional
    ),
    ...Planning.flags,
    allOf: Flag.String("all-of").pipe(
      Flag.withMetavar("NAME"),
      Flag.withDescription("Instead of one backup, remove all backups of the VM or container with this name or uuid"),
      Flag.optional
    ),
    keepChain: Flag.Boolean("keep-chain").pipe(
      Flag.withDescription("Merge the backup into the next one instead of removing everything that depends on it"),
      Flag.withDefault(false)
    )
  },
  Effect.fnUntraced(function*(given) {
    const { allOf, keepChain, output } = given
    const id = Option.getOrUndefined(given.id)
    if (Option.isSome(allOf) ? id !== undefined || keepChain : id === undefined) {
      return yield* Effect.fail(
        new ExitCode.UsageError({ message: "specify either the id of a backup, or --all-of NAME without --keep-chain" })
      )
    }
    yield* Planning.withListing(
      given,
      Effect.fnUntraced(function*(listing) {
        const catalog = yield* Cooperative.run(() => BackupCatalog.steps(listing))
        const style = yield* Output.style
        if (id === undefined) {
          const plan = yield* Planning.accepted(RemovalPlan.forEnvironment(catalog, Option.getOrThrow(allOf)))
          return yield* output === "json"
            ? Output.json(JsonDocument.environmentRemovalPlan(listing, plan))
            : Output.lines(PlanText.environmentRemoval(plan, { style }))
        }
        const whole = yield* Planning.accepted(Planning.resolveId(listing, id))
        const plan = yield* Planning.accepted(RemovalPlan.preview(catalog, { id: whole, keepChain }))
        return yield* output === "json"
          ? Output.json(JsonDocument.removalPlan(listing, plan))
          : Output.lines(PlanText.removal(plan, { style }))
      })
    )
  })
).pipe(
  Command.withDescription("Show which backups a removal would destroy, and the command to run"),
  Command.withExamples([
    { command: "backup-tree plan remove '{uuid}.3'", description: "See what depends on a backup" },
    { command: "backup-tree plan remove --all-of web01", description: "Remove all backups of a machine" }
  ])
)

/**
 * The `plan` command. It exits with 4 if a plan is refused.
 *
 * @category commands
 * @since 0.2.0
 */
export const plan = Command.make("plan").pipe(
  Command.withDescription(
    "Show what a restore needs, what a removal would destroy, or what a policy keeps, without executing it (exit code "
      + "4: refused)"
  ),
  Command.withSubcommands([restore, remove, retention]),
  Command.withExamples([
    {
      command: "backup-tree plan restore web01 --at 2024-03-03",
      description: "Plan to restore web01 as it was on a given day"
    },
    { command: "backup-tree plan remove '{uuid}.3'", description: "See which backups would be lost" }
  ])
)

// A uuid is either that of a machine, or the id of the first backup of a chain. It is never treated as a name, because
// a machine can have any name.
const restorePlan = (
  catalog: BackupCatalog.BackupCatalog,
  target: string,
  at: Option.Option<DateTime.Utc>
): Result.Result<RestorePlan.RestorePlan, { readonly message: string }> => {
  const isBackup = Result.isSuccess(BackupId.parse(target))
    && !environmentUuids(catalog.listing).some((uuid) => Uuid.equals(uuid, target))
  if (!isBackup) return RestorePlan.forEnvironment(catalog, target, { at: Option.getOrUndefined(at) })
  return Option.isNone(at)
    ? RestorePlan.forBackup(catalog, target)
    : Result.fail({
      message: `--at selects a backup of a machine, but no machine has the uuid ${PrintableText.excerpt(target)}. `
        + "Specify a machine by name or uuid, or leave out --at."
    })
}

/** Returns the uuids of the environments in a listing, including hidden ones of a backup directory. */
const environmentUuids = ({ directory, tree }: BackupListing.BackupListing): ReadonlyArray<string> => [
  ...tree.environments.map(({ uuid }) => uuid),
  ...(directory?.environments ?? []).flatMap(({ directory, metadata }) => [directory, metadata?.uuid ?? directory])
]

const parseTime = (
  text: Option.Option<string>
): Effect.Effect<Option.Option<DateTime.Utc>, ExitCode.UsageError> =>
  Option.match(text, {
    onNone: () => Effect.succeedNone,
    onSome: (text) => Effect.asSome(Time.parse("--at", text))
  })
