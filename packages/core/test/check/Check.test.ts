import type { Note } from "@backup-tree/core/tree/Note"
import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Baseline from "../../src/check/Baseline.ts"
import * as Check from "../../src/check/Check.ts"
import * as Coverage from "../../src/check/Coverage.ts"
import { findConflicts } from "../../src/check/internal/mergeConflicts.ts"
import type { Facts } from "../../src/check/Rule.ts"
import { findMissing } from "../../src/check/rules/Disappeared.ts"
import { findInCoverage } from "../../src/check/rules/Machines.ts"
import * as RuleTable from "../../src/check/RuleTable.ts"
import { Reason } from "../../src/directory/files/StoreSkip.ts"
import * as BackupListing from "../../src/listing/BackupListing.ts"
import * as ListingFilter from "../../src/listing/ListingFilter.ts"
import * as TreeMerge from "../../src/listing/TreeMerge.ts"
import * as BackupTreeXml from "../../src/tree/BackupTreeXml.ts"
import * as TreePath from "../../src/tree/TreePath.ts"
import { answer, brief, findingsOf, found, head, ruleOf, since, type Told } from "../support/findings.ts"
import {
  chain,
  chainX,
  chainY,
  environment,
  fetchedAt,
  full,
  incremental,
  listing,
  source,
  tree,
  web
} from "../support/treeLiterals.ts"
import { fixture } from "../support/xmlFixtures.ts"

describe("a sound tree", () => {
  it("has no finding", () => {
    const dateTime = "2024-03-09 02:00:07"
    const later = {
      head: full(`${chainY}.3`, { dateTime }),
      incrementals: [4, 5].map((number) => incremental(chainY, number, { dateTime }))
    }
    const container = environment("{c5d0e2a4-77b1-4b7e-8a52-1e0f3d9c6b11}", [
      chain("{f00dfeed-0000-4000-8000-000000000001}", [1])
    ])
    const chains = [chain(chainX, [1, 2, 3, 4]), chain(chainY, [3, 4, 5], later)]
    assert.deepStrictEqual(found(environment(web, chains), { ...container, vmType: 2 }), [])
  })
})

describe("the example documents", () => {
  const link = (ordinal: number) => `${head}/PartialBackupItem[${ordinal}]`
  const kept = [
    "unknown-element info ServerBanner[1]",
    "unknown-element info VmItem[1]/BackupItem[1]/Retention[1]",
    "unknown-element info VmItem[1]/Quota[1]"
  ]
  const odd = [
    `I13 warning ${head}/DateTime`,
    `I19 warning ${link(1)}/Size`,
    `I20 warning ${head}/Size`,
    "I20 warning BackupTree",
    `I30 info ${head}`,
    `I31 info ${head}`,
    ...kept
  ]
  const findings = (name: string, complete: boolean) => {
    const decoded = Result.getOrThrow(BackupTreeXml.decode(fixture(name), { mode: "tolerant" }))
    const told = BackupListing.fromDocument({ ...decoded, source, fetchedAt, complete })
    return findingsOf(told, { now: fetchedAt }).map(({ path, rule, severity }) => `${rule} ${severity} ${path}`)
  }

  it.each([
    ["01-empty.xml", ["empty-answer warning BackupTree"]],
    ["02-vm-full.xml", []],
    ["03-vm-full-2inc.xml", []],
    ["04-ct-ploop.xml", []],
    ["05-two-chains.xml", []],
    // Its gap from 3 to 7 is one of a complete listing only.
    ["06-odd-legal.xml", [`I11 info ${head}`, ...odd]],
    // The head 3 is no gap, the missing 5 is.
    ["07-promoted-head.xml", [`I11 info ${head}`]],
    ["08-legacy-tib.xml", []],
    // A tree of a test server: its numbers begin at 1, and it has no images.
    [
      "test-server-tree.xml",
      [
        `I06 error ${head}`,
        `I07 error ${link(1)}`,
        ...[head, link(1), link(2), "VmItem[2]/BackupItem[1]"].map((path) => `I21 warning ${path}`),
        ...[link(1), link(2)].map((path) => `I29 warning ${path}`)
      ]
    ]
  ])("%s has the findings that it should have", (name, expected) => {
    assert.deepStrictEqual(findings(name, true), expected)
    assert.deepStrictEqual(findings(name, false), expected.filter((text) => !text.startsWith("I11")))
  })
})

