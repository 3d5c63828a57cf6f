/**
 * `backup-tree diff`: compares two listings.
 */
import * as TreeDiff from "@backup-tree/core/compare/TreeDiff"
import * as DiffText from "@backup-tree/formats/DiffText"
import * as JsonDocument from "@backup-tree/formats/json/JsonDocument"
import * as Cooperative from "@backup-tree/io/Cooperative"
import { Argument, Command } from "effect/cli"
import * as Effect from "effect/Effect"
import * as ExitCode from "../ExitCode.ts"
import * as ComparedSource from "../options/ComparedSource.ts"
import * as OutputFlag from "../options/OutputFlag.ts"
import * as RequestOptions from "../options/RequestOptions.ts"
import * as TimeLimit from "../options/values/TimeLimit.ts"
import * as Output from "../Output.ts"
import * as Servers from "../Servers.ts"

const argument = (name: string, what: string) =>
  Argument.String(name).pipe(
    Argument.withDescription(
      `${what}: a file (XML, or JSON of list or check; - for standard input), a backup directory, `
        + "server:[USER@]HOST[:PORT], or socket: for this host"
    )
  )

/** The command. It exits with 1 if the listings differ. */
export const diff = Command.make(
  "diff",
  {
    a: argument("A", "The first listing"),
    b: argument("B", "The second listing"),
    ...ComparedSource.flags,
    timeout: TimeLimit.timeout,
    output: OutputFlag.textOrJson
  },
  (given) =>
    TimeLimit.within(
      Effect.gen(function*() {
        const a = yield* ComparedSource.parse("A", given.a)
        const b = yield* ComparedSource.parse("B", given.b)
        yield* ComparedSource.checkFlags([a, b], given)
        const resolved = yield* RequestOptions.resolve(RequestOptions.noFilters)
        const layers = [yield* ComparedSource.toLayer(a, given), yield* ComparedSource.toLayer(b, given)] as const
        // One after the other, so that the second listing is the newer one.
        const before = yield* Effect.provide(Servers.fetchListing(resolved), layers[0])
        const after = yield* Effect.provide(Servers.fetchListing(resolved), layers[1])
        const compared = yield* Effect.fromResult(yield* Cooperative.run(() => TreeDiff.steps(before, after)))
        yield* given.output === "json"
          ? Output.json(yield* Cooperative.run(() => JsonDocument.diffInSteps(compared)))
          : Output.lines(DiffText.lines(compared, { style: yield* Output.style }))
        if (compared.changes.length > 0) return yield* Effect.fail(new ExitCode.ExitWith({ code: ExitCode.different }))
      }),
      given.timeout
    )
).pipe(
  Command.withDescription("Compare two listings (exit code 0: equal, 1: different, 3: no result)"),
  Command.withExamples([
    { command: "backup-tree diff monday.json server:root@node7", description: "What changed on a host since Monday" },
    { command: "backup-tree diff socket: /mnt/backups", description: "What this host does not list of a directory" },
    {
      command: "backup-tree list --output json | backup-tree diff yesterday.json -",
      description: "Two listings of this host"
    }
  ])
)
