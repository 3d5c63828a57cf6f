import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, DateTime, Result, Schema } from "effect"
import * as BackupCatalog from "../../src/check/BackupCatalog.ts"
import * as RestorePlan from "../../src/plan/RestorePlan.ts"
import * as RetentionPlan from "../../src/plan/RetentionPlan.ts"
import * as RetentionPolicy from "../../src/plan/RetentionPolicy.ts"
import * as BackupId from "../../src/sdk/BackupId.ts"
import * as NextBackup from "../../src/server/NextBackup.ts"
import * as ServerModel from "../../src/server/ServerModel.ts"
import * as BackupDate from "../../src/tree/BackupDate.ts"
import * as BackupTree from "../../src/tree/BackupTree.ts"
import * as ChainVersion from "../../src/tree/ChainVersion.ts"
import { catalog, failureOf, listedTree, oddCatalog, storeCatalog } from "../support/plans.ts"
import { assertStored } from "../support/stored.ts"
import { chain, chainX, chainY, datedChain, environment, incremental, stranger, web } from "../support/treeLiterals.ts"

const policy = (input: Partial<RetentionPolicy.Input>): RetentionPolicy.RetentionPolicy =>
  Result.getOrThrow(RetentionPolicy.make({ zone: "UTC", ...input }))

const planOf = (
  from: BackupCatalog.BackupCatalog,
  input: Partial<RetentionPolicy.Input>,
  options?: RetentionPlan.Options
): RetentionPlan.RetentionPlan => Result.getOrThrow(RetentionPlan.make(from, policy(input), options))

/** The times of full backups, each in a chain of its own, as a plan keeps them: with reasons, in their order. */
const keptOf = (times: ReadonlyArray<string>, input: Partial<RetentionPolicy.Input>) => {
  const chains = times.map((time, index) => datedChain(uuidOf(index), [time]))
  const plan = planOf(catalog(environment(web, chains)), input)
  return plan.environments[0]!.kept.map(({ backup, reasons }) => `${backup.dateTime} ${reasons.join(" ")}`)
}

const uuidOf = (index: number): string => `{${index.toString(16).padStart(8, "0")}-0000-4000-8000-000000000000}`

const idsOf = (plan: RetentionPlan.RetentionPlan, which: "kept" | "removed") =>
  plan.environments.flatMap((environment) => environment[which].map(({ id }) => id))

const at = (...times: ReadonlyArray<string>) => times.map((time) => `2024-${time}`)

