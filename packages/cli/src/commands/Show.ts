/**
 * `backup-tree show`: shows machines in detail: all their backups, and what a check finds about them.
 */
import * as Check from "@backup-tree/core/check/Check"
import * as ShortIds from "@backup-tree/core/listing/ShortIds"
import * as Uuid from "@backup-tree/core/sdk/Uuid"
import * as FindingsText from "@backup-tree/formats/FindingsText"
import * as Cooperative from "@backup-tree/io/Cooperative"
import { Argument, Command, Flag } from "effect/cli"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as QueryOptions from "../options/QueryOptions.ts"
import * as RequestOptions from "../options/RequestOptions.ts"
import * as SourceOptions from "../options/SourceOptions.ts"
import * as TimeLimit from "../options/values/TimeLimit.ts"
import * as Output from "../Output.ts"
import * as Servers from "../Servers.ts"
import { printTree } from "./List.ts"

/** The command. Its exit code does not depend on the findings. */
export const show = Command.make(
  "show",
  {
    names: Argument.String("name").pipe(
      Argument.withDescription("A VM or container: its name, a pattern such as 'web*', or its uuid"),
      Argument.atLeast(1)
    ),
    ...SourceOptions.flags,
    timeout: TimeLimit.timeout,
    full: Flag.Boolean("full").pipe(
      Flag.withDescription("Print whole ids on a terminal, too"),
      Flag.withDefault(false)
    )
  },
  Effect.fnUntraced(function*(flags) {
    const given = yield* SourceOptions.complete(flags)
    const resolved = yield* RequestOptions.resolve(RequestOptions.noFilters)
    const shown = Effect.gen(function*() {
      const selected = { names: given.names, where: Option.none() }
      const query = yield* QueryOptions.parse(selected)
      const { failures, listing } = yield* Servers.fetch(yield* Servers.open(given), resolved)
      const filtered = yield* QueryOptions.filter(listing, given.names, query)
      yield* printTree(filtered.listing, { full: given.full })
      const now = yield* DateTime.now
      const report = yield* Cooperative.run(() => Check.steps(listing, { now: now }))
      const isMeant = new Set(filtered.listing.tree.environments.map(({ uuid }) => Uuid.key(uuid)))
      const findings = report.findings.filter(({ subject: { environment } }) =>
        environment !== undefined && isMeant.has(Uuid.key(environment))
      )
      const isShort = (yield* Output.terminalWidth) !== undefined && !given.full
      const lines = FindingsText.lines(listing, { ...report, findings, omitted: 0 }, {
        style: yield* Output.style,
        width: yield* Output.width,
        shorten: isShort ? ShortIds.shortener(listing.tree) : undefined
      })
      yield* Output.lines(["", ...(lines.length === 0 ? ["no findings"] : lines)])
      yield* Servers.noteFailures(failures)
      yield* Servers.requireAll(failures)
    })
    yield* TimeLimit.within(Effect.scoped(shown), given.timeout)
  })
).pipe(
  Command.withDescription("Show machines in detail: all their backups, and what a check finds about them"),
  Command.withExamples([
    { command: "backup-tree show web01", description: "The backups of a machine, newest chain first" },
    { command: "backup-tree show 'web*' --server root@node7", description: "Several machines of another host" }
  ])
)
