import { assert, describe, it } from "@effect/vitest"
import * as BackupCatalog from "../../../src/check/BackupCatalog.ts"
import type * as BackupTreeRequest from "../../../src/sdk/BackupTreeRequest.ts"
import * as BackupTree from "../../../src/tree/BackupTree.ts"
import { answer, breaches, brief, findingsOf, head, since, unknown } from "../../support/findings.ts"
import { chain, chainX, chainY, environment, full, listing, stranger, tree, web } from "../../support/treeLiterals.ts"

const container = "{c5d0e2a4-77b1-4b7e-8a52-1e0f3d9c6b11}"
const later = chain(chainY, [1], { head: full(chainY, { dateTime: "2024-03-09 02:00:00" }) })

describe("I34, the requested backup", () => {
  const one = tree(environment(web, [chain(chainX, [1, 3])]))
  const I34 = (subject: BackupTreeRequest.Subject, answered = one) => breaches("I34", answer(subject, answered))

  it("is in the response, in any spelling of its id", () => {
    for (const _tag of ["Backup", "Chain"] as const) {
      for (const id of [chainX, `${chainX}.1`, `${chainX}.3`, `${chainX.toUpperCase()}.03`, chainX.slice(1, -1)]) {
        assert.deepStrictEqual(I34({ _tag, id }), [], id)
      }
    }
  })

  it("is reported at its chain, if the response has that chain", () => {
    for (const _tag of ["Backup", "Chain"] as const) {
      assert.deepStrictEqual(I34({ _tag, id: `${chainX}.2` }), [head])
      assert.deepStrictEqual(I34({ _tag, id: `${stranger}.3` }), ["BackupTree"])
    }
    const [finding] = findingsOf(answer({ _tag: "Backup", id: `${chainX}.2` }, one))
    assert.deepStrictEqual(brief(finding!), [
      "I34",
      "error",
      head,
      `the response does not contain the requested backup "${chainX}.2"`
    ])
    assert.strictEqual(finding!.subject.chain, chainX)
  })

  it("is not missed by other requests, nor in an empty response, which is a finding of its own", () => {
    assert.deepStrictEqual(I34({ _tag: "Everything" }), [])
    assert.deepStrictEqual(I34({ _tag: "Environment", uuid: stranger }), [])
    assert.deepStrictEqual(breaches("I34", listing(one)), [])
    assert.deepStrictEqual(I34({ _tag: "Backup", id: chainX }, BackupTree.empty), [])
  })

  it("does not quarantine the chain that is there", () => {
    const catalog = BackupCatalog.fromListing(answer({ _tag: "Backup", id: `${chainX}.2` }, one))
    const { quarantined } = catalog
    assert.deepStrictEqual(quarantined, [])
    assert.strictEqual(catalog.entries.size, 2)
  })
})

describe("I35, the requested chain", () => {
  const two = tree(environment(web, [chain(chainX, [1, 2]), later]))
  const I35 = (subject: BackupTreeRequest.Subject, answered = two) => breaches("I35", answer(subject, answered))

  it("comes alone: what else is there has leaked in", () => {
    assert.deepStrictEqual(I35({ _tag: "Chain", id: chainX }), ["BackupTree"])
    assert.deepStrictEqual(I35({ _tag: "Chain", id: chainX }, tree(environment(web, [later]))), [])
    assert.deepStrictEqual(
      I35({ _tag: "Chain", id: chainX }, tree(environment(web, [later]), environment(container, [chain(chainX, [1])]))),
      ["BackupTree"]
    )
  })

  it("is not requested otherwise", () => {
    for (
      const subject of [{ _tag: "Backup", id: chainX }, { _tag: "Environment", uuid: web }, {
        _tag: "Everything"
      }] as const
    ) {
      assert.deepStrictEqual(I35(subject), [])
    }
    assert.deepStrictEqual(breaches("I35", listing(two)), [])
  })

  it("is a warning about the response", () => {
    assert.deepStrictEqual(findingsOf(answer({ _tag: "Chain", id: chainX }, two)).map(brief), [
      ["I35", "warning", "BackupTree", "the response contains 2 chains, but only one was requested"]
    ])
  })
})

