import * as Check from "@backup-tree/core/check/Check"
import type * as Coverage from "@backup-tree/core/check/Coverage"
import * as Verdict from "@backup-tree/core/check/Verdict"
import type * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as Nagios from "@backup-tree/formats/Nagios"
import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, DateTime, Duration, Schema } from "effect"
import { example, listingOf } from "./support/listings.ts"

const healthy: Nagios.NagiosSummary = {
  environments: 2,
  chains: 3,
  sound: 3,
  hidden: 0,
  missing: 0,
  backups: 7,
  size: 177_000_000_000n,
  findings: { error: 0, warning: 0, info: 0 },
  problems: []
}

interface Datum {
  readonly value: number
  readonly unit: string
  readonly rest: ReadonlyArray<string>
}

/** Reads a line as the guidelines say: text, a bar, and data of labels and values that blanks separate. */
const read = (line: string): { readonly text: string; readonly data: ReadonlyMap<string, Datum> } => {
  assert.notMatch(line, /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/u)
  assert.isAtMost(new TextEncoder().encode(line).length, Nagios.maxBytes)
  const [text = "", data, ...more] = line.split("|")
  assert.deepStrictEqual(more, [])
  assert.match(text, /^BACKUP-TREE (?:OK|WARNING|CRITICAL|UNKNOWN) - \S/)
  const read = new Map<string, Datum>()
  for (const part of data?.trim().split(" ") ?? []) {
    const [, label, value, unit, rest] =
      /^([a-z]{1,19})=(-?[0-9]+(?:\.[0-9]+)?)(s|B|)((?:;(?:-?[0-9]+(?:\.[0-9]+)?)?){3})$/
        .exec(part) ?? []
    assert.isDefined(label, part)
    assert.isFalse(read.has(label), part)
    read.set(label, { value: Number(value), unit: unit!, rest: rest!.slice(1).split(";") })
  }
  return { text: text.trimEnd(), data: read }
}

