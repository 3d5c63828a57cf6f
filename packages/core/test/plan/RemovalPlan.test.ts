import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type * as BackupCatalog from "../../src/check/BackupCatalog.ts"
import * as RemovalPlan from "../../src/plan/RemovalPlan.ts"
import * as BackupTreeRequest from "../../src/sdk/BackupTreeRequest.ts"
import * as ReturnCode from "../../src/sdk/ReturnCode.ts"
import type * as BackupStore from "../../src/server/BackupStore.ts"
import * as ServerModel from "../../src/server/ServerModel.ts"
import * as PrintableText from "../../src/text/PrintableText.ts"
import * as BackupTree from "../../src/tree/BackupTree.ts"
import { catalog, failureOf, listedTree, oddCatalog, storeCatalog } from "../support/plans.ts"
import { chain, chainX, chainY, environment, full, incremental, stranger, web } from "../support/treeLiterals.ts"

const mail = "{c5d0e2a4-77b1-4b7e-8a52-1e0f3d9c6b11}"
const chainC = "{5e2b9f60-1c84-4c3a-b0f7-92d8e4a1c303}"

const day = (number: number): string => `2024-03-0${number} 02:00:00`
const link = (uuid: string, number: number, date: number) =>
  incremental(uuid, number, { dateTime: day(date), size: 10n })

/** X: 1 to 4 on days 1 to 4. Y: a promoted head, a gap, on days 5 to 7. A container with a single backup. */
const x = chain(chainX, [1], {
  head: full(chainX, { dateTime: day(1), size: 1000n, flags: 2049, originalSize: 4n }),
  incrementals: [link(chainX, 2, 2), link(chainX, 3, 3), link(chainX, 4, 4)]
})
const y = chain(chainY, [3], {
  head: full(`${chainY}.3`, { dateTime: day(5) }),
  incrementals: [link(chainY, 4, 6), link(chainY, 6, 7)]
})
const c = chain(chainC, [1])
const ct = environment(mail, [c], { name: "mail", vmType: 2 })
const all = catalog(environment(web, [x, y]), ct)

const preview = (id: string, keepChain = false, from: BackupCatalog.BackupCatalog = all) =>
  Result.getOrThrow(RemovalPlan.preview(from, { id, keepChain }))

const refusal = (id: string, keepChain = false, from: BackupCatalog.BackupCatalog = all) =>
  failureOf(RemovalPlan.preview(from, { id, keepChain }))

const gone = (plan: RemovalPlan.RemovalPlan) => plan.removed.map(({ id }) => id)
const left = (plan: RemovalPlan.RemovalPlan) =>
  plan.remaining.environments.map(({ chains, uuid }) => [
    uuid,
    ...chains.map((chain) => [chain.uuid, ...BackupTree.backups(chain).map((each) => BackupTree.number(chain, each))])
  ])
const codes = (plan: RemovalPlan.RemovalPlan) => plan.warnings.map(({ code }) => code)

const X = [chainX, 1, 2, 3, 4]
const Y = [chainY, 3, 4, 6]
const C = [mail, [chainC, 1]]

