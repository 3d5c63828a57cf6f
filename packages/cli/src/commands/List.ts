/**
 * `backup-tree list`: lists backups.
 */
import * as Overview from "@backup-tree/core/check/Overview"
import type * as Anonymise from "@backup-tree/core/compare/Anonymise"
import * as ForensicTree from "@backup-tree/core/directory/ForensicTree"
import * as BackupListing from "@backup-tree/core/listing/BackupListing"
import type * as BackupQuery from "@backup-tree/core/listing/BackupQuery"
import * as ShortIds from "@backup-tree/core/listing/ShortIds"
import * as CountText from "@backup-tree/core/text/CountText"
import { fold } from "@backup-tree/core/text/FoldText"
import * as BackupTreeXml from "@backup-tree/core/tree/BackupTreeXml"
import * as BackupRows from "@backup-tree/formats/BackupRows"
import * as ForensicText from "@backup-tree/formats/ForensicText"
import * as JsonDocument from "@backup-tree/formats/json/JsonDocument"
import * as OverviewText from "@backup-tree/formats/OverviewText"
import * as PrlctlText from "@backup-tree/formats/PrlctlText"
import * as TreeText from "@backup-tree/formats/TreeText"
import * as BackupSource from "@backup-tree/io/BackupSource"
import { BackupSourceError } from "@backup-tree/io/BackupSourceError"
import * as Cooperative from "@backup-tree/io/Cooperative"
import * as BackupDirectory from "@backup-tree/io/directory/BackupDirectory"
import * as StoreFileSystem from "@backup-tree/io/directory/StoreFileSystem"
import { Command, Flag } from "effect/cli"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { wrongUsage } from "../ExitCode.ts"
import * as AnonymiseOptions from "../options/AnonymiseOptions.ts"
import * as OutputFlag from "../options/OutputFlag.ts"
import * as OverviewOptions from "../options/OverviewOptions.ts"
import * as QueryOptions from "../options/QueryOptions.ts"
import * as RequestOptions from "../options/RequestOptions.ts"
import * as SourceOptions from "../options/SourceOptions.ts"
import * as TimeLimit from "../options/values/TimeLimit.ts"
import * as Zone from "../options/values/Zone.ts"
import * as Output from "../Output.ts"
import * as Servers from "../Servers.ts"

/** The flags of the commands that print a listing. */
export const listingFlags = {
  ...SourceOptions.flags,
  ...RequestOptions.flags,
  timeout: TimeLimit.timeout
} as const

const formats = ["table", "tree", "json", "ndjson", "csv", "xml", "prlctl", "prlctl-full"] as const

interface ListFlags
  extends
    SourceOptions.SourceOptions,
    RequestOptions.RequestOptions,
    QueryOptions.QueryOptions,
    OverviewOptions.OverviewOptions,
    AnonymiseOptions.AnonymiseOptions
{
  readonly output: Option.Option<typeof formats[number]>
  readonly tree: boolean
  readonly full: boolean
  readonly forensic: boolean
  readonly zone: Option.Option<string>
  readonly timeout: Option.Option<string>
}

/** The flags, and what follows from them. */
interface ListOptions extends Omit<ListFlags, "output"> {
  readonly output: typeof formats[number]
  readonly layout: OverviewOptions.Layout
}

/** The command. */
export const list = Command.make(
  "list",
  {
    ...listingFlags,
    output: OutputFlag.make(
      formats,
      "a table of machines, a tree of their backups, JSON, a line for each backup as NDJSON or CSV, the XML exactly as "
        + "received, or what `prlctl backup-list` prints, without and with its --full (default: table)"
    ).pipe(Flag.optional),
    tree: Flag.Boolean("tree").pipe(Flag.withDescription("Short for --output tree"), Flag.withDefault(false)),
    full: Flag.Boolean("full").pipe(
      Flag.withDescription("With a tree: print whole ids on a terminal, too"),
      Flag.withDefault(false)
    ),
    ...OverviewOptions.flags,
    zone: Zone.zone,
    ...QueryOptions.flags,
    ...AnonymiseOptions.flags,
    forensic: Flag.Boolean("forensic").pipe(
      Flag.withDescription("With --directory: also show what a server does not list, and why"),
      Flag.withDefault(false)
    )
  },
  Effect.fnUntraced(function*(flags) {
    const completed = yield* SourceOptions.complete(flags)
    yield* TimeLimit.within(
      Effect.gen(function*() {
        const given = yield* resolveOutput(completed)
        const digest = yield* AnonymiseOptions.resolve(given)
        if (given.forensic) return yield* listForensic(given)
        const { query, resolved } = yield* AnonymiseOptions.withhold(prepare(given), digest)
        yield* Effect.scoped(printListing(resolved, given, query, digest))
      }),
      completed.timeout
    )
  })
).pipe(
  Command.withDescription("List VMs and containers, and their full and incremental backups"),
  Command.withExamples([
    { command: "backup-tree list", description: "The VMs and containers of this host, with their newest backups" },
    { command: "backup-tree list --sort age", description: "Those without a recent backup first" },
    { command: "backup-tree list --tree web01", description: "All backups of a machine" },
    {
      command: "backup-tree list --server root@node7 --output json",
      description: "All backups of another host, as JSON for scripts"
    },
    { command: "backup-tree list 'web*' db01", description: "Some VMs and containers, by name" },
    {
      command: "backup-tree list --where 'age>7d and size>10GiB or finding=error'",
      description: "Backups that match a query"
    },
    {
      command: "backup-tree list --output prlctl --zone Europe/Berlin",
      description: "The table of `prlctl backup-list`, for scripts that read it"
    },
    { command: "backup-tree list --file tree.xml --ct", description: "Containers in a saved listing" },
    {
      command: "backup-tree list --directory /mnt/backups --forensic",
      description: "A backup directory, including what a server does not list"
    },
    { command: "backup-tree list --anonymise --output json", description: "A listing without names, for a bug report" }
  ])
)