describe("notes of the reader", () => {
  it("become findings of their rules, each with its severity and its path", () => {
    const notes: ReadonlyArray<Note> = [
      { rule: "missing-required", path: "VmItem[1]/Name", message: "no Name" },
      { rule: "junk-number", path: "VmItem[1]/BackupItem[1]/Size", message: "Size is \"x\"" },
      { rule: "bad-date", path: `${head}/PartialBackupItem[2]/DateTime`, message: "\"?\"" },
      { rule: "bad-letter", path: `${head}/Type`, message: "\"x\"" },
      { rule: "forbidden-character", path: "VmItem[1]/Name", message: "U+0001" },
      { rule: "duplicate-element", path: `${head}/Host`, message: "twice" },
      { rule: "unknown-element", path: "ServerBanner", message: "ServerBanner" }
    ]
    const findings = findingsOf(listing(tree(environment(web, [chain(chainX, [1, 2, 3])])), notes))
    assert.deepStrictEqual(Object.fromEntries(findings.map(({ rule, severity }) => [rule, severity])), {
      "missing-required": "error",
      "junk-number": "error",
      "bad-date": "warning",
      "bad-letter": "warning",
      "forbidden-character": "warning",
      "duplicate-element": "warning",
      "unknown-element": "info"
    })
    for (const { message, path, rule } of notes) {
      const finding = findings.find((candidate) => candidate.rule === rule)!
      assert.deepStrictEqual([finding.path, finding.message], [path, message])
    }
    const subjects = Object.fromEntries(findings.map(({ rule, subject }) => [rule, subject]))
    assert.deepStrictEqual(subjects["bad-date"], {
      environment: web,
      name: "web01",
      chain: chainX,
      backup: `${chainX}.3`
    })
    assert.deepStrictEqual(subjects["junk-number"], {
      environment: web,
      name: "web01",
      chain: chainX,
      backup: undefined
    })
    assert.deepStrictEqual(subjects["missing-required"], {
      environment: web,
      name: "web01",
      chain: undefined,
      backup: undefined
    })
    assert.deepStrictEqual(subjects["unknown-element"], {
      environment: undefined,
      name: undefined,
      chain: undefined,
      backup: undefined
    })
  })
})