describe("preview without keep-chain", () => {
  it("of an incremental: it and all later ones go, and the next backup is full", () => {
    const plan = preview(`${chainX}.3`, false, catalog(environment(web, [x]), ct))
    assert.deepStrictEqual(gone(plan), [`${chainX}.3`, `${chainX}.4`])
    assert.deepStrictEqual(left(plan), [[web, [chainX, 1, 2]], C])
    assert.deepStrictEqual([plan.scope, plan.bytes, plan.resized, plan.promoted], ["backups", 20n, [], undefined])
    assert.deepStrictEqual(plan.nextBackup, {
      before: { _tag: "Incremental", chain: chainX, number: 5 },
      after: { _tag: "Full", why: "newest-lost", chain: chainX }
    })
    assert.deepStrictEqual([plan.environment, plan.chain, plan.keepChain], [
      { uuid: web, name: "web01", kind: "vm" },
      chainX,
      false
    ])
    assert.deepStrictEqual(plan.warnings, [])
  })

  it("of an incremental of an older chain: the next backup is not affected", () => {
    const { nextBackup } = preview(`${chainX}.3`)
    assert.deepStrictEqual(nextBackup.after, nextBackup.before)
    assert.deepStrictEqual(nextBackup.before, { _tag: "Incremental", chain: chainY, number: 7 })
  })

  it("of a full backup: its whole chain is removed", () => {
    const plan = preview(`${chainY}.3`)
    assert.deepStrictEqual(gone(plan), [`${chainY}.3`, `${chainY}.4`, `${chainY}.6`])
    assert.deepStrictEqual(left(plan), [[web, X], C])
    assert.strictEqual(plan.scope, "chain")
    assert.deepStrictEqual(plan.nextBackup.after, { _tag: "Incremental", chain: chainX, number: 5 })
  })

  it("of the only chain: the environment leaves the listing, though not its directory", () => {
    const plan = preview(chainX, false, catalog(environment(web, [x]), ct))
    assert.deepStrictEqual(left(plan), [C])
    assert.deepStrictEqual([plan.scope, plan.nextBackup.after], ["chain", { _tag: "Full", why: "no-chain" }])
  })

  it("of the only backup: the whole directory of the environment is removed", () => {
    for (const keepChain of [false, true]) {
      const plan = preview(chainC, keepChain)
      assert.deepStrictEqual([gone(plan), left(plan)], [[chainC], [[web, X, Y]]])
      assert.deepStrictEqual([plan.scope, plan.environment.kind, codes(plan)], ["environment", "ct-ploop", []])
    }
  })
})