/** Finds the output format, and refuses flags that do not apply to it. */
const resolveOutput = Effect.fnUntraced(function*(flags: ListFlags) {
  const { output, tree } = flags
  if (tree && Option.isSome(output) && output.value !== "tree") {
    return yield* wrongUsage(`--tree is short for --output tree; leave out --tree, or --output ${output.value}`)
  }
  const given: ListOptions = {
    ...flags,
    output: Option.getOrElse(output, () => tree || flags.forensic ? "tree" : "table"),
    layout: yield* OverviewOptions.parse(flags)
  }
  if (flags.full && given.output !== "tree") return yield* wrongUsage("--full applies only to --tree")
  return given.output !== "table" && OverviewOptions.isGiven(flags)
    ? yield* wrongUsage("--sort, --columns and --no-header apply only to --output table")
    : given
})

/** Parses what selects backups, and prints the warnings about it. */
const prepare = Effect.fnUntraced(function*(given: ListOptions) {
  const resolved = yield* RequestOptions.resolve(given)
  if (Option.isSome(given.zone) && !given.output.startsWith("prlctl")) {
    return yield* wrongUsage("--zone works only with --output prlctl and prlctl-full; other formats print UTC")
  }
  const query = yield* QueryOptions.parse(given)
  yield* Effect.forEach(resolved.warnings, Output.note)
  return { query, resolved }
})

/** Prints the whole content of a backup directory, including what a server does not list. */
const listForensic = Effect.fnUntraced(
  function*(given: ListOptions) {
    if (Option.isNone(given.directory) || (given.output !== "tree" && given.output !== "json")) {
      return yield* wrongUsage("--forensic requires --directory, and --output tree or json")
    }
    if (QueryOptions.isGiven(given)) {
      return yield* wrongUsage("--forensic always shows the whole directory; leave out names and --where")
    }
    const { request } = yield* RequestOptions.resolve(given)
    if (request.subject._tag !== "Everything" || request.kinds !== "vm+ct") {
      return yield* wrongUsage(
        "--forensic always shows the whole directory; leave out --vm, --ct, --uuid, --backup-id, --chain and --flags"
      )
    }
    // Validates the flags that cannot be combined with --directory.
    yield* SourceOptions.toLayer(given)
    const reading = yield* Effect.mapError(
      Effect.provide(BackupDirectory.read(given.directory.value), StoreFileSystem.layer),
      (reason) => new BackupSourceError({ source: Option.getOrThrow(given.directory), reason })
    )
    const tree = ForensicTree.fromReading(reading)
    yield* given.output === "json"
      ? Output.json(JsonDocument.forensic(given.directory.value, tree))
      : Output.lines(ForensicText.lines(tree, { style: yield* Output.style }))
  }
)

const printListing = Effect.fnUntraced(
  function*(
    resolved: RequestOptions.ResolvedRequest,
    given: ListOptions,
    query: BackupQuery.BackupQuery,
    digest: Anonymise.Digest | undefined
  ) {
    const isFiltered = QueryOptions.isGiven(given)
    if (given.output === "xml" && !isFiltered && digest === undefined) {
      if (given.server.length > 1) {
        return yield* wrongUsage("--output xml prints the XML of one server; run the command for each server")
      }
      const source = yield* SourceOptions.toLayer(given)
      yield* warnUnfiltered(resolved)
      const xml = BackupSource.getBackupTreeXml(resolved.request, resolved.options)
      return yield* Output.write(yield* Effect.provide(xml, source))
    }
    const fetched = Effect.gen(function*() {
      const { failures, listing } = yield* Servers.fetch(yield* Servers.open(given), resolved)
      const filtered = isFiltered ? yield* QueryOptions.filter(listing, given.names, query) : undefined
      return { failures, listing: filtered?.listing ?? listing, summary: filtered?.summary }
    })
    const { failures, listing, summary } = yield* digest === undefined
      ? fetched
      : AnonymiseOptions.apply(fetched, digest)
    yield* print(listing, given, summary)
    yield* digest === undefined ? Servers.noteFailures(failures) : AnonymiseOptions.noteFailures(failures)
    yield* Servers.requireAll(failures)
  }
)