describe("the rules", () => {
  it.each<readonly [rule: Partial<RetentionPolicy.Input>, kept: ReadonlyArray<string>]>([
    [{ last: 2 }, ["03-05 14:00:00 last", "03-05 20:00:00 last"]],
    [{ hourly: 2 }, ["03-05 14:00:00 hourly", "03-05 20:00:00 hourly"]],
    [{ daily: 2 }, ["03-04 02:00:00 daily", "03-05 20:00:00 daily"]],
    [{ weekly: 2 }, ["03-03 02:00:00 weekly", "03-05 20:00:00 weekly"]],
    [{ monthly: 2 }, ["02-29 23:59:59 monthly", "03-05 20:00:00 monthly"]],
    [{ yearly: 2 }, ["03-05 20:00:00 yearly"]],
    [{ within: "18 hours" }, ["03-05 14:00:00 within", "03-05 20:00:00 within"]],
    [{ within: "6 hours" }, ["03-05 20:00:00 within"]],
    [{ last: 1, daily: 1, monthly: 9 }, ["02-29 23:59:59 monthly", "03-05 20:00:00 last daily monthly"]]
  ])("keep the newest of each period: %j", (input, kept) => {
    const times = at(
      "02-29 23:59:59",
      "03-03 02:00:00",
      "03-04 02:00:00",
      "03-05 02:00:00",
      "03-05 14:00:00",
      "03-05 20:00:00"
    )
    assert.deepStrictEqual(keptOf(times, input), kept.map((text) => `2024-${text}`))
  })

  it("look at all chains of an environment together, and at each environment by itself", () => {
    const x = datedChain(chainX, at("03-01 02:00:00", "03-02 02:00:00"))
    const y = datedChain(chainY, at("03-01 14:00:00"))
    const other = datedChain(stranger, at("01-01 02:00:00"))
    const plan = planOf(catalog(environment(web, [x, y]), environment(stranger, [other])), { daily: 1 })
    assert.deepStrictEqual(idsOf(plan, "kept"), [chainX, `${chainX}.2`, stranger])
    assert.deepStrictEqual(idsOf(plan, "removed"), [chainY])
  })

  it("treat the later of equal dates in the listing as the newer", () => {
    const [x, y] = [chainX, chainY].map((uuid) => datedChain(uuid, at("03-01 02:00:00")))
    assert.deepStrictEqual(idsOf(planOf(catalog(environment(web, [x!, y!])), { last: 1 }), "kept"), [chainY])
    assert.deepStrictEqual(idsOf(planOf(catalog(environment(web, [y!, x!])), { daily: 1 }), "kept"), [chainX])
  })

  it("keep undated backups, and what is protected by its id, uuid or name", () => {
    const times = ["", ...at("03-01 02:00:00", "03-02 02:00:00")]
    assert.deepStrictEqual(keptOf(times, { last: 1 }), [" undated", "2024-03-02 02:00:00 last"])
    const x = datedChain(chainX, at("03-01 02:00:00", "03-02 02:00:00", "03-03 02:00:00"))
    const y = datedChain(chainY, at("03-04 02:00:00"))
    const of = catalog(environment(web, [x, y], { name: "web01" }))
    const reasons = (...protect: ReadonlyArray<string>) =>
      planOf(of, { last: 1 }, { protect }).environments[0]!.kept.map(({ reasons }) => reasons.join(" "))
    assert.deepStrictEqual(reasons(), ["last"])
    assert.deepStrictEqual(reasons(`${chainX.toUpperCase()}.2`), ["needed-by", "protected", "last"])
    for (const all of [web, "web01"]) {
      assert.deepStrictEqual(reasons(all), [
        "protected needed-by",
        "protected needed-by",
        "protected",
        "last protected"
      ])
    }
    assert.strictEqual(
      failureOf(RetentionPlan.make(of, policy({ last: 1 }), { protect: ["web02"] }))._tag,
      "UnknownProtected"
    )
  })

  it("leave broken chains alone, and do not count them", () => {
    const broken = chain(chainX, [1], { incrementals: [incremental(chainX, 2, { id: `${chainX}.20` })] })
    const sound = datedChain(chainY, at("03-01 02:00:00"))
    const plan = planOf(catalog(environment(web, [broken, sound])), { last: 1 })
    assert.deepStrictEqual(plan.environments[0]!.ignored, [chainX])
    assert.deepStrictEqual([idsOf(plan, "kept"), idsOf(plan, "removed")], [[chainY], []])
  })
})

describe("zones", () => {
  it.each<readonly [zone: string, times: ReadonlyArray<string>, rule: Partial<RetentionPolicy.Input>, kept: number]>([
    // The hour from one to two comes twice on 27 October.
    ["Europe/London", at("10-27 00:30:00", "10-27 01:30:00"), { hourly: 9 }, 1],
    ["UTC", at("10-27 00:30:00", "10-27 01:30:00"), { hourly: 9 }, 2],
    // 23:30 in winter is the next day in summer.
    ["Europe/London", at("06-30 22:59:59", "06-30 23:00:00"), { daily: 9 }, 2],
    ["Europe/London", at("01-30 22:59:59", "01-30 23:00:00"), { daily: 9 }, 1],
    ["America/Sao_Paulo", at("06-30 02:59:59", "06-30 03:00:00"), { daily: 9 }, 2],
    ["Asia/Kolkata", at("06-30 18:29:59", "06-30 18:30:00"), { daily: 9 }, 2],
    ["Asia/Kolkata", at("06-30 18:29:59", "06-30 18:30:00"), { hourly: 9 }, 2],
    ["Pacific/Chatham", at("06-30 11:14:59", "06-30 11:15:00"), { monthly: 9 }, 2],
    // A leap day, and the ends of ISO weeks and years.
    ["UTC", at("02-28 12:00:00", "02-29 12:00:00", "03-01 12:00:00"), { daily: 9 }, 3],
    ["UTC", at("12-29 23:59:59", "12-30 00:00:00"), { weekly: 9 }, 2],
    ["UTC", ["2024-12-30 00:00:00", "2025-01-05 23:59:59"], { weekly: 9 }, 1],
    ["UTC", ["2024-12-31 23:59:59", "2025-01-01 00:00:00"], { yearly: 9 }, 2],
    ["+05:30", ["2024-12-31 18:29:59", "2024-12-31 18:30:00"], { yearly: 9 }, 2]
  ])("%s decides where %j end for %j", (zone, times, rule, kept) => {
    assert.lengthOf(keptOf(times, { ...rule, zone }), kept)
  })
})

