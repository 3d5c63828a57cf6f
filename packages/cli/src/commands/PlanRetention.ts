/**
 * `backup-tree plan retention`: shows what a policy keeps and removes, or simulates it. It executes nothing.
 */
import * as BackupCatalog from "@backup-tree/core/check/BackupCatalog"
import * as BackupListing from "@backup-tree/core/listing/BackupListing"
import type * as ShortIds from "@backup-tree/core/listing/ShortIds"
import * as BackupSchedule from "@backup-tree/core/plan/BackupSchedule"
import * as RetentionPlan from "@backup-tree/core/plan/RetentionPlan"
import * as RetentionPolicy from "@backup-tree/core/plan/RetentionPolicy"
import * as RetentionSimulation from "@backup-tree/core/plan/RetentionSimulation"
import * as BackupId from "@backup-tree/core/sdk/BackupId"
import * as Uuid from "@backup-tree/core/sdk/Uuid"
import * as Amount from "@backup-tree/core/text/Amount"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as JsonDocument from "@backup-tree/formats/json/JsonDocument"
import * as RetentionText from "@backup-tree/formats/RetentionText"
import * as Cooperative from "@backup-tree/io/Cooperative"
import * as Arr from "effect/Array"
import { Argument, Command, Flag } from "effect/cli"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as ExitCode from "../ExitCode.ts"
import * as RequestOptions from "../options/RequestOptions.ts"
import * as SourceOptions from "../options/SourceOptions.ts"
import * as TimeLimit from "../options/values/TimeLimit.ts"
import * as Output from "../Output.ts"
import * as Planning from "../Planning.ts"
import * as Servers from "../Servers.ts"

const count = (rule: RetentionPolicy.CountingRule, what: string) =>
  Flag.Int(`keep-${rule}`).pipe(
    Flag.withMetavar("N"),
    Flag.withDescription(`Keep ${what} (default: 0)`),
    Flag.withDefault(0)
  )

const size = (name: string, what: string) =>
  Flag.String(name).pipe(
    Flag.withMetavar("SIZE"),
    Flag.filter((text) => Amount.parse(text, Amount.sizeUnits) !== undefined, () =>
      "a whole number with a binary unit, such as 500MiB or 100GiB"),
    Flag.map((text) =>
      Amount.parse(text, Amount.sizeUnits)!
    ),
    Flag.withDescription(`With --simulate: the size of ${what}`),
    Flag.optional
  )