describe("Nagios", () => {
  it("writes one line with performance data", () => {
    assert.deepStrictEqual(Nagios.print(healthy), {
      line: "BACKUP-TREE OK - no findings; 3 of 3 chains sound; 2 environments, 3 chains, 7 backups | "
        + "environments=2;;;0 chains=3;;;0 sound=3;;;0 hidden=0;;;0 backups=7;;;0 size=177000000000B;;;0 errors=0;;0;0 warnings=0;0;;0 info=0;;;0",
      code: 0
    })
    assert.deepStrictEqual(
      Nagios.print({
        ...healthy,
        sound: 1,
        hidden: 8,
        missing: 0,
        findings: { error: 2, warning: 1, info: 3 },
        machines: { Fresh: 4, Dated: 0, Stale: 1, Undated: 0, Never: 2, Ambiguous: 0 },
        oldest: Duration.hours(80),
        maxAge: Duration.hours(26),
        duration: Duration.millis(532),
        problems: ["\"web01\" has no backup", "a gap"]
      }),
      {
        line: "BACKUP-TREE CRITICAL - 2 errors, 1 warning, 3 info; 4 of 7 machines fresh, 2 never backed up, 1 stale; "
          + "1 of 11 chains sound, 8 hidden; 2 environments, 3 chains, 7 backups; \"web01\" has no backup; a gap | "
          + "environments=2;;;0 chains=3;;;0 sound=1;;;0 hidden=8;;;0 backups=7;;;0 size=177000000000B;;;0 errors=2;;0;0 warnings=1;0;;0 info=3;;;0 fresh=4;;;0 dated=0;;;0 stale=1;0;;0 "
          + "undated=0;0;;0 never=2;;0;0 ambiguous=0;0;;0 oldest=288000s;93600;;0 time=0.532s;;;0",
        code: 2
      }
    )
  })

  it.each<[string, Partial<Nagios.NagiosSummary["findings"]>, 0 | 1 | 2]>([
    ["info alone", { info: 4 }, 0],
    ["a warning", { warning: 1 }, 1],
    ["an error", { error: 1, warning: 1 }, 2]
  ])("gives the code of the worst: %s", (_, findings, code) => {
    const output = Nagios.print({ ...healthy, findings: { ...healthy.findings, ...findings } })
    assert.strictEqual(output.code, code)
    assert.match(output.line, new RegExp(`^BACKUP-TREE ${["OK", "WARNING", "CRITICAL"][code]!} - `))
  })

  it("is UNKNOWN if the check could not cover everything, unless there is an error", () => {
    const codeOf = (findings: Partial<Nagios.NagiosSummary["findings"]>) =>
      Nagios.print({ ...healthy, findings: { ...healthy.findings, ...findings }, unjudged: "no state file" }).code
    assert.deepStrictEqual([codeOf({}), codeOf({ warning: 1 }), codeOf({ error: 1 })], [3, 3, 2])
  })

  it("shows first why the check could not cover everything", () => {
    const problems = ["\"web01\" has no backup", "a gap"]
    const findings = { error: 1, warning: 1, info: 0 }
    const line = (summary: Partial<Nagios.NagiosSummary>) =>
      read(Nagios.print({ ...healthy, findings, problems, ...summary }).line).text
    assert.isTrue(
      line({ unjudged: "no state file" }).endsWith("; no state file; \"web01\" has no backup; a gap"),
      line({ unjudged: "no state file" })
    )
    assert.isTrue(line({ unjudged: "no state file", problems: [] }).endsWith("7 backups; no state file"))
    // It is no problem to be counted.
    const long = line({ unjudged: "x".repeat(290), problems: Array.from({ length: 9 }, () => "y".repeat(290)) })
    assert.match(long, /; x{290}; y{290}; 8 more$/)
  })

  it("is UNKNOWN without a response", () => {
    assert.deepStrictEqual(Nagios.printUnknown("nothing listens on 127.0.0.1:64000"), {
      line: "BACKUP-TREE UNKNOWN - no result; nothing listens on 127.0.0.1:64000",
      code: 3
    })
    const { line } = Nagios.printUnknown(`a|b\n${"x".repeat(5000)}`, Duration.seconds(2))
    assert.match(line, /^BACKUP-TREE UNKNOWN - no result; a\[U\+007C\]b\[U\+000A\]x+… \| time=2s;;;0$/)
    assert.deepStrictEqual([...read(line).data.keys()], ["time"])
  })

  it("lets no name break the line, begin data, or be markup or a macro", () => {
    const { line } = Nagios.print({
      ...healthy,
      findings: { ...healthy.findings, error: 1 },
      problems: ["\"a|b=1;2\nc\u001b[31m<script>`$HOSTNAME$` \\n \u202e\ud800\" =1+1"]
    })
    assert.include(
      line,
      "; \"a[U+007C]b=1;2[U+000A]c[U+001B][31m[U+003C]script[U+003E][U+0060][U+0024]HOSTNAME[U+0024][U+0060] [U+000A] "
        + "[U+202E][U+D800]\" =1+1 | "
    )
    read(line)
  })

  it("shows what a message has escaped already by its code alone", () => {
    const { line } = Nagios.print({ ...healthy, problems: ["a\\u{200b}b\\tc\\e[31m\\x"] })
    assert.include(line, "; a[U+200B]b[U+0009]c[U+001B][31m[U+005C]x | ")
  })

  it("shows invisible characters", () => {
    const { line } = Nagios.print({ ...healthy, problems: ["web\u200b01 \u{e0041}\u00ad"] })
    assert.include(line, "; web[U+200B]01 [U+E0041][U+00AD] | ")
  })

  it("counts the problems that do not fit, and cuts none in the middle of the data", () => {
    for (let length = 10; length < 80; length++) {
      const problems = Array.from({ length: 40 }, (_, index) => `problem ${index} ${"日".repeat(length)}`)
      const { line } = Nagios.print({ ...healthy, findings: { error: 40, warning: 0, info: 0 }, problems })
      const { data, text } = read(line)
      const shown = text.split("; ").filter((part) => part.startsWith("problem")).length
      assert.isAbove(shown, 1)
      assert.isTrue(text.endsWith(`; ${40 - shown} more`), text)
      assert.notInclude(text, "…")
      assert.strictEqual(data.size, 9)
    }
  })

  it("fills a line and the text of a problem to the last byte", () => {
    const lineOf = (...problems: ReadonlyArray<string>) =>
      Nagios.print({ ...healthy, findings: { error: problems.length, warning: 0, info: 0 }, problems }).line
    const bytes = (text: string) => new TextEncoder().encode(text).length
    assert.include(lineOf("x".repeat(300)), `; ${"x".repeat(300)} | `)
    assert.include(lineOf("x".repeat(301)), `; ${"x".repeat(297)}… | `)
    const base = bytes(lineOf("x".repeat(300), "y".repeat(250), ""))
    const last = Nagios.maxBytes - base
    assert.isAtMost(last, 300)
    const full = lineOf("x".repeat(300), "y".repeat(250), "z".repeat(last))
    assert.strictEqual(bytes(full), Nagios.maxBytes)
    assert.include(full, `; ${"z".repeat(last)} | `)
    assert.include(lineOf("x".repeat(300), "y".repeat(250), "z".repeat(last + 1)), `${"y".repeat(250)}; 1 more | `)
  })

  it("writes numbers without exponents, whatever they are", () => {
    const { data } = read(
      Nagios.print({
        ...healthy,
        size: 2n ** 80n,
        oldest: Duration.infinity,
        maxAge: Duration.infinity,
        duration: Duration.millis(-1)
      }).line
    )
    assert.strictEqual(data.get("size")!.value, 2 ** 80)
    assert.deepStrictEqual(data.get("time"), { value: 0, unit: "s", rest: ["", "", "0"] })
    assert.strictEqual(data.get("oldest")!.unit, "s")
  })
})

