import * as Arbitraries from "@backup-tree/emulator/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import * as Option from "effect/Option"
import * as BackupListing from "../src/BackupListing.ts"
import * as BackupTree from "../src/BackupTree.ts"
import * as BackupTreeRequest from "../src/BackupTreeRequest.ts"
import type { Note } from "../src/BackupTreeXml.ts"
import * as Invariants from "../src/Invariants.ts"
import { found, head } from "./support/findings.ts"
import { chain, chainX, chainY, environment, fetchedAt, listing, source, tree, web } from "./support/treeLiterals.ts"

describe("a sound tree", () => {
  it("has no finding", () => {
    const container = "{c5d0e2a4-77b1-4b7e-8a52-1e0f3d9c6b11}"
    const chains = [chain(chainX, [1, 2, 3, 4]), chain(chainY, [3, 4, 6])]
    assert.deepStrictEqual(found(environment(web, chains), environment(container, [])), [])
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
    const findings = Invariants.check(listing(tree(environment(web, [chain(chainX, [1, 2, 3])])), notes))
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

describe("an empty answer", () => {
  const emptyTo = (subject: BackupTreeRequest.Subject, answer = BackupTree.empty) =>
    Invariants.check(BackupListing.fromAnswer({
      tree: answer,
      notes: [],
      request: { ...BackupTreeRequest.everything, subject },
      source,
      fetchedAt
    })).map(({ path, rule, severity }) => [rule, severity, path])

  it("is an error where an id or a uuid was asked for", () => {
    for (
      const subject of [{ _tag: "Environment", uuid: web }, { _tag: "Backup", id: chainX }, {
        _tag: "Chain",
        id: chainX
      }] as const
    ) {
      assert.deepStrictEqual(emptyTo(subject), [["empty-answer", "error", "BackupTree"]])
      assert.deepStrictEqual(emptyTo(subject, tree(environment(web, []))), [])
    }
  })

  it("is a warning where everything was asked for, or nobody knows what", () => {
    assert.deepStrictEqual(emptyTo({ _tag: "Everything" }), [["empty-answer", "warning", "BackupTree"]])
    const unknown = BackupListing.fromDocument({
      tree: BackupTree.empty,
      notes: [],
      source,
      fetchedAt,
      complete: false
    })
    assert.deepStrictEqual(Invariants.check(unknown).map(({ severity }) => severity), ["warning"])
  })
})

describe("the table of rules", () => {
  it("has each rule once, with what a person needs to know", () => {
    const ids = Invariants.rules.map(({ id }) => id)
    assert.deepStrictEqual(ids, [
      "I01",
      "I03",
      "I04",
      "I05",
      "I06",
      "I07",
      "I10",
      "I24",
      "I25",
      "I27",
      "empty-answer",
      "missing-required",
      "junk-number",
      "forbidden-character",
      "bad-date",
      "bad-letter",
      "duplicate-element",
      "unknown-element"
    ])
    for (const { advice, id, meaning, name, source, statement } of Invariants.rules) {
      for (const text of [name, statement, meaning, advice]) assert.isTrue(text.length > 5, id)
      assert.match(source, /^SEMANTICS /)
      assert.strictEqual(Invariants.rule(id)?.statement, statement)
    }
    assert.isUndefined(Invariants.rule("I99"))
  })

  it("knows the worst of some findings", () => {
    const finding = (severity: Invariants.Finding["severity"]): Invariants.Finding => ({
      rule: "x",
      severity,
      path: "",
      place: {},
      subject: {},
      message: ""
    })
    assert.isUndefined(Invariants.worst([]))
    assert.strictEqual(Invariants.worst([finding("info")]), "info")
    assert.strictEqual(Invariants.worst([finding("info"), finding("warning")]), "warning")
    assert.strictEqual(Invariants.worst([finding("warning"), finding("error"), finding("info")]), "error")
  })

  it.prop(
    "is one for any listing: every finding names a rule, and a place that the tree has",
    [Arbitraries.listing],
    ([listing]) => {
      for (const { place, rule, subject } of Invariants.check(listing)) {
        assert.isDefined(Invariants.rule(rule))
        assert.strictEqual(subject.environment !== undefined, place.environment !== undefined)
        assert.strictEqual(subject.chain !== undefined, place.chain !== undefined)
        assert.strictEqual(subject.backup !== undefined, place.backup !== undefined)
      }
    }
  )
})

describe("laws", () => {
  it.prop("a healthy tree has no finding, but that it is empty", [Arbitraries.healthyTree], ([tree]) => {
    const rules = Invariants.check(listing(tree)).map(({ rule }) => rule)
    assert.deepStrictEqual(rules, tree.environments.length === 0 ? ["empty-answer"] : [])
  })

  it.prop(
    "the answer of a healthy server to any question has none, but that it is empty",
    [Arbitraries.healthyListing],
    ([listing]) => {
      const findings = Invariants.check(listing).map(({ rule, severity }) => [rule, severity])
      const everything = Option.exists(listing.request, ({ subject }) => subject._tag === "Everything")
      assert.deepStrictEqual(
        findings,
        listing.tree.environments.length > 0 ? [] : [["empty-answer", everything ? "warning" : "error"]]
      )
    }
  )

  for (const mutation of Arbitraries.mutations) {
    const { change, companions, rule } = mutation
    it.prop(
      `where ${change}, ${[rule, ...companions.map(({ rule }) => rule)].join(" and ")} breaks, and nothing else`,
      [Arbitraries.mutated(mutation)],
      ([{ after, before }]) => {
        assert.deepStrictEqual(Invariants.check(listing(before)), [])
        const findings = Invariants.check(listing(after))
        assert.deepStrictEqual(
          new Set(findings.map(({ rule }) => rule)),
          new Set([rule, ...companions.map(({ rule }) => rule)])
        )
        for (const { severity } of findings) assert.strictEqual(severity, "error")
      }
    )
  }
})
