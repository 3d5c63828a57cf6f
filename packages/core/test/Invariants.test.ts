import * as Arbitraries from "@backup-tree/emulator/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import * as Option from "effect/Option"
import * as BackupListing from "../src/BackupListing.ts"
import * as BackupTree from "../src/BackupTree.ts"
import * as BackupTreeRequest from "../src/BackupTreeRequest.ts"
import type { Note } from "../src/BackupTreeXml.ts"
import * as Invariants from "../src/Invariants.ts"
import { chain, chainX, chainY, environment, fetchedAt, full, incremental, listing, source, stranger, tree, web } from "./support/treeLiterals.ts"

const second = "{c5d0e2a4-77b1-4b7e-8a52-1e0f3d9c6b11}"
const bare = (uuid: string) => uuid.slice(1, -1)

const check = (...environments: ReadonlyArray<BackupTree.VirtualEnvironment>) => Invariants.check(listing(tree(...environments)))

/** What is found: the rule and where, in short. */
const found = (...environments: ReadonlyArray<BackupTree.VirtualEnvironment>) =>
  check(...environments).map(({ path, rule }) => `${rule} ${path}`)

/** What is found in the only chain of a tree. */
const inChain = (one: BackupTree.BackupChain) => found(environment(web, [one]))

const head = "VmItem[1]/BackupItem[1]"

describe("a sound tree", () => {
  it("has no finding", () => {
    assert.deepStrictEqual(found(environment(web, [chain(chainX, [1, 2, 3, 4]), chain(chainY, [3, 4, 6])]), environment(second, [])), [])
  })
})

describe("I01, uuids of environments", () => {
  const one = environment(web, [chain(chainX, [1])])

  it("are in braces, in any case", () => {
    assert.deepStrictEqual(found({ ...one, uuid: web.toUpperCase() }), [])
    for (const uuid of ["", "junk", "{junk}", bare(web), `(${bare(web)})`, ` ${web}`]) {
      assert.deepStrictEqual(found({ ...one, uuid }), ["I01 VmItem[1]"])
    }
  })

  it("are unique without regard to case", () => {
    const twin = environment(web.toUpperCase(), [chain(chainY, [1])])
    assert.deepStrictEqual(found(one, environment(second, []), twin), ["I01 VmItem[1]", "I01 VmItem[3]"])
    assert.deepStrictEqual(check(one, twin).map(({ message }) => message), [
      `environment uuid ${web} also stands at VmItem[2]`,
      `environment uuid ${web} also stands at VmItem[1]`
    ])
  })

  it("count how often they stand elsewhere", () => {
    const copies = [one, { ...one, chains: [] }, { ...one, chains: [] }]
    assert.deepStrictEqual(check(...copies).map(({ message }) => message), [
      `environment uuid ${web} also stands at VmItem[2] and 1 more`,
      `environment uuid ${web} also stands at VmItem[1] and 1 more`,
      `environment uuid ${web} also stands at VmItem[1] and 1 more`
    ])
  })
})

describe("I03, uuids of chains", () => {
  it("are in braces, in any case", () => {
    assert.deepStrictEqual(inChain(chain(chainX.toUpperCase(), [1, 2])), [])
    assert.deepStrictEqual(inChain({ ...chain(chainX, [1, 2]), uuid: bare(chainX) }), [`I03 ${head}`])
    assert.deepStrictEqual(inChain({ ...chain("junk", [1]), uuid: "junk" }), [`I03 ${head}`])
  })

  it("are unique over the whole tree, without regard to case", () => {
    const copy = { ...chain(chainX, [1]), uuid: chainX.toUpperCase(), head: full(`${chainX}.7`) }
    assert.deepStrictEqual(found(environment(web, [chain(chainX, [1])]), environment(second, [copy])), [
      "I03 VmItem[1]/BackupItem[1]",
      "I03 VmItem[2]/BackupItem[1]"
    ])
  })
})

describe("I04, ids of heads", () => {
  const withId = (id: string) => inChain(chain(chainX, [1], { head: full(id) }))

  it("are the chain's uuid, or that with a number from 2", () => {
    for (const id of [chainX, bare(chainX).toUpperCase(), `${chainX}.2`, `${chainX.toUpperCase()}.4294967295`]) {
      assert.deepStrictEqual(withId(id), [], id)
    }
  })

  it("are of no other chain and have no other number, nor another spelling of it", () => {
    const odd = [chainY, `${chainY}.2`, "", ".2", "junk", ...[".0", ".1", ".02", ".+2", ". 2", ".abc", ".2.3", ".", ".4294967296"].map((end) => chainX + end)]
    for (const id of odd) assert.deepStrictEqual(withId(id), [`I04 ${head}`], id)
  })
})

