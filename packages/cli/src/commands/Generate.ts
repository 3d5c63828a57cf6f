/**
 * `backup-tree generate`: a made-up backup directory, whole or damaged, to try readers on.
 */
import type * as ServerModel from "@backup-tree/core/server/ServerModel"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import * as TextFile from "@backup-tree/io/directory/TextFile"
import * as StoreDirectory from "@backup-tree/testing/StoreDirectory"
import * as StoreFault from "@backup-tree/testing/StoreFault"
import * as StoreGenerator from "@backup-tree/testing/StoreGenerator"
import { Argument, Command, Flag } from "effect/cli"
import * as Effect from "effect/Effect"
import type { PlatformError } from "effect/PlatformError"
import { UsageError } from "../ExitCode.ts"
import * as Output from "../Output.ts"

const numberFlag = (name: string, { max, min }: { readonly min: number; readonly max: number }) =>
  Flag.Int(name).pipe(
    Flag.withMetavar("N"),
    Flag.filter((number) => number >= min && number <= max, () => `a number from ${min} to ${max}`)
  )

const all = "all"

/** The command; the same flags give the same bytes. */
export const generate = Command.make(
  "generate",
  {
    directory: Argument.String("dir").pipe(
      Argument.withDescription("Where to write; a directory that is empty, or not there yet")
    ),
    seed: Flag.Int("seed").pipe(
      Flag.withMetavar("N"),
      Flag.withDescription("Another number gives other uuids, times, sizes and places of damages"),
      Flag.withDefault(1)
    ),
    environments: numberFlag("environments", { min: 1, max: 100_000 }).pipe(
      Flag.withDescription("How many virtual machines and containers"),
      Flag.withDefault(8)
    ),
    weeks: numberFlag("weeks", { min: 2, max: 520 }).pipe(
      Flag.withDescription("How many weekly chains each of them has"),
      Flag.withDefault(3)
    ),
    damage: Flag.Literals("damage", [all, ...StoreFault.names]).pipe(
      Flag.withMetavar("NAME"),
      Flag.withDescription(
        `Do a damage, each to another chain; may be given again. NAME is one of ${
          [all, ...StoreFault.names].join(", ")
        }`
      ),
      Flag.atLeast(0)
    )
  },
  Effect.fnUntraced(function*({ damage, directory, environments, seed, weeks }) {
    const store = StoreGenerator.generate({ seed, environments, weeks })
    const names = damage.flatMap((name) => (name === all ? StoreFault.names : [name]))
    const strikes = yield* Effect.mapError(
      Effect.fromResult(StoreFault.plan(store, names, { seed })),
      ({ message }) => new UsageError({ message: `--damage: ${message}` })
    )
    yield* Effect.gen(function*() {
      yield* StoreDirectory.write(store, directory)
      for (const strike of strikes) yield* strike.inflict(directory)
    }).pipe(Effect.mapError((error) => refusal(directory, error)))
    yield* Output.lines([
      `${PrintableText.escape(directory)}: ${summary(store)}, seed ${seed}`,
      ...strikes.flatMap(strikeLines)
    ])
  })
).pipe(
  Command.withDescription(
    "Write a made-up backup directory, for trying readers on it: sparse images, damages if told; in any case the id of one "
      + "incremental does not fit its number (I05)"
  ),
  Command.withExamples([
    { command: "backup-tree generate /tmp/backups", description: "Eight environments with weekly chains" },
    {
      command: "backup-tree generate /tmp/backups --seed 7 --damage missing-image --damage base-missing",
      description: "Two chains of them damaged"
    },
    { command: "backup-tree generate /tmp/backups --damage all", description: "One of each damage" }
  ])
)

const refusal = (
  directory: string,
  error: StoreDirectory.DirectoryNotEmpty | StoreDirectory.NameRefused | PlatformError
): UsageError =>
  new UsageError({ message: error._tag === "PlatformError" ? unwritable(directory, error) : error.message })

// What is there has been found or made, so that only the directory above can be missing.
const unwritable = (directory: string, error: PlatformError): string =>
  `the directory ${PrintableText.quote(directory)} cannot be written: ${
    error.reason._tag === "NotFound" ? "the one above it does not exist" : TextFile.explain(error)
  }`

const summary = ({ environments }: ServerModel.Store): string => {
  const chains = environments.flatMap(({ chains }) => chains)
  const backups = chains.reduce((sum, { items }) => sum + items.length, 0)
  const count = (number: number, what: string) => `${number} ${what}${number === 1 ? "" : "s"}`
  return `${count(environments.length, "environment")}, ${count(chains.length, "chain")}, ${count(backups, "backup")}`
}

// A file that is changed lies in the thing that a reader names; another thing is worth a word.
const strikeLines = ({ damage, path, reportedAt }: StoreFault.Strike): ReadonlyArray<string> => [
  `${damage.name}  ${path}`,
  `    ${damage.description}; reported as ${damage.reportedAs}${path.startsWith(reportedAt) ? "" : ` of ${reportedAt}`}`
]