/** The code by severities and states: a machine that was never backed up is critical, other lacks are a warning. */
const codeWithStates = ({ findings, machines, unjudged }: Nagios.NagiosSummary): number => {
  const { Ambiguous, Never, Stale, Undated } = machines!
  if (findings.error + Never > 0) return 2
  if (unjudged !== undefined) return 3
  return findings.warning + Stale + Undated + Ambiguous > 0 ? 1 : 0
}

const ofStates = new Set<string>(["never-backed-up", "stale-backup", "undated-backups", "ambiguous-name"])

describe("a summary", () => {
  const now = DateTime.makeUnsafe("2024-03-04T02:00:05Z")
  const tree = {
    environments: ["05-two-chains.xml", "04-ct-ploop.xml"].flatMap((name) => example(name).environments),
    kept: []
  }

  const web = tree.environments[0]!
  const [chain] = web.chains
  const undated = { ...chain!, head: { ...chain!.head, dateTime: "" }, incrementals: [] }

  const reportOf = (findings: Nagios.Report["findings"]): Nagios.Report => ({
    findings,
    verdict: { counts: Verdict.count(findings), chains: { total: 5, sound: 2, hidden: 2, missing: 0 } },
    coverage: undefined
  })
  const inventory = [{ uuid: tree.environments[1]!.uuid, name: undefined, kind: undefined, place: "line 1" }]

  it("counts, and takes the age of the machine that has gone without a backup for longest", () => {
    assert.deepStrictEqual(
      Nagios.summarise({
        tree,
        now,
        report: reportOf([
          { severity: "info", message: "worth knowing", subject: {} },
          { severity: "warning", message: "a warning", subject: {} },
          { severity: "error", message: "an error", subject: {} }
        ]),
        maxAge: Duration.hours(26)
      }),
      {
        environments: 2,
        chains: 3,
        sound: 2,
        hidden: 2,
        missing: 0,
        backups: 7,
        size: 22_380_806_144n,
        findings: { error: 1, warning: 1, info: 1 },
        machines: undefined,
        oldest: Duration.days(1),
        maxAge: Duration.hours(26),
        ignored: 0,
        duration: undefined,
        omitted: 0,
        problems: ["an error", "a warning"]
      }
    )
  })

  it("claims no freshness without a limit", () => {
    const report = Check.run(listingOf(tree), { now, inventory })
    const { line } = Nagios.print(Nagios.summarise({ tree, now, report }))
    assert.match(line, /1 of 1 machine backed up; .* fresh=0;;;0 dated=1;;;0 .* oldest=9874s;;;0/)
  })

  it("names the machine of a problem if its message does not", () => {
    const findings = [
      { severity: "error", message: "chain {x} is broken", subject: { name: "web\u001b01" } },
      { severity: "warning", message: "\"db\" has no backup", subject: { name: "db" } },
      { severity: "warning", message: "the answer is odd", subject: {} }
    ] as const
    assert.deepStrictEqual(Nagios.summarise({ tree, now, report: reportOf(findings) }).problems, [
      "\"web\\e01\": chain {x} is broken",
      "\"db\" has no backup",
      "the answer is odd"
    ])
  })

  it("leaves machines that are in no inventory out of the age", () => {
    const report = Check.run(listingOf(tree), { now, inventory, maxAge: Duration.hours(26) })
    const summary = Nagios.summarise({ tree, now, report })
    assert.strictEqual(Duration.toSeconds(summary.oldest!), 9874)
    assert.deepStrictEqual(summary.machines, { Fresh: 1, Dated: 0, Stale: 0, Undated: 0, Never: 0, Ambiguous: 0 })
    assert.deepStrictEqual(summary.maxAge, Duration.hours(26))
    assert.strictEqual(Nagios.print(summary).code, 0)
  })

  it.each<[Coverage.State, Partial<BackupTree.VirtualEnvironment>, Duration.Duration | undefined, 0 | 1 | 2]>([
    ["Fresh", {}, Duration.days(2), 0],
    ["Dated", {}, undefined, 0],
    ["Stale", {}, Duration.hours(1), 1],
    ["Undated", { chains: [undated] }, Duration.days(2), 1],
    ["Never", { chains: [] }, Duration.days(2), 2],
    ["Ambiguous", { name: "twin" }, Duration.days(2), 1]
  ])("has the code of the state of a machine: %s", (state, change, maxAge, code) => {
    const changed = { ...web, ...change }
    const twin = { ...changed, uuid: "{91b0c7d2-3e4f-4a5b-8c6d-7e8f90a1b2c3}" }
    const isAmbiguous = state === "Ambiguous"
    const environments = isAmbiguous ? [changed, twin] : [changed]
    const one = { uuid: isAmbiguous ? undefined : web.uuid, name: changed.name, kind: undefined, place: "line 1" }
    const listing = listingOf({ environments, kept: [] })
    const report = Check.run(listing, { now, maxAge, inventory: [one] })
    const summary = Nagios.summarise({ tree: listing.tree, now, report })
    assert.strictEqual(summary.machines![state], 1)
    assert.strictEqual(Nagios.print(summary).code, codeWithStates(summary))
    // Without the findings about the chains of the sample.
    const findings = Verdict.count(report.findings.filter(({ rule }) => ofStates.has(rule.id)))
    assert.strictEqual(Nagios.print({ ...summary, findings }).code, code)
  })

  it("is made in steps, each for a machine", () => {
    const environments = Array.from({ length: 1000 }, (_, index) => ({ ...web, uuid: `{${index}}` }))
    const check = { tree: { environments, kept: [] }, now: DateTime.makeUnsafe(0), report: reportOf([]) }
    assert.isAtLeast([...Nagios.summariseInSteps(check)].length, 1000)
  })

  it("has no age where nothing has a date", () => {
    assert.isUndefined(Nagios.summarise({ tree, now: DateTime.makeUnsafe(0), report: reportOf([]) }).oldest)
  })
})