describe("I05, ids of incrementals", () => {
  const withId = (id: string) => inChain(chain(chainX, [1], { incrementals: [incremental(chainX, 3, { id })] }))

  it("are the chain's uuid and their number, the uuid in any spelling", () => {
    for (const id of [`${chainX}.3`, `${bare(chainX)}.3`, `${chainX.toUpperCase()}.3`]) assert.deepStrictEqual(withId(id), [], id)
  })

  it("have their number as it is written, and the uuid of their own chain", () => {
    const odd = [chainX, `${chainX}.2`, `${chainX}.03`, `${chainX}.+3`, `${chainX}.3 `, `${chainX}.3.3`, `${chainY}.3`, "", ".3"]
    for (const id of odd) {
      const path = `${head}/PartialBackupItem[1]`
      assert.deepStrictEqual(withId(id), id === chainX ? [`I05 ${path}`, `I06 ${head}`, `I06 ${path}`] : [`I05 ${path}`], id)
    }
  })
})

describe("I06, ids of backups", () => {
  const ids = (...ids: ReadonlyArray<string>) =>
    check(environment(web, ids.map((id, index) => chain([chainX, chainY, stranger][index]!, [1], { head: full(id) }))))
      .filter(({ rule }) => rule === "I06").map(({ path }) => path)

  it("are unique over the whole tree, in whatever spelling", () => {
    const pairs = [
      [chainX, chainX],
      [chainX, `${chainX}.1`],
      [`${chainX}.2`, `${chainX}.02`],
      [`${chainX}.2`, `${bare(chainX).toUpperCase()}.+2`],
      ["JUNK", "junk"]
    ] as const
    for (const [one, two] of pairs) assert.deepStrictEqual(ids(one, two), ["VmItem[1]/BackupItem[1]", "VmItem[1]/BackupItem[2]"])
  })

  it("differ where number or chain does", () => {
    assert.deepStrictEqual(ids(chainX, `${chainX}.2`, `${chainY}.2`), [])
  })
})

describe("I07, numbers", () => {
  const numbers = (head: string, ...numbers: ReadonlyArray<number>) =>
    inChain(chain(chainX, [1], { head: full(head), incrementals: numbers.map((number) => incremental(chainX, number)) }))
      .filter((text) => text.startsWith("I07"))
  const link = (position: number) => `I07 ${head}/PartialBackupItem[${position}]`

  it("ascend from 2 or from the head's, with gaps", () => {
    assert.deepStrictEqual(numbers(chainX, 2, 3, 4), [])
    assert.deepStrictEqual(numbers(chainX, 2, 7, 4_294_967_295), [])
    assert.deepStrictEqual(numbers(`${chainX}.3`, 4, 6), [])
  })

  it("do not stand still, go back, or begin below 2", () => {
    assert.deepStrictEqual(numbers(chainX, 2, 2), [link(2)])
    assert.deepStrictEqual(numbers(chainX, 3, 2, 4), [link(2)])
    assert.deepStrictEqual(numbers(chainX, 0), [link(1)])
    assert.deepStrictEqual(numbers(chainX, 1, 2), [link(1)])
  })

  it("are greater than the head's", () => {
    assert.deepStrictEqual(numbers(`${chainX}.3`, 2, 3, 4), [link(1), link(2)])
  })

  it("take a head whose number is unknown for 1", () => {
    assert.deepStrictEqual(numbers(`${chainY}.9`, 2, 3), [])
    assert.deepStrictEqual(numbers(`${chainY}.9`, 1), [link(1)])
  })
})

describe("I24, names of images", () => {
  const images = (ofHead: ReadonlyArray<string>, ...others: ReadonlyArray<ReadonlyArray<string>>) =>
    chain(chainX, [1], {
      head: full(chainX, { images: ofHead }),
      incrementals: others.map((images, index) => incremental(chainX, index + 2, { images }))
    })

  it("are unique within a chain, not beyond it", () => {
    assert.deepStrictEqual(inChain(images(["a.qcow2", "b.qcow2"], ["a.2.qcow2", "b.2.qcow2"])), [])
    assert.deepStrictEqual(inChain(images(["a.qcow2"], ["A.qcow2"])), [])
    const other = chain(chainY, [1], { head: full(chainY, { images: ["a.qcow2"] }) })
    assert.deepStrictEqual(found(environment(web, [images(["a.qcow2"]), other])), [])
  })

  it("meet in a copied item, and in one item", () => {
    assert.deepStrictEqual(inChain(images(["a.qcow2"], ["a.qcow2"])), [`I24 ${head}/PartialBackupItem[1]`])
    assert.deepStrictEqual(inChain(images(["a.qcow2", "a.qcow2"])), [`I24 ${head}`])
  })

  it("meet where the disks of an environment are called vol and vol.2", () => {
    const [finding] = check(environment(web, [images(["vol.qcow2", "vol.2.qcow2"], ["vol.2.qcow2", "vol.2.2.qcow2"])]))
    assert.strictEqual(finding!.rule, "I24")
    assert.strictEqual(finding!.message, `image "vol.2.qcow2" also belongs to backup ${chainX}`)
  })
})