const print = Effect.fnUntraced(
  function*(listing: BackupListing.BackupListing, given: ListOptions, filter: string | undefined) {
    switch (given.output) {
      case "json":
        return yield* Output.json(yield* Cooperative.run(() => JsonDocument.listingInSteps(listing)))
      case "table":
        if (yield* printTable(listing, given.layout, filter)) return yield* noteSkips(listing)
        break
      case "tree":
        yield* printTree(listing, { filter, full: given.full })
        return yield* noteSkips(listing)
      case "ndjson":
        yield* Output.jsonLines(BackupRows.ndjson(listing.tree))
        break
      case "csv":
        yield* Output.lines(BackupRows.csv(listing.tree))
        break
      case "xml":
        yield* Output.pieces(BackupTreeXml.encodeInPieces(listing.tree))
        yield* Output.write("\n")
        break
      default:
        yield* Output.lines(PrlctlText.lines(listing.tree, {
          layout: given.output === "prlctl" ? "table" : "full",
          zone: Zone.resolve(given.zone),
          escape: yield* Output.isTerminal
        }))
    }
    // These formats, and a table in a pipe, cannot say that they are filtered.
    if (filter !== undefined) {
      yield* Output.note(
        `backup-tree: the output is filtered: ${filter}. Do not pass it on as a full listing.`
      )
    }
  }
)

const noteSkips = ({ directory }: BackupListing.BackupListing) => {
  const skipped = directory?.skips.length ?? 0
  return skipped === 0 ? Effect.void : Output.note(
    `backup-tree: the directory has ${CountText.count(skipped, "problem")} or hidden ${
      CountText.plural(skipped, "item")
    }. Run \`backup-tree check\` for details, or add --forensic to show them.`
  )
}

/** Warns that the XML as received may contain more than was requested. */
export const warnUnfiltered = ({ request }: RequestOptions.ResolvedRequest) =>
  request.subject._tag === "Everything" && request.kinds === "vm+ct"
    ? Effect.void
    : Output.note(
      "backup-tree: --output xml prints the XML exactly as received; only the server applies filters to it"
    )

/**
 * Prints the machines of a listing as a table. On a terminal, a summary follows, and what a filter left out; in a pipe,
 * the table is alone. Returns whether the summary was printed.
 */
export const printTable = Effect.fnUntraced(function*(
  listing: BackupListing.BackupListing,
  { order, ...layout }: OverviewOptions.Layout = OverviewOptions.defaultLayout,
  filter?: string
) {
  const now = yield* DateTime.now
  const machines = Overview.sort(yield* Cooperative.run(() => Overview.steps(listing, { now })), order)
  const style = yield* Output.style
  const width = yield* Output.terminalWidth
  yield* Output.lines(OverviewText.lines(machines, { ...layout, style, width, origins: listing.origins }))
  if (width === undefined) return false
  yield* Output.lines([
    "",
    ...summaryLines(listing, filter),
    ...OverviewText.advice(machines).flatMap((line) => fold(line, width))
  ])
  return true
})

/** Options for printing a tree. */
interface PrintTreeOptions {
  /** What a filter left out. */
  readonly filter?: string | undefined
  /** Whether to print whole ids on a terminal, too (default: false). */
  readonly full?: boolean | undefined
}

/** Prints a listing as a tree, followed by a summary line, and by what a filter left out. */
export const printTree = Effect.fnUntraced(function*(
  listing: BackupListing.BackupListing,
  { filter, full = false }: PrintTreeOptions = {}
) {
  const style = yield* Output.style
  const width = yield* Output.terminalWidth
  const shorten = width === undefined || full ? undefined : ShortIds.shortener(listing.tree)
  yield* Output.lines(treeLines(listing, { style, width, shorten }))
  yield* Output.lines(summaryLines(listing, filter))
})

const summaryLines = ({ source, tree }: BackupListing.BackupListing, filter?: string): ReadonlyArray<string> => [
  `${tree.environments.length === 0 ? "no backups" : TreeText.summary(tree)}, from ${
    BackupListing.printSource(source)
  }`,
  ...(filter === undefined ? [] : [`filtered: ${filter}`])
]

/** Writes one environment at a time, so that printing pauses in between. */
const treeLines = function*(
  { origins = [], tree }: BackupListing.BackupListing,
  options: TreeText.TreeTextOptions
): Generator<string> {
  const byEnvironment = Map.groupBy(origins, ({ environment }) => environment)
  for (const environment of tree.environments) {
    yield* TreeText.lines({ environments: [environment], kept: [] }, {
      ...options,
      origins: byEnvironment.get(environment.uuid)
    })
    yield ""
  }
}