describe("an empty response", () => {
  const emptyTo = (subject: BackupTreeRequest.Subject, previous?: BackupTree.BackupTree) =>
    findingsOf(answer(subject, BackupTree.empty), since(previous)).map(brief)
  const subjects = [
    { _tag: "Environment", uuid: web },
    { _tag: "Backup", id: chainX },
    { _tag: "Chain", id: chainX }
  ] as const

  it("is an error if an id or a uuid was requested", () => {
    for (const subject of subjects) {
      assert.deepStrictEqual(emptyTo(subject), [
        ["empty-answer", "error", "BackupTree", "no readable backup matches the request"]
      ])
      assert.deepStrictEqual(
        breaches("empty-answer", answer(subject, tree(environment(web, [chain(chainX, [1])])))),
        []
      )
    }
  })

  it("is a warning if everything was requested, or the request is unknown", () => {
    const warning = [["empty-answer", "warning", "BackupTree", "the response contains no backups"] as const]
    assert.deepStrictEqual(emptyTo({ _tag: "Everything" }), warning)
    assert.deepStrictEqual(findingsOf(unknown()).map(brief), warning)
    assert.deepStrictEqual(emptyTo({ _tag: "Everything" }, BackupTree.empty), warning)
  })

  it("is an error if an earlier response was not empty", () => {
    const one = tree(environment(web, [chain(chainX, [1])]))
    const two = tree(...one.environments, environment(container, [later], { vmType: 2 }))
    assert.deepStrictEqual(emptyTo({ _tag: "Everything" }, one), [
      [
        "empty-answer",
        "error",
        "BackupTree",
        "the response contains no backups; an earlier listing contained an environment"
      ]
    ])
    assert.deepStrictEqual(findingsOf(unknown(), since(two)).map(brief), [
      [
        "empty-answer",
        "error",
        "BackupTree",
        "the response contains no backups; an earlier listing contained 2 environments"
      ]
    ])
  })

  it("is compared with the current request only", () => {
    const containers = tree(environment(container, [later], { vmType: 2 }))
    const everyVm = answer({ _tag: "Everything" }, BackupTree.empty, "vm")
    assert.deepStrictEqual(findingsOf(everyVm, since(containers)).map(({ severity }) => severity), [
      "warning"
    ])
  })
})

describe("lost environments", () => {
  const mine = environment(web, [chain(chainX, [1])])
  const other = environment(container, [later], { name: "ct\n1", vmType: 2 })
  const lost = (self: Parameters<typeof findingsOf>[0], previous: BackupTree.BackupTree | undefined) =>
    findingsOf(self, since(previous)).map(brief)
  const gone = [
    [
      "lost-environments",
      "error",
      "BackupTree",
      `environment ${container} ("ct\\n1") was listed earlier and is now missing`
    ] as const
  ]

  it("are those of an earlier response that a complete one lacks", () => {
    assert.deepStrictEqual(lost(listing(tree(mine)), tree(mine, other)), gone)
    assert.deepStrictEqual(lost(answer({ _tag: "Everything" }, tree(mine)), tree(other, mine, other)), gone)
    assert.deepStrictEqual(lost(listing(tree(mine, other)), tree(mine)), [])
    assert.deepStrictEqual(lost(listing(tree(mine)), undefined), [])
  })

  it("are named by uuid, in any spelling, not by name or chains", () => {
    const renamed = { ...mine, uuid: web.toUpperCase(), name: "other", chains: [later] }
    assert.deepStrictEqual(lost(listing(tree(renamed)), tree(mine)), [])
  })

  it("are subjects although the tree has no place for them", () => {
    const [finding] = findingsOf(listing(tree(mine)), since(tree(mine, other)))
    assert.deepStrictEqual(finding!.subject, { environment: container, name: "ct\n1" })
    assert.deepStrictEqual(finding!.place, {})
  })

  it("are searched for among the requested ones only", () => {
    const previous = tree(mine, other)
    assert.deepStrictEqual(lost(answer({ _tag: "Everything" }, tree(mine), "vm"), previous), [])
    assert.deepStrictEqual(lost(answer({ _tag: "Everything" }, tree(other), "ct"), previous), [])
    assert.deepStrictEqual(lost(answer({ _tag: "Environment", uuid: web }, tree(mine)), previous), [])
    assert.deepStrictEqual(lost(answer({ _tag: "Environment", uuid: container }, tree(mine)), previous), gone)
  })

  it("show in complete answers only, and an empty one is a finding of its own", () => {
    const previous = tree(mine, other)
    assert.deepStrictEqual(lost(unknown(mine), previous), [])
    assert.deepStrictEqual(lost(answer({ _tag: "Backup", id: chainX }, tree(mine)), previous), [])
    assert.deepStrictEqual(lost(listing(BackupTree.empty), previous).map(([rule]) => rule), ["empty-answer"])
  })

  it("quarantine no chain", () => {
    assert.deepStrictEqual(BackupCatalog.fromListing(listing(tree(mine))).quarantined, [])
  })
})