describe("preview with keep-chain", () => {
  it("of a full backup: the next one replaces it, and is sorted by its own date", () => {
    const overtaken = { ...y, head: { ...y.head, dateTime: day(2) } }
    const plan = preview(chainX, true, catalog(environment(web, [{ ...x, head: { ...x.head } }, overtaken])))
    assert.deepStrictEqual(gone(plan), [chainX])
    // Both heads are of one day now; the chain whose uuid sorts last stays the newest.
    assert.deepStrictEqual(left(plan), [[web, [chainX, 2, 3, 4], Y]])
    assert.deepStrictEqual([plan.scope, plan.promoted, plan.resized], ["backups", `${chainX}.2`, [`${chainX}.2`]])

    const early = { ...y, head: { ...y.head, dateTime: "2024-03-02 01:59:59" } }
    const moved = preview(chainX, true, catalog(environment(web, [x, early])))
    assert.deepStrictEqual(left(moved), [[web, Y, [chainX, 2, 3, 4]]])
    assert.deepStrictEqual(moved.nextBackup, {
      before: { _tag: "Incremental", chain: chainY, number: 7 },
      after: { _tag: "Incremental", chain: chainX, number: 5 }
    })
  })

  it("of a full backup: the new head keeps what is its own, and takes over flags and LastNumber", () => {
    const { remaining } = preview(chainX, true)
    const { head, lastNumber } = remaining.environments[0]!.chains[0]!
    const { number: _, ...own } = link(chainX, 2, 2)
    assert.deepStrictEqual(head, { ...own, _tag: "FullBackup", type: "f", flags: 2049, originalSize: 4n })
    assert.strictEqual(lastNumber, 4)
  })

  it("of a middle one: a gap is left, and the neighbour is measured anew", () => {
    const plan = preview(`${chainX}.2`, true)
    assert.deepStrictEqual([gone(plan), left(plan)], [[`${chainX}.2`], [[web, [chainX, 1, 3, 4], Y], C]])
    assert.deepStrictEqual([plan.promoted, plan.resized, plan.scope], [undefined, [`${chainX}.3`], "backups"])
  })

  it("of the last one: nothing is merged, and the next backup of its chain is full", () => {
    const plan = preview(`${chainY}.6`, true)
    assert.deepStrictEqual([gone(plan), plan.resized, plan.promoted], [[`${chainY}.6`], [], undefined])
    assert.deepStrictEqual(plan.nextBackup.after, { _tag: "Full", why: "newest-lost", chain: chainY })
  })

  it("of the only one next to other chains: its chain is removed, and an empty directory may remain", () => {
    const plan = preview(chainC, true, catalog(environment(web, [x, c])))
    assert.deepStrictEqual([gone(plan), left(plan)], [[chainC], [[web, X]]])
    assert.deepStrictEqual([plan.scope, codes(plan)], ["chain", ["empty-chain"]])
    assert.match(
      plan.warnings[0]!.message,
      /Remove the backup without keep-chain instead: this removes the same backup and/
    )
    assert.deepStrictEqual(codes(preview(chainC, false, catalog(environment(web, [x, c])))), [])
  })

  it("is refused for a chain of a version below 4, in the words of the server", () => {
    const old = (version: number) => catalog(environment(web, [x], { version }))
    for (const version of [0, 3]) {
      const error = refusal(`${chainX}.2`, true, old(version))
      assert.strictEqual(error._tag === "UnsupportedKeepChain" && error.version, 3)
      assert.include(error.message, "PRL_ERR_BACKUP_UNSUPPORTED_KEEP_CHAIN (0x80037044)")
    }
    assert.deepStrictEqual(gone(preview(`${chainX}.2`, true, old(4))), [`${chainX}.2`])
    const tib = chain(chainX, [1, 2], { head: full(chainX, { images: ["a.tib"] }) })
    assert.strictEqual(refusal(chainX, true, catalog(environment(web, [tib])))._tag, "UnsupportedKeepChain")
    assert.strictEqual(preview(chainX, false, catalog(environment(web, [tib]))).scope, "chain")
  })

  it("warns of a missing number after the removed one: a hidden backup cannot be merged", () => {
    assert.deepStrictEqual(codes(preview(`${chainY}.4`, true)), ["gap"])
    assert.deepStrictEqual(codes(preview(`${chainY}.3`, true)), [])
    assert.deepStrictEqual(codes(preview(`${chainY}.4`)), [])
    const lost = catalog(environment(web, [{ ...x, lastNumber: 6 }]))
    assert.deepStrictEqual(codes(preview(`${chainX}.4`, true, lost)), ["gap"])
    assert.include(preview(`${chainX}.4`, true, lost).warnings[0]!.message, "Numbers 5 to 6 of the chain are not")
    assert.deepStrictEqual(codes(preview(`${chainX}.4`, true)), [])
  })

  it("warns of several images, which are merged one after the other", () => {
    const images = ["a.2.qcow2", "b.2.qcow2"]
    const disks = chain(chainX, [1], { incrementals: [incremental(chainX, 2, { images }), incremental(chainX, 3)] })
    const from = catalog(environment(web, [disks]))
    assert.deepStrictEqual(codes(preview(chainX, true, from)), ["multi-disk-merge"])
    assert.deepStrictEqual(codes(preview(`${chainX}.2`, true, from)), [])
    assert.deepStrictEqual(codes(preview(chainX, false, from)), [])
  })
})