/** The rules once more, on dates alone, from labels that people would read. */
const oracle = (times: ReadonlyArray<number>, rule: RetentionPolicy.CountingRule, count: number, zone: string) => {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    calendar: "iso8601",
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit"
  })
  const label = (time: number, index: number): string => {
    if (rule === "last") return String(index)
    const parts = Object.fromEntries(format.formatToParts(time).map(({ type, value }) => [type, value]))
    const { day, hour, month, year } = parts
    if (rule === "weekly") {
      // The Monday before, as a count of days.
      const days = Date.UTC(Number(year), Number(month) - 1, Number(day)) / 86_400_000
      return String(days - ((days + 3) % 7 + 7) % 7)
    }
    return {
      hourly: `${year}-${month}-${day} ${hour}`,
      daily: `${year}-${month}-${day}`,
      monthly: `${year}-${month}`,
      yearly: year!
    }[rule]
  }
  const kept = new Map<string, number>()
  const newestFirst = [...times.keys()].sort((one, other) => times[other]! - times[one]! || other - one)
  for (const index of newestFirst) {
    const key = label(times[index]!, index)
    if (!kept.has(key) && kept.size < count) kept.set(key, index)
  }
  return new Set(kept.values())
}

const zones = ["Europe/London", "America/Sao_Paulo", "Asia/Kolkata", "Pacific/Chatham", "UTC"]

const someTimes = Arbitrary.array(
  Arbitrary.schema(Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 1_570_000_000, maximum: 1_735_800_000 })))),
  { maxLength: 60 }
)

describe("ten years of daily backups", () => {
  it("are reduced as the rules say", () => {
    const first = DateTime.makeUnsafe("2014-01-01T01:00:00Z")
    const days = Array.from({ length: 3652 }, (_, index) => BackupDate.print(DateTime.add(first, { days: index })))
    const kept = keptOf(days, { daily: 7, weekly: 4, monthly: 12, yearly: 10, zone: "Europe/London" })
    const reasons = (name: string) => kept.filter((text) => text.includes(name)).length
    assert.deepStrictEqual([reasons("daily"), reasons("weekly"), reasons("monthly"), reasons("yearly")], [7, 4, 12, 10])
    assert.lengthOf(kept, 7 + 3 + 11 + 9)
  })
})

const somePolicy = Arbitrary.map(
  Arbitrary.all({
    counts: Arbitrary.array(
      Arbitrary.schema(Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 4 })))),
      {
        minLength: 6,
        maxLength: 6
      }
    ),
    zone: Arbitrary.schema(Schema.Literals(zones))
  }),
  ({ counts, zone }): RetentionPolicy.Input => ({
    ...Object.fromEntries(RetentionPolicy.countingRules.map((rule, index) => [rule, counts[index]])),
    // At least one.
    last: counts[0]! + 1,
    zone
  })
)

const backupsOf = (tree: BackupTree.BackupTree) =>
  tree.environments.flatMap(({ chains }) => chains.flatMap(BackupTree.backups))