describe("the table of rules", () => {
  // I36, I38 and I39 tell of these.
  const numberedReasons = ["chain-empty", "orphan-image", "missing-image", "temp-file"]

  it("has each rule once, with what a person needs to know", () => {
    const ids = RuleTable.listingRules.map(({ id }) => id)
    const numbers = Array.from({ length: 42 }, (_, index) => 1 + index)
    assert.deepStrictEqual(ids, [
      ...numbers.map((number) => `I${String(number).padStart(2, "0")}`),
      "empty-answer",
      "lost-environments",
      "missing-required",
      "junk-number",
      "forbidden-character",
      "bad-date",
      "bad-letter",
      "duplicate-element",
      "unknown-element",
      ...Reason.literals.filter((reason) => !numberedReasons.includes(reason)),
      "absolute-backing-file",
      "missed-runs",
      "early-full",
      "size-outlier"
    ])
    assert.strictEqual(new Set(ids).size, ids.length)
    for (const { advice, id, meaning, name, source, statement } of RuleTable.listingRules) {
      for (const text of [name, statement, meaning, advice]) assert.isTrue(text.length > 5, id)
      for (const text of [statement, meaning, advice]) assert.match(text, /^[A-Z0-9].*[.?]$/, id)
      assert.match(source, /^SEMANTICS /)
      assert.strictEqual(ruleOf(id)?.statement, statement)
    }
    assert.isUndefined(ruleOf("I99"))
  })

  it("continues with the rules about machines and about the baseline", () => {
    const listed = new Set(RuleTable.listingRules.map(({ id }) => id))
    const others = RuleTable.all.filter(({ id }) => !listed.has(id))
    assert.deepStrictEqual(others.map(({ id }) => id), [
      "never-backed-up",
      "stale-backup",
      "undated-backups",
      "ambiguous-name",
      "future-date",
      "duplicate-entry",
      "unlisted-environment",
      "empty-inventory",
      "unknown-completeness",
      "uncomparable-inventory",
      "possibly-locked",
      "removed-backups",
      "lost-newest-backup"
    ])
    for (const rule of RuleTable.all) assert.strictEqual(Option.getOrUndefined(RuleTable.find(rule.id)), rule)
    assert.isTrue(Option.isNone(RuleTable.find("I99")))
    for (const { breaks } of others) assert.strictEqual(breaks, "nothing")
  })

  it("lists the facts that each rule needs", () => {
    const needs = RuleTable.all.flatMap(({ id, needs }) =>
      needs?.[0] === "directory" ? [] : needs ? [[id, ...needs]] : []
    )
    const inventory = ["inventory", "now"]
    assert.deepStrictEqual(needs, [
      ["I16", "now"],
      ["I40", "now", "maxAge"],
      ["I41", "maxChainLength"],
      ["lost-environments", "baseline"],
      ["missed-runs", "cadence"],
      ["early-full", "cadence"],
      ["size-outlier", "cadence"],
      ["never-backed-up", ...inventory],
      ["stale-backup", ...inventory, "maxAge"],
      ...RuleTable.all.slice(RuleTable.listingRules.length + 2, -3).map(({ id }) => [id, ...inventory]),
      ["possibly-locked", "baseline"],
      ["removed-backups", "baseline"],
      ["lost-newest-backup", "baseline"]
    ])
    for (const { needs, scope } of RuleTable.listingRules) assert.strictEqual(needs?.[0] === "directory", scope === "D")
  })

  it("lists the severity of each rule", () => {
    const of = (severity: Told["severity"]) =>
      RuleTable.listingRules.filter((rule) => rule.severity === severity).map(({ id }) => id).join(" ")
    assert.strictEqual(
      of("error"),
      "I01 I02 I03 I04 I05 I06 I07 I08 I10 I24 I25 I27 I34 I36 I37 lost-environments missing-required junk-number "
        + "vm-metadata-missing vm-metadata-invalid base-without-metadata head-invalid head-config-missing "
        + "link-without-metadata link-invalid link-config-missing"
    )
    assert.strictEqual(of("info"), "I11 I18 I26 I30 I31 I38 unknown-element not-uuid early-full")
  })

  it("lists what a violation of each rule breaks", () => {
    const of = (breaks: (typeof RuleTable.listingRules)[number]["breaks"]) =>
      RuleTable.listingRules.filter((rule) => rule.breaks === breaks).map(({ id }) => id).join(" ")
    assert.strictEqual(
      of("chain"),
      "I01 I02 I03 I04 I05 I06 I07 I08 I10 I24 I25 I27 missing-required junk-number"
    )
    assert.strictEqual(of("images"), "I36 I37")
    for (const { breaks, severity } of RuleTable.listingRules) {
      if (severity !== "error") assert.strictEqual(breaks, "nothing")
    }
  })

  it("lists the scope of each rule", () => {
    const of = (scope: (typeof RuleTable.listingRules)[number]["scope"]) =>
      RuleTable.listingRules.filter((rule) => rule.scope === scope).map(({ id }) => id).join(" ")
    assert.strictEqual(of("X"), "I16 I34 I35 I40 missed-runs early-full size-outlier")
    assert.strictEqual(of("answer"), "empty-answer lost-environments")
    assert.strictEqual(
      of("reader"),
      "missing-required junk-number forbidden-character bad-date bad-letter duplicate-element unknown-element"
    )
    const ofDirectory = of("D").split(" ")
    assert.deepStrictEqual(ofDirectory.slice(0, 6), ["I02", "I08", "I36", "I37", "I38", "I39"])
    assert.sameMembers(
      [...ofDirectory.slice(6), ...numberedReasons],
      [...Reason.literals, "absolute-backing-file"]
    )
    for (const { id, scope } of RuleTable.listingRules) if (scope === "T") assert.match(id, /^I\d\d$/)
  })

  it("lists the notes of the reader that replace a violation", () => {
    const yielding = RuleTable.listingRules.flatMap(({ id, severity, yieldsTo }) =>
      yieldsTo ? [{ id, severity, yieldsTo }] : []
    )
    assert.deepStrictEqual(yielding.map(({ id, yieldsTo }) => [id, ...yieldsTo]), [
      ["I13", "bad-date", "missing-required"],
      ["I17", "bad-letter", "missing-required"],
      ["I19", "junk-number", "missing-required"],
      ["I33", "forbidden-character"]
    ])
    // What stands for a breach is not less bad than the breach.
    const ranks = ["info", "warning", "error"]
    for (const { severity, yieldsTo } of yielding) {
      for (const note of yieldsTo) {
        assert.isAtLeast(ranks.indexOf(ruleOf(note)!.severity), ranks.indexOf(severity))
      }
    }
  })

  it.prop(
    "covers any listing: every finding names a rule, and a place that the tree has",
    [Arbitraries.listing],
    ([listing]) => {
      for (const { place, rule, subject } of Check.run(listing, Arbitraries.healthyFacts).findings) {
        assert.strictEqual(ruleOf(rule.id), rule)
        assert.strictEqual(subject.environment !== undefined, place.environment !== undefined)
        assert.strictEqual(subject.chain !== undefined, place.chain !== undefined)
        assert.strictEqual(subject.backup !== undefined, place.backup !== undefined)
      }
    }
  )
})