describe("an id that is not in the listing", () => {
  it("is stale: without keep-chain a server would destroy the whole chain", () => {
    for (const id of [`${chainX}.99`, `${chainX}.5`]) {
      const error = refusal(id)
      if (error._tag !== "StaleId") return assert.fail(error._tag)
      assert.deepStrictEqual(error.outcome, {
        code: 0,
        removed: [chainX, `${chainX}.2`, `${chainX}.3`, `${chainX}.4`],
        scope: "chain"
      })
      assert.include(
        error.message,
        "Do not send this id to a server: it would remove the whole chain instead of refusing the id"
      )
      assert.include(error.message, `${chainX}.4`)
    }
    // The head was merged away.
    const merged = refusal(chainY)
    assert.deepStrictEqual(merged._tag === "StaleId" && merged.outcome?.removed, [
      `${chainY}.3`,
      `${chainY}.4`,
      `${chainY}.6`
    ])
  })

  it("is stale: if there is only one backup, the whole directory of the environment", () => {
    const error = refusal(`${chainC}.2`)
    assert.deepStrictEqual(error._tag === "StaleId" && error.outcome, {
      code: 0,
      removed: [chainC],
      scope: "environment"
    })
    assert.include(error.message, "the whole directory of this VM or container")
  })

  it("is stale: with keep-chain a server refuses it", () => {
    const error = refusal(`${chainX}.99`, true)
    assert.strictEqual(
      error._tag === "StaleId" && error.outcome?.code,
      ReturnCode.codes.PRL_ERR_BACKUP_BACKUP_NOT_FOUND
    )
    assert.include(error.message, "A server would return PRL_ERR_BACKUP_BACKUP_NOT_FOUND (0x80037011)")
  })

  it("is stale in another spelling, which a server does not know at all", () => {
    const error = refusal(`${chainX.toUpperCase()}.99`)
    assert.strictEqual(
      error._tag === "StaleId" && error.outcome?.code,
      ReturnCode.codes.PRL_ERR_BACKUP_BACKUP_UUID_NOT_FOUND
    )
  })

  it("is malformed: the text after the dot does not protect the chain", () => {
    for (const suffix of [".abc", ".0", ".", ".2.3", ".-2"]) {
      const error = refusal(chainX + suffix)
      assert.deepStrictEqual(error._tag === "MalformedId" && [error.outcome?.scope, error.outcome?.removed.length], [
        "chain",
        4
      ])
      assert.include(error.message, "it would remove the whole chain instead of refusing the id")
    }
  })

  it("is malformed or unknown: a server finds nothing", () => {
    const rows = [
      ...["", "web01", ".2", chainX.slice(0, -1)].map((id) => [id, "MalformedId"] as const),
      ...[stranger, `${stranger}.2`, web].map((id) => [id, "UnknownId"] as const)
    ]
    for (const [id, tag] of rows) {
      const error = refusal(id)
      assert.strictEqual(error._tag, tag, id)
      assert.include(error.message, "A server would return PRL_ERR_BACKUP_BACKUP_UUID_NOT_FOUND (0x80037004)")
    }
  })

  it("shows a few of many ids", () => {
    const long = chain(chainX, Array.from({ length: 30 }, (_, index) => index + 1))
    const { message } = refusal(`${chainX}.99`, false, catalog(environment(web, [long])))
    assert.include(message, `${chainX}.5 and 25 more.`)
    assert.isBelow(message.length, 1200)
  })

  it("is of a broken chain: nothing is planned, and no other backup is offered instead", () => {
    const broken = { ...x, incrementals: [incremental(chainX, 2, { id: `${chainX}.20` })] }
    const half = catalog(environment(web, [broken, y]))
    for (const id of [chainX, `${chainX}.2`, `${chainX}.20`, `${chainX}.99`]) {
      const error = refusal(id, false, half)
      assert.strictEqual(error._tag === "ChainQuarantined" && error.instead, undefined)
      assert.include(error.message, "I05 at VmItem[1]/BackupItem[1]/PartialBackupItem[1]")
    }
    const plan = preview(`${chainY}.6`, false, half)
    assert.deepStrictEqual(left(plan), [[web, [chainX, 1, 2], [chainY, 3, 4]]])
  })

  it("counts broken chains if the directory of the environment would be removed", () => {
    const broken = chain(chainX, [1], { head: full("no id") })
    assert.strictEqual(preview(chainC, false, catalog(environment(web, [broken, c]))).scope, "chain")
  })
})