describe("any plan", () => {
  it.prop(
    "keeps by each rule what an independent reading of the rules keeps",
    [
      someTimes,
      Arbitrary.schema(Schema.Literals(RetentionPolicy.countingRules)),
      Arbitrary.schema(Schema.Literals(zones)),
      Arbitrary.schema(Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 1, maximum: 6 }))))
    ],
    ([seconds, rule, zone, count]) => {
      const texts = seconds.map((second) => BackupDate.print(DateTime.makeUnsafe(second * 1000)))
      const chains = texts.map((time, index) => datedChain(uuidOf(index), [time]))
      const [planned] = planOf(catalog(environment(web, chains)), { [rule]: count, zone }).environments
      assert.deepStrictEqual(
        new Set(planned?.kept.map(({ chain }) => chain)),
        new Set([...oracle(seconds.map((second) => second * 1000), rule, count, zone)].map(uuidOf))
      )
    }
  )

  it.prop("accounts for every proven backup, once", [Arbitraries.healthyStore, somePolicy], ([store, input]) => {
    const plan = planOf(storeCatalog(store), input)
    assert.deepStrictEqual(
      [...idsOf(plan, "kept"), ...idsOf(plan, "removed")].toSorted(),
      backupsOf(listedTree(store)).map(({ id }) => id).toSorted()
    )
    assert.deepStrictEqual(
      plan.environments.flatMap(({ steps }) => steps.flatMap(({ removes }) => removes)).toSorted(),
      idsOf(plan, "removed").toSorted()
    )
    assertStored(RetentionPlan.RetentionPlan, plan)
  })

  it.prop(
    "keeps what it keeps if more is kept, keeps what is undated, and removes a chain only if it keeps nothing in it",
    [Arbitraries.healthyStore, somePolicy, Arbitrary.schema(Schema.Literals(RetentionPolicy.countingRules))],
    ([store, input, rule]) => {
      const plan = planOf(storeCatalog(store), input)
      const more = planOf(storeCatalog(store), { ...input, [rule]: (input[rule] ?? 0) + 1 })
      assert.includeMembers([...idsOf(more, "kept")], [...idsOf(plan, "kept")])
      for (const { kept, removed } of plan.environments) {
        assert.isTrue(removed.every(({ backup }) => BackupDate.createdAt(backup) !== undefined))
        const chainsKept = new Set(kept.map(({ chain }) => chain))
        for (const { backup, chain } of removed) {
          if (backup._tag === "FullBackup") assert.isFalse(chainsKept.has(chain))
        }
      }
    }
  )

  it.prop(
    "may stop after any command: what it keeps is there, and can be restored",
    [Arbitraries.healthyStore, somePolicy, Arbitrary.schema(Schema.Boolean)],
    ([store, input, keepChain]) => {
      const plan = planOf(storeCatalog(store), input, { keepChain })
      const kept = idsOf(plan, "kept")
      let left = store
      for (const { id, keepChain, removes } of plan.environments.flatMap(({ steps }) => steps)) {
        const before = new Set(backupsOf(listedTree(left)).map(({ id }) => id))
        left = Result.getOrThrow(ServerModel.remove(left, { vmUuid: "", id, keepChain, ignoreNotExists: false }))
        const after = new Set(backupsOf(listedTree(left)).map(({ id }) => id))
        assert.deepStrictEqual([...before].filter((id) => !after.has(id)).toSorted(), removes.toSorted())
        // A line that is run twice does no harm, unless the plan warns.
        const again = ServerModel.remove(left, { vmUuid: "", id, keepChain, ignoreNotExists: false })
        const isWarned = plan.environments.some(({ warnings }) =>
          warnings.some(({ code }) => code === "not-repeatable")
        )
        if (!isWarned) assert.isTrue(Result.isFailure(again))
        const rest = storeCatalog(left)
        for (const id of kept) assert.isTrue(Result.isSuccess(RestorePlan.forBackup(rest, id)), id)
      }
      assert.deepStrictEqual(backupsOf(listedTree(left)).map(({ id }) => id).toSorted(), kept.toSorted())
      const after = new Map(listedTree(left).environments.map((one) => [one.uuid, NextBackup.nextBackup(one)]))
      for (const { environment, nextBackup } of plan.environments) {
        assert.deepStrictEqual(nextBackup.after, after.get(environment.uuid))
      }
    }
  )

  it.prop(
    "with keep-chain merges only chains that a server can merge",
    [Arbitraries.healthyStore, somePolicy],
    ([store, input]) => {
      const from = storeCatalog(store)
      for (const { steps } of planOf(from, input, { keepChain: true }).environments) {
        for (const { id } of steps.filter(({ keepChain }) => keepChain)) {
          const { chain, environment } = from.entries.get(BackupId.key(id))!
          assert.isAtLeast(ChainVersion.of(environment, chain), ChainVersion.keepChainVersion)
        }
      }
    }
  )
})