/** The command. It is a part of `plan`. */
export const retention = Command.make(
  "retention",
  {
    names: Argument.String("name").pipe(
      Argument.withDescription("Name or uuid of a VM or container (default: all)"),
      Argument.atLeast(0)
    ),
    ...Planning.flags,
    last: count("last", "the last N backups of each machine"),
    hourly: count("hourly", "the newest backup of each of N hours"),
    daily: count("daily", "the newest backup of each of N days"),
    weekly: count("weekly", "the newest backup of each of N weeks"),
    monthly: count("monthly", "the newest backup of each of N months"),
    yearly: count("yearly", "the newest backup of each of N years"),
    within: TimeLimit.durationFlag("keep-within").pipe(
      Flag.withDescription("Keep what is younger than this, counted from the newest backup: 30d, 12h"),
      Flag.optional
    ),
    zone: Flag.String("zone").pipe(
      Flag.withMetavar("ZONE"),
      Flag.withDescription("Time zone whose days, weeks and months count, such as Europe/Berlin")
    ),
    protect: Flag.String("protect").pipe(
      Flag.withMetavar("ID|NAME"),
      Flag.withDescription("Keep a backup, or all backups of a VM or container, in any case (repeatable)"),
      Flag.atLeast(0)
    ),
    keepChain: Flag.Boolean("keep-chain").pipe(
      Flag.withDescription("Merge backups that are not kept into later ones, instead of keeping what kept ones need"),
      Flag.withDefault(false)
    ),
    simulate: Flag.String("simulate").pipe(
      Flag.withMetavar("SCHEDULE"),
      Flag.withDescription(
        "Without a server: show what the policy holds over time for one machine whose backups are made on SCHEDULE,"
          + " such as 'daily incremental, weekly full'"
      ),
      Flag.optional
    ),
    duration: TimeLimit.durationFlag("for").pipe(
      Flag.withDescription("With --simulate: the duration, such as 90d or 2y (default: 1y)"),
      Flag.optional
    ),
    fullSize: size("full-size", "a full backup"),
    incrementalSize: size("incremental-size", "an incremental")
  },
  Effect.fnUntraced(function*({ names, within, zone, ...flags }) {
    const policy = yield* Effect.mapError(
      Effect.fromResult(RetentionPolicy.make({
        last: flags.last,
        hourly: flags.hourly,
        daily: flags.daily,
        weekly: flags.weekly,
        monthly: flags.monthly,
        yearly: flags.yearly,
        within: Option.getOrUndefined(Option.flatMap(within, TimeLimit.parse)),
        zone
      })),
      ({ message }) => new ExitCode.UsageError({ message })
    )
    if (Option.isSome(flags.simulate)) {
      return yield* TimeLimit.within(
        simulate({ ...flags, names, schedule: flags.simulate.value }, policy),
        flags.timeout
      )
    }
    const given = yield* SourceOptions.complete(flags)
    if ([given.duration, given.fullSize, given.incrementalSize].some((each) => Option.isSome<unknown>(each))) {
      return yield* wrong("--for, --full-size and --incremental-size belong to --simulate")
    }
    const { keepChain } = given
    const planOf = Effect.fnUntraced(function*(
      listing: BackupListing.BackupListing,
      { names, protect }: Named
    ): Effect.fn.Return<Planned> {
      const catalog = yield* Cooperative.run(() => BackupCatalog.steps(listing))
      const protectedIds = Result.all(protect.map((one) => Planning.resolveId(listing, one)))
      if (Result.isFailure(protectedIds)) return { listing, plan: Result.fail(protectedIds.failure) }
      const environments = names.length === 0 ? undefined : names
      const options = { environments, keepChain, protect: protectedIds.success }
      return { listing, plan: yield* Cooperative.run(() => RetentionPlan.steps(catalog, policy, options)) }
    })
    if (given.server.length > 1) {
      return yield* TimeLimit.within(Effect.scoped(planServers({ ...given, names }, planOf)), given.timeout)
    }
    yield* Planning.withListing(
      given,
      Effect.fnUntraced(function*(listing) {
        const plan = yield* Planning.accepted((yield* planOf(listing, { names, protect: given.protect })).plan)
        yield* given.output === "json"
          ? Output.json(yield* Cooperative.run(() => JsonDocument.retentionPlanInSteps(listing, plan)))
          : Output.lines(RetentionText.lines(plan, { style: yield* Output.style }))
      })
    )
  })
).pipe(
  Command.withDescription("Show what a retention policy keeps and removes, and the commands to run"),
  Command.withExamples([
    {
      command: "backup-tree plan retention --keep-daily 7 --keep-weekly 4 --keep-monthly 12 --zone Europe/Berlin",
      description: "Keep a week of days, a month of weeks and a year of months"
    },
    {
      command: "backup-tree plan retention --keep-within 30d --zone UTC --protect db01 web01 db01",
      description: "Keep a month of web01, and everything of db01"
    },
    {
      command:
        "backup-tree plan retention --simulate 'daily incremental, weekly full' --for 2y --keep-daily 7 --keep-monthly 12 --zone UTC",
      description: "See what a policy would hold in two years"
    }
  ])
)

const wrong = (message: string) => Effect.fail(new ExitCode.UsageError({ message }))

interface Simulation extends SourceOptions.SourceOptions {
  readonly schedule: string
  readonly duration: Option.Option<string>
  readonly fullSize: Option.Option<bigint>
  readonly incrementalSize: Option.Option<bigint>
  readonly keepChain: boolean
  readonly names: ReadonlyArray<string>
  readonly protect: ReadonlyArray<string>
  readonly output: "text" | "json"
}

