/**
 * `backup-tree generate`: writes a sample backup directory, intact or with faults.
 */
import type * as BackupStore from "@backup-tree/core/server/BackupStore"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import * as Totals from "@backup-tree/core/tree/Totals"
import * as TextFile from "@backup-tree/io/directory/TextFile"
import * as StoreDirectory from "@backup-tree/testing/StoreDirectory"
import * as StoreFault from "@backup-tree/testing/StoreFault"
import * as StoreGenerator from "@backup-tree/testing/StoreGenerator"
import { Argument, Command, Flag } from "effect/cli"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type { PlatformError } from "effect/PlatformError"
import { UsageError, wrongUsage } from "../ExitCode.ts"
import * as Time from "../options/values/Time.ts"
import { wholeNumberFlag } from "../options/values/WholeNumber.ts"
import * as Output from "../Output.ts"

const all = "all"

/** The command. The same flags yield the same bytes, except for the time of a run without `--newest`. */
export const generate = Command.make(
  "generate",
  {
    directory: Argument.String("dir").pipe(
      Argument.withDescription("Where to write: a new or an empty directory")
    ),
    seed: wholeNumberFlag("seed", {}).pipe(
      Flag.withDescription("Seed for uuids, times, sizes and the places of faults (default: 1)"),
      Flag.withDefault(1)
    ),
    environments: wholeNumberFlag("environments", { min: 1, max: 100_000 }).pipe(
      Flag.withDescription("Number of virtual machines and containers (default: 8)"),
      Flag.withDefault(8)
    ),
    weeks: wholeNumberFlag("weeks", { min: 2, max: 520 }).pipe(
      Flag.withDescription("Number of weekly chains of each (default: 3)"),
      Flag.withDefault(3)
    ),
    newest: Flag.String("newest").pipe(
      Flag.withMetavar("TIME"),
      Flag.withDescription(
        "Make backups up to TIME, in UTC: now, 2024-03-03, '2024-03-03 02:00:00' or ISO 8601; a date means the end of"
          + " that day (default: now)"
      ),
      Flag.withDefault("now")
    ),
    faults: Flag.Literals("fault", [all, ...StoreFault.names]).pipe(
      // The name of the flag in version 0.1.
      Flag.withAlias("damage"),
      Flag.withMetavar("NAME"),
      Flag.withDescription("Inject a fault into one sound chain (repeatable; each use picks another chain)"),
      Flag.atLeast(0)
    )
  },
  Effect.fnUntraced(function*({ directory, environments, faults, newest, seed, weeks }) {
    if (directory === "") {
      return yield* wrongUsage("the name of the directory is empty. If you use a shell variable, check that it is set.")
    }
    const now = newest === "now" ? yield* DateTime.now : yield* Time.parse("--newest", newest)
    const store = StoreGenerator.generate({ seed, environments, weeks, now })
    const names = faults.flatMap((name) => (name === all ? StoreFault.names : [name]))
    const planned = yield* Effect.mapError(
      Effect.fromResult(StoreFault.plan(store, names, { seed })),
      ({ message }) => new UsageError({ message: `--fault: ${message}` })
    )
    yield* Effect.gen(function*() {
      yield* StoreDirectory.write(store, directory)
      for (const { inject } of planned) yield* inject(directory)
    }).pipe(Effect.mapError((error) => refusal(directory, error)))
    yield* Output.lines([
      `${PrintableText.escape(directory)}: ${summary(store)}, seed ${seed}`,
      ...planned.flatMap(faultLines)
    ])
  })
).pipe(
  Command.withDescription(
    "Generate a sample backup directory with sparse images. It is healthy unless you add faults with --fault; the output "
      + "then names the rules of `check` that report each one. The same flags yield the same directory if you set "
      + "--newest"
  ),
  Command.withExamples([
    { command: "backup-tree generate /tmp/backups", description: "Eight environments with weekly chains" },
    {
      command: "backup-tree generate /tmp/backups --seed 7 --fault missing-image --fault base-missing",
      description: "Faults in two of the chains"
    },
    { command: "backup-tree generate /tmp/backups --fault all", description: "Every kind of fault" }
  ])
)

const refusal = (
  directory: string,
  error: StoreDirectory.DirectoryNotEmpty | StoreDirectory.NameRefused | PlatformError
): UsageError =>
  new UsageError({ message: error._tag === "PlatformError" ? unwritable(directory, error) : error.message })

// The directory was found or created, so only its parent can be missing.
const unwritable = (directory: string, error: PlatformError): string =>
  `the directory ${PrintableText.quote(directory)} cannot be written: ${
    error.reason._tag === "NotFound" ? "its parent directory does not exist" : TextFile.explain(error)
  }`

const summary = ({ environments }: BackupStore.BackupStore): string =>
  Totals.print(
    Totals.make(environments, ({ items }) =>
      items.map(({ content }) => content._tag === "Damaged" ? 0n : content.backup.size))
  )

// Usually a reader names the changed file or a directory around it. If not, the line says what it names.
const faultLines = ({ fault, path, reportedAt }: StoreFault.PlannedFault): ReadonlyArray<string> => [
  `${fault.name}  ${path}`,
  `    ${fault.description}; ${reportText(fault)}${path.startsWith(reportedAt) ? "" : ` of ${reportedAt}`}`
]

/** Names the rules that report a fault, and the reason of a skip if none of them is called like it. */
const reportText = ({ reportedAs, rules }: StoreFault.Fault): string => {
  const byCheck = `check reports ${rules.join(", ")}`
  return rules.some((id) => id === reportedAs) ? byCheck : `${byCheck} (${reportedAs})`
}