const isSerious = ({ severity }: Told): boolean => severity !== "info"

const serious = (self: BackupListing.BackupListing): ReadonlyArray<Told> =>
  findingsOf(self, Arbitraries.healthyFacts).filter(isSerious)

type Brief = readonly [rule: string, severity: string]

const emptiness = (self: BackupListing.BackupListing): ReadonlyArray<Brief> => {
  const everything = Option.exists(self.request, ({ subject }) => subject._tag === "Everything")
  return self.tree.environments.length > 0 ? [] : [["empty-answer", everything ? "warning" : "error"]]
}

const briefly = (findings: ReadonlyArray<Told>) => findings.map(({ rule, severity }): Brief => [rule, severity])

describe("laws about healthy stores", () => {
  it.prop("a healthy tree has no warnings, except that it is empty", [Arbitraries.healthyTree], ([tree]) => {
    const rules = serious(listing(tree)).map(({ rule }) => rule)
    assert.deepStrictEqual(rules, tree.environments.length === 0 ? ["empty-answer"] : [])
  })

  it.prop(
    "the response of a healthy server to any request has no warnings, except that it is empty or has chains of others",
    [Arbitraries.healthyListing],
    ([listing]) => {
      const leaked = Option.exists(listing.request, ({ subject }) => subject._tag === "Chain")
        && listing.tree.environments.some(({ chains }) => chains.length > 1)
      const expected: ReadonlyArray<Brief> = leaked ? [["I35", "warning"]] : emptiness(listing)
      assert.deepStrictEqual(briefly(serious(listing)), expected)
    }
  )

  it.prop(
    "filtered to what was meant, it has no warnings, except that it is empty",
    [Arbitraries.healthyListing],
    ([listing]) => {
      const meant = { ...listing, ...ListingFilter.filterResponse(listing, Option.getOrThrow(listing.request)) }
      assert.deepStrictEqual(briefly(serious(meant)), emptiness(meant))
    }
  )

  it.prop(
    "the order of environments and of chains is no finding",
    [Arbitraries.healthyTree],
    ([{ environments, kept }]) => {
      const turned = environments.toReversed().map(({ chains, ...rest }) => ({ ...rest, chains: chains.toReversed() }))
      const told = listing({ environments: turned, kept })
      const rules = serious(told).map(({ rule }) => rule)
      assert.deepStrictEqual(rules, environments.length === 0 ? ["empty-answer"] : [])
    }
  )

  it.prop("anomalies are all that is found in an unusual store", [Arbitraries.unusualListing], ([listing]) => {
    const declared = Object.values(Arbitraries.anomalies).flatMap(({ rules }) => rules)
    for (const { rule } of serious(listing)) assert.include([...declared, "I35", "empty-answer"], rule)
  })

  it.prop("nothing is missing between two equal responses", [Arbitraries.healthyListing], ([listing]) => {
    const rules = findingsOf(listing, since(listing.tree)).map(({ rule }) => rule)
    assert.notInclude(rules, "lost-environments")
    assert.deepStrictEqual(
      findingsOf(listing, since(listing.tree)).filter(isSerious),
      findingsOf(listing).filter(isSerious)
    )
  })
})

