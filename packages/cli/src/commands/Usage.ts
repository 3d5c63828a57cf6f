/**
 * `backup-tree usage`: shows the space that backups occupy, and how it grows.
 */
import * as TreeDiff from "@backup-tree/core/compare/TreeDiff"
import * as SpaceUsage from "@backup-tree/core/compare/Usage"
import * as BackupListing from "@backup-tree/core/listing/BackupListing"
import * as Amount from "@backup-tree/core/text/Amount"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import * as TimeText from "@backup-tree/core/text/TimeText"
import * as JsonDocument from "@backup-tree/formats/json/JsonDocument"
import * as UsageText from "@backup-tree/formats/UsageText"
import * as Cooperative from "@backup-tree/io/Cooperative"
import { Command, Flag } from "effect/cli"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { wrongUsage } from "../ExitCode.ts"
import * as ComparedSource from "../options/ComparedSource.ts"
import * as OutputFlag from "../options/OutputFlag.ts"
import * as RequestOptions from "../options/RequestOptions.ts"
import * as SourceOptions from "../options/SourceOptions.ts"
import * as EmptyValue from "../options/values/EmptyValue.ts"
import * as TimeLimit from "../options/values/TimeLimit.ts"
import { wholeNumberFlag } from "../options/values/WholeNumber.ts"
import * as Output from "../Output.ts"
import * as Servers from "../Servers.ts"

/** The number of groups in a text. JSON has all of them. */
const topOfText = 20

/** The command. */
export const usage = Command.make(
  "usage",
  {
    ...SourceOptions.flags,
    timeout: TimeLimit.timeout,
    output: OutputFlag.textOrJson,
    by: Flag.Literals("by", SpaceUsage.Grouping.literals).pipe(
      Flag.withMetavar("GROUP"),
      Flag.withDescription(
        "Group by environment (VM or container), chain, backup, host that made the backup, or kind "
          + "(default: environment)"
      ),
      Flag.withDefault("environment" as const)
    ),
    top: wholeNumberFlag("top", { min: 1 }).pipe(
      Flag.withDescription(`Show only the N largest groups (default: ${topOfText} as text, all as JSON)`),
      Flag.optional
    ),
    since: Flag.String("since").pipe(
      Flag.withMetavar("LISTING"),
      Flag.withDescription(
        "Also show the growth since an earlier listing of the same source: a file that `list --output json` wrote"
      ),
      Flag.optional
    ),
    disk: Flag.String("disk").pipe(
      Flag.withMetavar("SIZE"),
      Flag.filter(
        (text) => Amount.parse(text, Amount.sizeUnits) !== undefined,
        () => "a whole number with a binary unit, such as 1500GiB or 10TiB"
      ),
      Flag.map((text) => Amount.parse(text, Amount.sizeUnits)!),
      Flag.withDescription("With --since: also show when a disk of this size is full at that growth"),
      Flag.optional
    )
  },
  Effect.fnUntraced(function*(flags) {
    const given = yield* SourceOptions.complete(flags)
    yield* TimeLimit.within(
      Effect.gen(function*() {
        yield* EmptyValue.refuse({ since: given.since })
        if (Option.isSome(given.disk) && Option.isNone(given.since)) {
          return yield* wrongUsage("--disk needs the growth since an earlier listing; add --since")
        }
        const begun = yield* DateTime.now
        const earlier = yield* Effect.transposeOption(Option.map(given.since, (text) => earlierOf(text, given)))
        const resolved = yield* RequestOptions.resolve(RequestOptions.noFilters)
        const listing = yield* Effect.provide(Servers.fetchListing(resolved), yield* SourceOptions.toLayer(given))
        yield* refusePartial(listing)
        const since = Option.isNone(earlier)
          ? undefined
          : yield* comparable(yield* Effect.provide(Servers.fetchListing(resolved), earlier.value), listing, begun)
        const isText = given.output === "text"
        const report = SpaceUsage.report(listing, {
          by: given.by,
          top: Option.getOrElse(given.top, () => isText ? topOfText : undefined),
          since,
          disk: Option.getOrUndefined(given.disk)
        })
        yield* isText
          ? Output.lines(UsageText.lines(report, { style: yield* Output.style }))
          : Output.json(JsonDocument.usage(report))
      }),
      given.timeout
    )
  })
).pipe(
  Command.withDescription("Show the space that backups occupy, how it grows, and when a disk will be full"),
  Command.withExamples([
    { command: "backup-tree usage", description: "The VMs and containers of this host with the most backup data" },
    {
      command: "backup-tree usage --server root@node7 --by host --output json",
      description: "What each host backed up, for scripts"
    },
    {
      command: "backup-tree usage --since monday.json --disk 10TiB",
      description: "The growth since Monday, and when a disk of 10 TiB will be full"
    }
  ])
)

const saveJson = "Save listings with `backup-tree list --output json`"

/** Returns the source of the earlier listing, before anything is requested. */
const earlierOf = Effect.fnUntraced(function*(text: string, given: SourceOptions.SourceOptions) {
  const source = yield* ComparedSource.parse("--since", text)
  if (source._tag !== "File") {
    return yield* wrongUsage(`--since needs an earlier listing, which is a file. ${saveJson}`)
  }
  if (source.path === "-" && Option.contains(given.file, "-")) {
    return yield* wrongUsage("only one of --file and --since can be standard input")
  }
  return yield* ComparedSource.toLayer(source, given)
})

/** Returns the earlier listing, unless the growth since then would mislead. */
const comparable = Effect.fnUntraced(
  function*(earlier: BackupListing.BackupListing, listing: BackupListing.BackupListing, begun: DateTime.Utc) {
    yield* refusePartial(earlier)
    // The time of an XML file is that at which it was read.
    const isTimeless = (one: BackupListing.BackupListing) => DateTime.isGreaterThanOrEqualTo(one.fetchedAt, begun)
    if (isTimeless(earlier) || (listing.source._tag === "File" && isTimeless(listing))) {
      return yield* wrongUsage(`--since needs the time of both listings, and an XML file has none. ${saveJson}`)
    }
    if (DateTime.isGreaterThanOrEqualTo(earlier.fetchedAt, listing.fetchedAt)) {
      return yield* wrongUsage(
        `--since: the listing of ${
          TimeText.timeText(earlier.fetchedAt)
        } is not earlier than the other one, which is of ${
          TimeText.timeText(listing.fetchedAt)
        }. ${saveJson}, and use an older one`
      )
    }
    const { warnings } = yield* Effect.fromResult(yield* Cooperative.run(() => TreeDiff.steps(earlier, listing)))
    yield* Effect.forEach(warnings, ({ message }) => Output.note(`backup-tree: ${message}`))
    return earlier
  }
)

const refusePartial = ({ completeness, source }: BackupListing.BackupListing) =>
  completeness === "partial"
    ? wrongUsage(
      `the listing of ${
        PrintableText.excerpt(BackupListing.printSource(source))
      } is filtered and lacks backups that exist. List everything, and run this command again`
    )
    : Effect.void