describe("I25, formats of images", () => {
  const images = (...images: ReadonlyArray<ReadonlyArray<string>>) =>
    inChain(chain(chainX, [1], {
      head: full(chainX, { images: images[0]! }),
      incrementals: images.slice(1).map((images, index) => incremental(chainX, index + 2, { images }))
    }))

  it("do not mix in a chain", () => {
    assert.deepStrictEqual(images(["a.qcow2"], ["a.tib"]), [`I25 ${head}`])
    assert.deepStrictEqual(images(["a.tib", "b.qcow2"]), [`I25 ${head}`])
    assert.deepStrictEqual(images(["a.tib"], ["a2.tib"]), [])
    assert.deepStrictEqual(images([], ["a.tib"], ["x.raw"]), [])
    assert.deepStrictEqual(images(["a.tib.qcow2"], ["tib"]), [])
  })

  it("may differ from chain to chain", () => {
    const old = chain(chainY, [1], { head: full(chainY, { images: ["a.tib"] }) })
    assert.deepStrictEqual(found(environment(web, [old, chain(chainX, [1], { head: full(chainX, { images: ["a.qcow2"] }) })])), [])
  })
})

describe("I27, kinds", () => {
  it("are 0 to 3", () => {
    for (const vmType of [0, 1, 2, 3]) assert.deepStrictEqual(found(environment(web, [], { vmType })), [])
    for (const vmType of [4, 0xffff_ffff]) {
      const [finding] = check(environment(web, [], { vmType }))
      assert.deepStrictEqual([finding!.rule, finding!.severity, finding!.message], ["I27", "error", `VmType is ${vmType}`])
    }
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
    assert.deepStrictEqual(subjects["bad-date"], { environment: web, name: "web01", chain: chainX, backup: `${chainX}.3` })
    assert.deepStrictEqual(subjects["junk-number"], { environment: web, name: "web01", chain: chainX, backup: undefined })
    assert.deepStrictEqual(subjects["missing-required"], { environment: web, name: "web01", chain: undefined, backup: undefined })
    assert.deepStrictEqual(subjects["unknown-element"], { environment: undefined, name: undefined, chain: undefined, backup: undefined })
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
    for (const subject of [{ _tag: "Environment", uuid: web }, { _tag: "Backup", id: chainX }, { _tag: "Chain", id: chainX }] as const) {
      assert.deepStrictEqual(emptyTo(subject), [["empty-answer", "error", "BackupTree"]])
      assert.deepStrictEqual(emptyTo(subject, tree(environment(web, []))), [])
    }
  })

  it("is a warning where everything was asked for, or nobody knows what", () => {
    assert.deepStrictEqual(emptyTo({ _tag: "Everything" }), [["empty-answer", "warning", "BackupTree"]])
    const unknown = BackupListing.fromDocument({ tree: BackupTree.empty, notes: [], source, fetchedAt, complete: false })
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
    const finding = (severity: Invariants.Finding["severity"]): Invariants.Finding =>
      ({ rule: "x", severity, path: "", place: {}, subject: {}, message: "" })
    assert.isUndefined(Invariants.worst([]))
    assert.strictEqual(Invariants.worst([finding("info")]), "info")
    assert.strictEqual(Invariants.worst([finding("info"), finding("warning")]), "warning")
    assert.strictEqual(Invariants.worst([finding("warning"), finding("error"), finding("info")]), "error")
  })

  it.prop("is one for any listing: every finding names a rule, and a place that the tree has", [Arbitraries.listing], ([listing]) => {
    for (const { place, rule, subject } of Invariants.check(listing)) {
      assert.isDefined(Invariants.rule(rule))
      assert.strictEqual(subject.environment !== undefined, place.environment !== undefined)
      assert.strictEqual(subject.chain !== undefined, place.chain !== undefined)
      assert.strictEqual(subject.backup !== undefined, place.backup !== undefined)
    }
  })
})

describe("laws", () => {
  it.prop("a healthy tree has no finding, but that it is empty", [Arbitraries.healthyTree], ([tree]) => {
    const rules = Invariants.check(listing(tree)).map(({ rule }) => rule)
    assert.deepStrictEqual(rules, tree.environments.length === 0 ? ["empty-answer"] : [])
  })

  it.prop("the answer of a healthy server to any question has none, but that it is empty", [Arbitraries.healthyListing], ([listing]) => {
    const findings = Invariants.check(listing).map(({ rule, severity }) => [rule, severity])
    const everything = Option.exists(listing.request, ({ subject }) => subject._tag === "Everything")
    assert.deepStrictEqual(findings, listing.tree.environments.length > 0 ? [] : [["empty-answer", everything ? "warning" : "error"]])
  })

  for (const mutation of Arbitraries.mutations) {
    const { change, companions, rule } = mutation
    it.prop(`where ${change}, ${[rule, ...companions.map(({ rule }) => rule)].join(" and ")} breaks, and nothing else`, [Arbitraries.mutated(mutation)], ([{ after, before }]) => {
      assert.deepStrictEqual(Invariants.check(listing(before)), [])
      const findings = Invariants.check(listing(after))
      assert.deepStrictEqual(new Set(findings.map(({ rule }) => rule)), new Set([rule, ...companions.map(({ rule }) => rule)]))
      for (const { severity } of findings) assert.strictEqual(severity, "error")
    })
  }
})