describe("a plan", () => {
  const x = datedChain(chainX, at("03-01 02:00:00", "03-02 02:00:00", "03-03 02:00:00", "03-04 02:00:00"))
  const y = datedChain(chainY, at("03-05 02:00:00", "03-06 02:00:00"))
  const both = catalog(environment(web, [x, y]))

  it("removes the end of a chain backup by backup, so that a line may be run twice, and a chain by its full backup", () => {
    assert.deepStrictEqual(RetentionPlan.commandLines(planOf(both, { last: 1 }, { protect: [`${chainX}.2`] })), [
      `prlctl backup-delete -t '${chainX}.4' --keep-chain`,
      `prlctl backup-delete -t '${chainX}.3' --keep-chain`
    ])
    assert.deepStrictEqual(RetentionPlan.commandLines(planOf(both, { last: 1 })), [
      `prlctl backup-delete -t '${chainX}'`
    ])
  })

  it("merges with keep-chain, the newest first, after the end of the chain is removed", () => {
    const plan = planOf(both, { last: 1 }, { keepChain: true, protect: [`${chainX}.3`] })
    assert.deepStrictEqual(idsOf(plan, "kept"), [`${chainX}.3`, `${chainY}.2`])
    assert.deepStrictEqual(RetentionPlan.commandLines(plan), [
      `prlctl backup-delete -t '${chainX}.4' --keep-chain`,
      `prlctl backup-delete -t '${chainX}.2' --keep-chain`,
      `prlctl backup-delete -t '${chainX}' --keep-chain`,
      `prlctl backup-delete -t '${chainY}' --keep-chain`
    ])
  })

  it("removes the end of an old chain by one command, and warns that it must not be run twice", () => {
    const plan = planOf(catalog(environment(web, [x, y], { version: 3 })), { last: 1 }, { protect: [`${chainX}.2`] })
    assert.deepStrictEqual(RetentionPlan.commandLines(plan), [`prlctl backup-delete -t '${chainX}.3'`])
    assert.deepStrictEqual(plan.environments[0]!.warnings, [{
      code: "not-repeatable",
      message:
        `Do not run these removals twice: ${chainX}.3. Their chains are too old for keep-chain, and a server that no `
        + "longer has such a backup removes the whole chain, including the backups that are kept."
    }])
    // Nothing of the chain is kept, or nothing is removed from its end.
    for (const protect of [[], [`${chainX}.4`]]) {
      const other = planOf(catalog(environment(web, [x, y], { version: 3 })), { last: 1 }, { protect })
      assert.deepStrictEqual(other.environments[0]!.warnings, [])
    }
  })

  it("warns of numbers that are missing after a backup that is removed with keep-chain", () => {
    const gaps = chain(chainX, [1, 2, 4, 5], { lastNumber: 6 })
    const warned = (options: RetentionPlan.Options, last = 1) =>
      planOf(catalog(environment(web, [gaps])), { last }, options).environments[0]!.warnings
    const ids = (options: RetentionPlan.Options) =>
      warned(options).flatMap(({ code, message }) =>
        code === "gap" ? [...message.matchAll(/\}(\.\d)?/g)].map(([, number = ".1"]) => number) : []
      )
    assert.deepStrictEqual(ids({ keepChain: true, protect: [`${chainX}.4`] }), [".2"])
    assert.deepStrictEqual(ids({ keepChain: true, protect: [chainX] }), [".2"])
    // The numbers after the last backup count too.
    assert.deepStrictEqual(warned({ protect: [chainX] }, 9), [])
    const shorter = planOf(catalog(environment(web, [gaps, y])), { last: 1 }, { protect: [chainX] })
    assert.match(
      shorter.environments[0]!.warnings.map(({ message }) => message).join(),
      /after \S+\.2, \S+\.5: either merged away, .* or hidden by damaged metadata\. If hidden, the removal with keep-chain fails/
    )
  })

  it("says how many bytes go, and what the next backup becomes", () => {
    const plan = planOf(both, { within: "1 minute" }, { protect: [chainY] })
    const [planned] = plan.environments
    assert.strictEqual(plan.bytes, planned!.removed.reduce((sum, { backup }) => sum + backup.size, 0n))
    const cut = planOf(catalog(environment(web, [x])), { last: 1 }, { protect: [chainX] })
    assert.deepStrictEqual(cut.environments[0]!.nextBackup.before, { _tag: "Incremental", chain: chainX, number: 5 })
  })

  it("is for some environments only, if they are named", () => {
    const other = catalog(environment(web, [x], { name: "a" }), environment(stranger, [y], { name: "b" }))
    const plan = planOf(other, { last: 1 }, { environments: ["b"] })
    assert.deepStrictEqual(plan.environments.map(({ environment }) => environment.name), ["b"])
    assert.strictEqual(
      failureOf(RetentionPlan.make(other, policy({ last: 1 }), { environments: ["c"] }))._tag,
      "UnknownEnvironment"
    )
  })

  it.each<readonly ["partial" | "unknown", string]>([
    ["partial", "IncompleteListing"],
    ["unknown", "UnknownCompleteness"]
  ])("is refused for a listing that is %s", (completeness, tag) => {
    const odd = oddCatalog({ completeness }, environment(web, [x]))
    assert.strictEqual(failureOf(RetentionPlan.make(odd, policy({ last: 1 })))._tag, tag)
  })

  it("has no commands for a directory that prlctl cannot select", () => {
    const odd = oddCatalog({ source: { _tag: "Directory", path: "/mnt/b" } }, environment(web, [x, y]))
    const plan = planOf(odd, { last: 1 })
    assert.deepStrictEqual([RetentionPlan.commandLines(plan), plan.warnings.map(({ code }) => code)], [[], [
      "other-directory"
    ]])
  })
})