describe("laws about facts", () => {
  const text = (finding: Told) => brief(finding).join(" ")

  it.prop("they add findings, and remove none", [Arbitraries.listing], ([listing]) => {
    const facts = { ...Arbitraries.healthyFacts, maxChainLength: 1, now: fetchedAt }
    const bare = findingsOf(listing).map(text)
    const more = findingsOf(listing, facts).map(text)
    for (const finding of bare) assert.include(more, finding)
    const added = findingsOf(listing, facts).filter((finding) => !bare.includes(text(finding)))
    for (const { rule } of added) assert.include(["I16", "I40", "I41"], rule)
  })

  it.prop("a partial response has no finding that only a complete one can show", [Arbitraries.listing], ([listing]) => {
    const complete = { ...listing, request: Option.none(), completeness: "complete" } as const
    const all = new Set(findingsOf(complete, Arbitraries.healthyFacts).map(text))
    const partial = { ...complete, completeness: "partial" } as const
    const findings = findingsOf(partial, Arbitraries.healthyFacts)
    for (const { rule } of findings) assert.notInclude(["I09", "I11", "I40"], rule)
    // The message about an old chain names the gap that only a complete answer shows.
    for (const finding of findings) if (finding.rule !== "I12") assert.isTrue(all.has(text(finding)), text(finding))
  })
})

describe("laws about single faults", () => {
  for (const mutation of Arbitraries.mutations) {
    const { change, companions, rule } = mutation
    const expected = [rule, ...companions.map(({ rule }) => rule)]
    it.prop(
      `where ${change}, ${expected.join(" and ")} ${expected.length === 1 ? "breaks" : "break"}, and nothing else`,
      [Arbitraries.mutated(mutation)],
      ([{ after, before }]) => {
        const at = ({ path, rule }: Told) => `${rule} ${path}`
        const [sound, broken] = [before, after].map((tree) => findingsOf(listing(tree), Arbitraries.healthyFacts)) as [
          ReadonlyArray<Told>,
          ReadonlyArray<Told>
        ]
        assert.deepStrictEqual(sound.filter(isSerious), [])
        const known = new Set(sound.map(at))
        const added = broken.filter((finding) => !known.has(at(finding)))
        assert.deepStrictEqual(new Set(added.map(({ rule }) => rule)), new Set(expected))
        for (const { rule, severity } of added) assert.strictEqual(severity, ruleOf(rule)!.severity)
      }
    )
  }
})