const simulate = Effect.fnUntraced(function*(given: Simulation, policy: RetentionPolicy.RetentionPolicy) {
  if (given.server.length > 0 || [given.socket, given.file, given.directory].some(Option.isSome)) {
    return yield* wrong("a simulation reads no listing: leave out --server, --socket, --file and --directory")
  }
  if (given.names.length > 0 || given.protect.length > 0) {
    return yield* wrong("a simulation has no machines of a server: leave out their names and --protect")
  }
  if (Option.isSome(given.fullSize) !== Option.isSome(given.incrementalSize)) {
    return yield* wrong("specify both --full-size and --incremental-size, or neither")
  }
  const schedule = yield* Effect.mapError(
    Effect.fromResult(BackupSchedule.parse(given.schedule)),
    ({ message }) => new ExitCode.UsageError({ message })
  )
  const now = yield* DateTime.now
  const start = DateTime.toUtc(DateTime.startOf(DateTime.setZone(now, policy.zone), "day"))
  const result = yield* Cooperative.run(() =>
    RetentionSimulation.steps({
      policy,
      schedule,
      start,
      duration: Option.getOrElse(Option.flatMap(given.duration, TimeLimit.parse), () => Duration.days(365)),
      keepChain: given.keepChain,
      sizes: Option.getOrUndefined(
        Option.zipWith(given.fullSize, given.incrementalSize, (full, incremental) => ({ full, incremental }))
      )
    })
  )
  const simulation = yield* Effect.mapError(
    Effect.fromResult(result),
    ({ message }) => new ExitCode.UsageError({ message })
  )
  yield* given.output === "json"
    ? Output.json(JsonDocument.retentionSimulation(simulation))
    : Output.lines(RetentionText.simulation(simulation, { style: yield* Output.style }))
})

/** The machines to plan for, and what to protect. */
interface Named {
  readonly names: ReadonlyArray<string>
  readonly protect: ReadonlyArray<string>
}

interface Planned {
  readonly listing: BackupListing.BackupListing
  readonly plan: Result.Result<RetentionPlan.RetentionPlan, RetentionPlan.RetentionError | ShortIds.AmbiguousShortId>
}

/**
 * Returns what is named on each server. A server without any of the named machines has nothing to plan. A name that no
 * server knows is left to each of them, to be refused.
 */
const namedOnEach = (
  { names, protect }: Named,
  listings: ReadonlyArray<BackupListing.BackupListing>
): ReadonlyArray<{ readonly listing: BackupListing.BackupListing; readonly named: Named }> =>
  listings.flatMap((listing) => {
    const isMeant = (text: string) => knows(listing, text) || !listings.some((other) => knows(other, text))
    const named = { names: names.filter(isMeant), protect: protect.filter(isMeant) }
    return names.length > 0 && named.names.length === 0 ? [] : [{ listing, named }]
  })

/** Returns whether a text is a machine or a backup of a listing. */
const knows = (listing: BackupListing.BackupListing, text: string): boolean => {
  const { environments } = listing.tree
  if (environments.some(({ name, uuid }) => name === text || Uuid.equals(uuid, text))) return true
  const id = Result.getOrElse(Planning.resolveId(listing, text), () => text)
  return environments.some(({ chains }) =>
    chains.some((chain) => BackupTree.backups(chain).some((backup) => BackupId.key(backup.id) === BackupId.key(id)))
  )
}

/**
 * Plans for each of several servers by itself, because each command runs on one of them. A machine with backups on two
 * servers keeps what the policy keeps on each. A name has to be known to one of the servers.
 */
const planServers = Effect.fnUntraced(
  function*<R>(
    given: SourceOptions.SourceOptions & Named & {
      readonly output: "text" | "json"
      readonly timeout: Option.Option<string>
    },
    planOf: (listing: BackupListing.BackupListing, named: Named) => Effect.Effect<Planned, never, R>
  ) {
    const resolved = yield* RequestOptions.resolve(RequestOptions.noFilters)
    const fetched = yield* Servers.fetchEach(yield* Servers.open(given), resolved)
    const [listings, failures] = Arr.partition(fetched, ({ result }) => result)
    const [plans, refusals] = Arr.partition(
      yield* Effect.forEach(namedOnEach(given, listings), ({ listing, named }) => planOf(listing, named)),
      ({ listing, plan }) =>
        Result.mapBoth(plan, {
          onSuccess: (plan) => ({ listing, plan }),
          onFailure: (error) => `${BackupListing.printSource(listing.source)}: ${error.message}`
        })
    )
    if (given.output === "json") {
      yield* Output.json(yield* Cooperative.run(() => JsonDocument.retentionPlansInSteps(plans)))
    } else {
      const style = yield* Output.style
      for (const [index, { listing, plan }] of plans.entries()) {
        const title = `Server ${PrintableText.escape(BackupListing.printSource(listing.source))}`
        yield* Output.lines([...(index === 0 ? [] : [""]), style("title", title), ""])
        yield* Output.lines(RetentionText.lines(plan, { style }))
      }
    }
    yield* Servers.noteFailures(failures)
    if (refusals.length > 0) return yield* Effect.fail(new ExitCode.Refused({ message: refusals.join("\n") }))
    yield* Servers.requireAll(failures)
  }
)