describe("a listing that may not be whole or fresh", () => {
  const sound = environment(web, [x])

  it("is refused if it is the response for one backup id", () => {
    assert.strictEqual(refusal(chainX, true, oddCatalog({ completeness: "partial" }, sound))._tag, "IncompleteListing")
    assert.strictEqual(refusal("junk", false, oddCatalog({ completeness: "partial" }, sound))._tag, "IncompleteListing")
  })

  it("is planned on with a warning", () => {
    const from = oddCatalog({ completeness: "unknown", source: { _tag: "File", path: "a.xml" } }, sound)
    assert.deepStrictEqual(codes(preview(chainX, false, from)), ["unknown-completeness", "from-file"])
  })

  it("has no command line if it is for a named directory", () => {
    const request = { ...BackupTreeRequest.everything, directory: Option.some("/mnt/old") }
    const plan = preview(chainX, false, oddCatalog({ request: Option.some(request) }, sound))
    assert.deepStrictEqual([plan.directory, codes(plan)], ["/mnt/old", ["other-directory"]])
    assert.isTrue(Option.isNone(RemovalPlan.commandLine(plan)))
  })
})

describe("commandLine", () => {
  it("names the backup as the listing does, for any spelling of the input", () => {
    assert.deepStrictEqual(
      RemovalPlan.commandLine(preview(`${chainX.slice(1, -1).toUpperCase()}.03`)),
      Option.some(`prlctl backup-delete -t '${chainX}.3'`)
    )
    assert.deepStrictEqual(
      RemovalPlan.commandLine(preview(chainX, true)),
      Option.some(`prlctl backup-delete -t '${chainX}' --keep-chain`)
    )
  })
})