describe("a check", () => {
  const machine = environment(web, [chain(chainX, [1, 2])], { name: "web01" })
  const inventory = [{ uuid: undefined, name: "forgotten", kind: undefined, place: "line 1" }]
  const whole = listing(tree(machine))

  it("reports everything that its facts allow: rules, coverage, missing backups, conflicts of a merge", () => {
    const older = { ...machine, chains: [...machine.chains, chain(chainY, [1])] }
    const baseline = [older, machine].reduce(
      (before, seen) => Baseline.update(before, listing(tree(seen)), fetchedAt),
      Baseline.empty
    )
    const merged = TreeMerge.toTree(TreeMerge.mergeAll([
      TreeMerge.fromListing({ _tag: "Default" }, { tree: tree(machine), notes: [] }),
      TreeMerge.fromListing({ _tag: "Directory", path: "/mnt" }, {
        tree: tree({ ...machine, chains: [chain(chainX, [1])] }),
        notes: []
      })
    ]))
    const { coverage, findings } = Check.run(whole, {
      now: fetchedAt,
      maxChainLength: 1,
      maxAge: Duration.zero,
      inventory,
      baseline,
      merged
    })
    assert.deepStrictEqual(findings.map(({ rule }) => rule.id), [
      "I41",
      "never-backed-up",
      "unlisted-environment",
      "possibly-locked",
      "I03"
    ])
    assert.deepStrictEqual(Coverage.counts(Result.getOrThrow(coverage!)).Never, 1)
  })

  it("reports which rules were checked, and how often each was violated", () => {
    const countsOf = (facts: Facts) =>
      new Map(Check.run(whole, facts).rules.map(({ count, rule, severity }) => [`${rule.id} ${severity}`, count]))
    const bare = countsOf({})
    assert.strictEqual(bare.size, RuleTable.all.filter(({ needs }) => needs === undefined).length)
    assert.strictEqual(bare.get("I05 error"), 0)
    const limited = countsOf({ maxChainLength: 1 })
    assert.deepStrictEqual([limited.get("I41 warning"), limited.size], [1, bare.size + 1])
    const covered = countsOf({ now: fetchedAt, inventory, maxAge: Duration.zero })
    assert.deepStrictEqual([covered.get("never-backed-up error"), covered.get("stale-backup warning")], [1, 0])
    assert.isFalse(covered.has("I40 warning"))
    assert.isTrue(countsOf({ now: fetchedAt, maxAge: Duration.zero }).has("I40 warning"))
  })

  it("reports an inventory that cannot be compared with the listing, and judges ages without it", () => {
    const partial = answer({ _tag: "Environment", uuid: web }, tree(machine))
    const report = Check.run(partial, { now: fetchedAt, maxAge: Duration.zero, inventory })
    assert.deepStrictEqual(report.findings.map(({ rule }) => rule.id), ["I40", "uncomparable-inventory"])
    assert.strictEqual(Option.getOrUndefined(Result.getFailure(report.coverage!))?.reason, "subject")
    assert.isFalse(report.rules.some(({ rule }) => rule.id === "never-backed-up"))
    assert.isUndefined(Check.run(partial, { inventory }).coverage)
  })

  it.prop("of one environment after the other is that of the listing", [Arbitraries.listing], ([listing]) => {
    const { notes, tree, ...head } = listing
    const check = Check.start(head, Arbitraries.healthyFacts)
    tree.environments.forEach((environment, index) =>
      check.environment(environment, notes.filter(({ path }) => TreePath.parsePlace(path).environment === index))
    )
    const report = check.end({ kept: tree.kept, notes })
    assert.deepStrictEqual(report, Check.run(listing, Arbitraries.healthyFacts))
    assert.strictEqual(report.rules.reduce((sum, { count }) => sum + count, 0), report.findings.length)
  })

  it.prop(
    "finds what the rules, the coverage, the baseline and the merge find, one after the other",
    [Arbitraries.tree, Arbitraries.tree, Arbitraries.tree],
    ([one, other, before]) => {
      const merged = TreeMerge.toTree(TreeMerge.mergeAll([
        TreeMerge.fromListing({ _tag: "Default" }, { tree: one, notes: [] }),
        TreeMerge.fromListing({ _tag: "Directory", path: "/mnt" }, { tree: other, notes: [] })
      ]))
      const listing = Arbitraries.completeListing(merged.tree)
      const baseline = Baseline.update({ ...Baseline.empty, tree: before }, listing, fetchedAt)
      const facts = { now: fetchedAt, maxAge: Duration.days(1), maxChainLength: 1, inventory, baseline, merged }
      const coverage = Coverage.make(inventory, listing, facts)
      const found = [...findInCoverage(coverage), ...findMissing(baseline, merged.tree), ...findConflicts(merged)]
      const rules = Check.runRules(RuleTable.listingRules, listing, { ...facts, maxAge: undefined })
      const report = Check.run(listing, facts)
      assert.deepStrictEqual(report.findings.map(({ message, rule }) => [rule.id, message]), [
        ...rules.map(({ message, rule }) => [rule.id, message]),
        ...found.map(({ rule, violation }) => [rule.id, violation.message])
      ])
      assert.deepStrictEqual(report.findings.slice(0, rules.length), rules)
      for (const { rule } of report.findings) {
        assert.strictEqual(Option.getOrUndefined(RuleTable.find(rule.id)), rule)
      }
    }
  )
})