const natural = Arbitrary.schema(
  Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })))
)
const counts = <K extends string>(...keys: ReadonlyArray<K>) =>
  Arbitrary.map(
    Arbitrary.array(natural, { minLength: keys.length, maxLength: keys.length }),
    (numbers) => Object.fromEntries(keys.map((key, index) => [key, numbers[index]!])) as { readonly [key in K]: number }
  )

describe("laws of plugin output", () => {
  it.prop(
    "the findings of any check have the code of the states of its machines",
    [Arbitraries.tree, Arbitrary.array(Arbitrary.all({ index: natural, named: natural })), natural],
    ([tree, picks, hours]) => {
      const now = DateTime.makeUnsafe("2024-03-04T02:00:05Z")
      const inventory = picks.map(({ index, named }, line) => {
        const { name, uuid } = tree.environments[index % (tree.environments.length + 1)] ?? { name: "new", uuid: "{0}" }
        return { uuid: named % 2 === 0 ? uuid : undefined, name, kind: undefined, place: `line ${line + 1}` }
      })
      const maxAge = hours % 3 === 0 ? undefined : Duration.hours(hours % 1000)
      // Limits of the kept findings do not change the code.
      for (const limits of [Check.defaultLimits, { findings: 0, findingsPerRule: 0 }]) {
        const report = Check.run(listingOf(tree), { now, maxAge, inventory }, limits)
        const summary = Nagios.summarise({ tree, now, report })
        for (const unjudged of [undefined, "no state file"]) {
          assert.strictEqual(Nagios.print({ ...summary, unjudged }).code, codeWithStates({ ...summary, unjudged }))
        }
      }
    }
  )

  it.prop(
    "any summary is one line within the limit, from which every number is read back",
    [
      Arbitrary.all({
        totals: counts("environments", "chains", "sound", "hidden", "backups"),
        findings: counts("error", "warning", "info"),
        machines: counts("Fresh", "Dated", "Stale", "Undated", "Never", "Ambiguous"),
        problems: Arbitrary.array(Arbitrary.map(Arbitrary.array(Arbitraries.text), (texts) => texts.join("")))
      }),
      natural,
      natural
    ],
    ([{ findings, machines, problems, totals }, bytes, seconds]) => {
      const size = BigInt(bytes) * 2048n
      const oldest = Duration.seconds(seconds % 1_000_000_000)
      const output = Nagios.print({ ...totals, missing: 0, size, findings, machines, problems, oldest })
      const { data } = read(output.line)
      const value = (label: string) => data.get(label)?.value
      assert.deepStrictEqual(["environments", "chains", "sound", "hidden", "backups"].map(value), Object.values(totals))
      assert.deepStrictEqual(["errors", "warnings", "info"].map(value), Object.values(findings))
      assert.deepStrictEqual(
        ["fresh", "dated", "stale", "undated", "never", "ambiguous"].map(value),
        Object.values(machines)
      )
      assert.strictEqual(value("size"), Number(size))
      assert.strictEqual(value("oldest"), Duration.toSeconds(oldest))
      assert.strictEqual(value("time"), undefined)
    }
  )

  it.prop("any reason is one line within the limit", [Schema.String, Arbitraries.text], ([one, other]) => {
    for (const reason of [one, other, one.repeat(500)]) {
      const { code, line } = Nagios.printUnknown(reason, Duration.seconds(1))
      assert.strictEqual(code, 3)
      assert.strictEqual(read(line).data.get("time")!.value, 1)
    }
  })
})