describe("laws", () => {
  /** A tree without the sizes that are unknown before the merge. */
  const withoutSizes = (tree: BackupTree.BackupTree, ids: ReadonlyArray<string>): BackupTree.BackupTree => ({
    ...tree,
    environments: tree.environments.map((environment) => ({
      ...environment,
      chains: environment.chains.map((chain) => ({
        ...chain,
        head: ids.includes(chain.head.id) ? { ...chain.head, size: 0n } : chain.head,
        incrementals: chain.incrementals.map((link) => ids.includes(link.id) ? { ...link, size: 0n } : link)
      }))
    }))
  })

  const assertLeft = (plan: RemovalPlan.RemovalPlan, after: BackupStore.BackupStore): void =>
    assert.deepStrictEqual(withoutSizes(plan.remaining, plan.resized), withoutSizes(listedTree(after), plan.resized))

  it.prop(
    "a server lists after a removal what the preview predicts, for every backup that a healthy store lists",
    [Arbitraries.listedRemoval],
    ([{ removal, store }]) => {
      const planned = RemovalPlan.preview(storeCatalog(store), removal)
      const done = ServerModel.remove(store, removal)
      if (Result.isFailure(planned)) {
        assert.strictEqual(planned.failure._tag, "UnsupportedKeepChain")
        return assert.deepStrictEqual(done, Result.fail(ReturnCode.codes.PRL_ERR_BACKUP_UNSUPPORTED_KEEP_CHAIN))
      }
      const after = Result.getOrThrow(done)
      assertLeft(planned.success, after)
      assert.strictEqual(
        planned.success.scope === "environment",
        after.environments.length < store.environments.length
      )
    }
  )

  it.prop(
    "also in a store in any state, unless the server fails and the preview warned of it",
    [Arbitraries.anyListedRemoval],
    ([{ removal, store }]) => {
      const planned = RemovalPlan.preview(storeCatalog(store), removal)
      const done = ServerModel.remove(store, removal)
      if (Result.isFailure(planned)) return assert.isTrue(Result.isFailure(done))
      if (Result.isSuccess(done)) return assertLeft(planned.success, done.success)
      assert.strictEqual(done.failure, ReturnCode.codes.PRL_ERR_PARSE_VM_CONFIG)
      const chain = listedTree(store).environments.flatMap(({ chains }) => chains)
        .find(({ uuid }) => uuid === planned.success.chain)!
      // A chain without LastNumber does not remember that there was something behind its last backup.
      const forgets = chain.lastNumber === 0 && BackupTree.backups(chain).at(-1)!.id === removal.id
      assert.isTrue(forgets || codes(planned.success).includes("gap"))
    }
  )

  it.prop(
    "what vanishes and what stays is the listing, each backup once",
    [Arbitraries.listedRemoval],
    ([{ removal, store }]) => {
      const planned = RemovalPlan.preview(storeCatalog(store), removal)
      if (Result.isFailure(planned)) return
      const { bytes, promoted, remaining, removed, resized } = planned.success
      const stays = remaining.environments.flatMap(({ chains }) => chains.flatMap(BackupTree.backups))
      const listed = listedTree(store).environments.flatMap(({ chains }) => chains.flatMap(BackupTree.backups))
      assert.deepStrictEqual(
        [...removed, ...stays].map(({ id }) => id).toSorted(),
        listed.map(({ id }) => id).toSorted()
      )
      assert.include(gone(planned.success), removal.id)
      assert.strictEqual(bytes, removed.reduce((sum, { backup }) => sum + backup.size, 0n))
      assert.isAtMost(resized.length, removal.keepChain ? 1 : 0)
      const ids = new Set(stays.map(({ id }) => id))
      assert.isTrue([...resized, ...promoted === undefined ? [] : [promoted]].every((id) => ids.has(id)))
    }
  )

  it.prop(
    "an id that is not listed is refused, with what a server does to this very store",
    [Arbitraries.unlistedRemoval],
    ([{ removal, store }]) => {
      const error = failureOf(RemovalPlan.preview(storeCatalog(store), removal))
      if (error._tag !== "StaleId" && error._tag !== "UnknownId" && error._tag !== "MalformedId") {
        return assert.fail(error._tag)
      }
      const done = ServerModel.remove(store, removal)
      const idsOf = (where: BackupStore.BackupStore) =>
        listedTree(where).environments.flatMap(({ chains }) => chains.flatMap(BackupTree.backups)).map(({ id }) => id)
      if (Result.isFailure(done)) {
        return assert.deepStrictEqual(error.outcome, { code: done.failure, removed: [], scope: "nothing" })
      }
      const kept = new Set(idsOf(done.success))
      assert.deepStrictEqual(
        error.outcome?.removed.toSorted(),
        idsOf(store).filter((id) => !kept.has(id)).toSorted()
      )
      assert.isAbove(error.outcome!.removed.length, 0)
      assert.strictEqual(
        error.outcome!.scope,
        done.success.environments.length < store.environments.length ? "environment" : "chain"
      )
    }
  )

  it.prop(
    "without its newest backup, a chain that remembers it gets a full one next",
    [Arbitraries.listedRemoval],
    ([{ removal, store }]) => {
      const planned = RemovalPlan.preview(storeCatalog(store), removal)
      if (Result.isFailure(planned)) return
      const { nextBackup: { after, before }, removed, scope } = planned.success
      if (scope !== "backups" || before._tag !== "Incremental" || before.chain !== planned.success.chain) return
      const lostNewest = removed.some(({ number }) => number === before.number - 1)
      const { lastNumber } = listedTree(store).environments.flatMap(({ chains }) => chains).find(({ uuid }) =>
        uuid === before.chain
      )!
      if (lostNewest && lastNumber !== 0) assert.strictEqual(after._tag, "Full")
      else if ("chain" in after && after.chain === before.chain && !lostNewest) assert.deepStrictEqual(after, before)
    }
  )

  it.prop(
    "every plan of every listing has a result, and every message is printable",
    [Arbitraries.listing, Arbitraries.text, Arbitraries.malformedId],
    ([listing, text, malformed]) => {
      const from = oddCatalog(listing)
      const backups = listing.tree.environments.flatMap(({ chains }) => chains.flatMap(BackupTree.backups))
      for (const id of [text, malformed, ...backups.flatMap(({ id }) => [id, `${id}.9`])]) {
        for (const keepChain of [false, true]) {
          const messages = Result.match(RemovalPlan.preview(from, { id, keepChain }), {
            onFailure: ({ message }) => [message],
            onSuccess: ({ warnings }) => warnings.map(({ message }) => message)
          })
          for (const message of messages) assert.strictEqual(PrintableText.escape(message), message)
        }
      }
    }
  )
})
