import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as BackupCatalog from "../../src/check/BackupCatalog.ts"
import type { BackupListing } from "../../src/listing/BackupListing.ts"
import * as RemovalPlan from "../../src/plan/RemovalPlan.ts"
import * as RestorePlan from "../../src/plan/RestorePlan.ts"
import * as BackupTreeRequest from "../../src/sdk/BackupTreeRequest.ts"
import * as NextBackup from "../../src/server/NextBackup.ts"
import * as PrintableText from "../../src/text/PrintableText.ts"
import * as BackupDate from "../../src/tree/BackupDate.ts"
import * as BackupTree from "../../src/tree/BackupTree.ts"
import { catalog, failureOf, oddCatalog, storeCatalog } from "../support/plans.ts"
import { chain, chainX, chainY, environment, full, incremental, stranger, web } from "../support/treeLiterals.ts"

const mail = "{c5d0e2a4-77b1-4b7e-8a52-1e0f3d9c6b11}"
const disk = (name: string, size: bigint): BackupTree.BackupDisk => ({
  name,
  originalPath: name,
  size,
  encryption: { keyId: "", kept: [] },
  kept: []
})

const day = (number: number): string => `2024-03-0${number} 02:00:00`
const at = (text: string): DateTime.Utc => DateTime.makeUnsafe(text)

/** X: full on day 1, links on days 2 and 3. Y: a head promoted from number 3 on day 5, a link on day 7. */
const x = chain(chainX, [1], {
  head: full(chainX, { dateTime: day(1), size: 1000n, images: ["a.qcow2", "b.qcow2"] }),
  incrementals: [
    incremental(chainX, 2, { dateTime: day(2), size: 20n, images: ["a.2.qcow2", "b.2.qcow2"] }),
    incremental(chainX, 3, {
      dateTime: day(3),
      size: 3n,
      images: ["a.3.qcow2", "b.3.qcow2"],
      disks: { list: [disk("a.3.qcow2", 2n ** 30n), disk("b.3.qcow2", 2n ** 31n)], kept: [] }
    })
  ]
})
const y = chain(chainY, [3], {
  head: full(`${chainY}.3`, { dateTime: day(5), disks: undefined }),
  incrementals: [incremental(chainY, 4, { dateTime: day(7) })]
})
const both = catalog(environment(web, [x, y]))

const ids = (plan: RestorePlan.RestorePlan): ReadonlyArray<string> => plan.items.map(({ id }) => id)
const codes = (plan: RestorePlan.RestorePlan): ReadonlyArray<string> => plan.warnings.map(({ code }) => code)
const plan = (from: BackupCatalog.BackupCatalog, id: string) => Result.getOrThrow(RestorePlan.forBackup(from, id))
const planAt = (from: BackupCatalog.BackupCatalog, time: string) =>
  Result.getOrThrow(RestorePlan.forEnvironment(from, "web01", { at: at(time) }))
const planDefault = (from: BackupCatalog.BackupCatalog, text = "web01") =>
  Result.getOrThrow(RestorePlan.forEnvironment(from, text))

describe("forBackup", () => {
  it("reads every backup up to the one wanted, the full one first", () => {
    const wanted = plan(both, `${chainX}.3`)
    assert.deepStrictEqual(ids(wanted), [chainX, `${chainX}.2`, `${chainX}.3`])
    assert.deepStrictEqual(wanted.items.map(({ backup, number }) => [number, backup.images]), [
      [1, ["a.qcow2", "b.qcow2"]],
      [2, ["a.2.qcow2", "b.2.qcow2"]],
      [3, ["a.3.qcow2", "b.3.qcow2"]]
    ])
    assert.strictEqual(wanted.bytes, 1023n)
    assert.strictEqual(wanted.virtualSize, 3n * 2n ** 30n)
    assert.strictEqual(wanted.configuration, "3")
    assert.deepStrictEqual([wanted.id, wanted.chain], [`${chainX}.3`, chainX])
    assert.deepStrictEqual(wanted.environment, { uuid: web, name: "web01", kind: "vm" })
    assert.deepStrictEqual([wanted.readings, wanted.at, wanted.directory, wanted.warnings], [
      undefined,
      undefined,
      undefined,
      []
    ])
  })

  it("stops at the one wanted", () => {
    assert.deepStrictEqual(ids(plan(both, chainX)), [chainX])
    assert.deepStrictEqual(ids(plan(both, `${chainX}.2`)), [chainX, `${chainX}.2`])
    assert.strictEqual(plan(both, chainX).configuration, "base")
  })

  it("begins with a promoted head, and has no virtual size without a list of disks", () => {
    const promoted = plan(both, `${chainY}.3`)
    assert.deepStrictEqual([ids(promoted), promoted.configuration], [[`${chainY}.3`], "3"])
    assert.strictEqual(promoted.virtualSize, undefined)
    assert.strictEqual(plan(both, `${chainY}.4`).virtualSize, 0n)
  })

  it("accepts any spelling of an id, and keeps that of the listing", () => {
    for (const spelling of [`${chainX.toUpperCase()}.2`, `${chainX.slice(1, -1)}.02`, `${chainX}.+2`]) {
      assert.strictEqual(plan(both, spelling).id, `${chainX}.2`)
    }
    assert.strictEqual(plan(both, `${chainX}.1`).id, chainX)
  })

  it("warns of missing numbers in between, not of those before a promoted head or after the requested backup", () => {
    const gappy = catalog(environment(web, [chain(chainX, [3, 4, 7, 9, 4_000_000_000])]))
    assert.deepStrictEqual(codes(plan(gappy, `${chainX}.4`)), [])
    assert.deepStrictEqual(plan(gappy, `${chainX}.4000000000`).warnings, [{
      code: "gap",
      message: "Numbers 5 to 6, 8, 10 to 3999999999 of the chain are not in the listing: either merged away, which is"
        + " fine, or hidden by damaged metadata. If hidden, the restore also needs images that are not in this plan."
    }])
  })

  it("writes the command line, the id quoted", () => {
    assert.deepStrictEqual(
      RestorePlan.commandLine(plan(both, `${chainX}.2`)),
      Option.some(`prlctl restore -t '${chainX}.2'`)
    )
  })
})

describe("a listing that may not be whole", () => {
  const sound = environment(web, [x])

  it("is refused if it is the response for one backup id", () => {
    const partial = oddCatalog({ completeness: "partial" }, sound)
    const errors = [
      failureOf(RestorePlan.forBackup(partial, chainX)),
      failureOf(RestorePlan.forBackup(partial, "junk")),
      failureOf(RestorePlan.forEnvironment(partial, "web01"))
    ]
    for (const error of errors) {
      assert.strictEqual(error._tag, "IncompleteListing")
      assert.include(error.message, "List everything")
    }
  })

  it("is planned on with a warning if its state is unknown", () => {
    const unknown = oddCatalog({ completeness: "unknown" }, sound)
    assert.deepStrictEqual(codes(plan(unknown, chainX)), ["unknown-completeness"])
    assert.deepStrictEqual(codes(planDefault(unknown)), ["unknown-completeness"])
  })

  it("has no command line if it is for a named directory", () => {
    const request = { ...BackupTreeRequest.everything, directory: Option.some("/mnt/old\u001b") }
    const elsewhere = plan(oddCatalog({ request: Option.some(request) }, sound), chainX)
    assert.deepStrictEqual([elsewhere.directory, codes(elsewhere)], ["/mnt/old\u001b", ["other-directory"]])
    assert.isTrue(Option.isNone(RestorePlan.commandLine(elsewhere)))
    assert.include(elsewhere.warnings[0]!.message, "/mnt/old\\e")
  })
})

describe("an id that names nothing sound", () => {
  it("is malformed", () => {
    for (const text of ["", "web01", `${chainX}.abc`, `${chainX}.0`, `${chainX}.`, ".2", "\u202e"]) {
      const error = failureOf(RestorePlan.forBackup(both, text))
      assert.strictEqual(error._tag, "MalformedId", text)
      assert.notInclude(error.message, "server")
    }
  })

  it("is of no chain of the listing", () => {
    const error = failureOf(RestorePlan.forBackup(both, `${stranger}.2`))
    assert.strictEqual(error._tag, "UnknownId")
    assert.include(error.message, `The listing of literal has no chain with backup "${stranger}.2".`)
  })

  it("is stale, and the chain's own ids are shown", () => {
    for (const id of [`${chainX}.4`, chainY, `${chainY}.1`, `${chainY.toUpperCase()}.5`]) {
      assert.strictEqual(failureOf(RestorePlan.forBackup(both, id))._tag, "StaleId", id)
    }
    const error = failureOf(RestorePlan.forBackup(both, chainY))
    assert.strictEqual(
      error.message,
      `Chain ${chainY} of "web01" (${web}) has no backup "${chainY}": it was removed or merged into the next one, or`
        + ` never existed. Use an id of this chain: ${chainY}.3, ${chainY}.4.`
    )
  })

  it("is of a broken chain, and the findings are named", () => {
    const broken = chain(chainX, [1], { incrementals: [incremental(chainX, 2, { id: `${chainX}.30` })] })
    const half = catalog(environment(web, [broken, y]))
    for (const id of [chainX, `${chainX}.2`, `${chainX}.30`, `${chainX}.99`]) {
      const error = failureOf(RestorePlan.forBackup(half, id))
      if (error._tag !== "ChainQuarantined") return assert.fail(error._tag)
      assert.deepStrictEqual(error.findings.map(({ path, rule }) => [rule, path]), [
        ["I05", "VmItem[1]/BackupItem[1]/PartialBackupItem[1]"]
      ])
      assert.strictEqual(error.instead, `${chainY}.4`)
      assert.include(error.message, `The best backup that can be restored is ${chainY}.4. Select it by its id.`)
    }
    assert.deepStrictEqual(ids(plan(half, `${chainY}.3`)), [`${chainY}.3`])
  })

  it("is an id that a broken chain claims, sound or not", () => {
    const thief = chain(chainX, [1], { incrementals: [incremental(chainX, 2, { id: `${chainY}.9` })] })
    assert.strictEqual(
      failureOf(RestorePlan.forBackup(catalog(environment(web, [thief, y])), `${chainY}.9`))._tag,
      "ChainQuarantined"
    )
    const nameless = chain(chainX, [1], { head: full("no id") })
    assert.strictEqual(
      failureOf(RestorePlan.forBackup(catalog(environment(web, [nameless])), "no id"))._tag,
      "ChainQuarantined"
    )
  })
})

describe("the readings and ids of forBackup", () => {
  it("has no readings that could differ", () => {
    assert.isFalse(RestorePlan.readingsDiffer(Result.getOrThrow(RestorePlan.forBackup(both, `${chainX}.1`))))
  })

  it("knows whether an unknown id can be of a kind that was not listed", () => {
    const coversBothKinds = (request: BackupListing["request"]) => {
      const error = Result.getOrThrow(
        Result.flip(RestorePlan.forBackup(BackupCatalog.fromListing({ ...both.listing, request }), stranger))
      )
      return error._tag === "UnknownId" ? error.coversBothKinds : error._tag
    }
    assert.isTrue(coversBothKinds(Option.some(BackupTreeRequest.everything)))
    assert.isFalse(coversBothKinds(Option.some({ ...BackupTreeRequest.everything, kinds: "vm" })))
    assert.isFalse(coversBothKinds(Option.none()))
  })
})

describe("forEnvironment without a time", () => {
  it("selects the last backup of the chain with the newest head, as the product does", () => {
    const byDefault = planDefault(both)
    assert.strictEqual(byDefault.id, `${chainY}.4`)
    assert.deepStrictEqual(byDefault.readings, { product: `${chainY}.4`, person: `${chainY}.4` })
    assert.deepStrictEqual([byDefault.at, byDefault.warnings], [undefined, []])
    assert.isFalse(RestorePlan.readingsDiffer(byDefault))
  })

  it("warns if that is not the newest backup", () => {
    const extended = {
      ...x,
      incrementals: [...x.incrementals.slice(0, 1), incremental(chainX, 3, { dateTime: day(9) })]
    }
    const byDefault = planDefault(catalog(environment(web, [extended, y])))
    assert.strictEqual(byDefault.id, `${chainY}.4`)
    assert.deepStrictEqual(byDefault.readings, { product: `${chainY}.4`, person: `${chainX}.3` })
    assert.isTrue(RestorePlan.readingsDiffer(byDefault))
    assert.deepStrictEqual(codes(byDefault), ["readings-differ"])
    assert.include(
      byDefault.warnings[0]!.message,
      `The newest backup is ${chainX}.3, but a restore without an id uses`
    )
  })

  it("ranks an undated head oldest, and warns of it", () => {
    const undated = chain(chainY, [1], {
      head: full(chainY, { dateTime: "" }),
      incrementals: [incremental(chainY, 2, { dateTime: day(9) })]
    })
    const byDefault = planDefault(catalog(environment(web, [undated, x])))
    assert.deepStrictEqual(byDefault.readings, { product: `${chainX}.3`, person: `${chainY}.2` })
    assert.deepStrictEqual(codes(byDefault), ["readings-differ", "undated"])
  })

  it("selects an undated chain if there is no other, and the later uuid of equals", () => {
    const undated = (uuid: string) =>
      chain(uuid, [1], {
        head: full(uuid, { dateTime: "" }),
        incrementals: [incremental(uuid, 2, { dateTime: "" })]
      })
    const lone = planDefault(catalog(environment(web, [undated(chainX)])))
    assert.deepStrictEqual([lone.id, lone.readings, codes(lone)], [
      `${chainX}.2`,
      { product: `${chainX}.2`, person: undefined },
      []
    ])
    const two = planDefault(catalog(environment(web, [undated(chainY), undated(chainX)])))
    assert.deepStrictEqual([two.id, codes(two)], [`${chainY}.2`, ["undated"]])
    const sameDay = [chainY, chainX].map((uuid) => chain(uuid, [1]))
    assert.strictEqual(planDefault(catalog(environment(web, sameDay))).id, chainY)
  })

  it("does not call equals different", () => {
    const ending = (uuid: string, first: number) =>
      chain(uuid, [1], {
        head: full(uuid, { dateTime: day(first) }),
        incrementals: [incremental(uuid, 2, { dateTime: day(7) })]
      })
    for (const [newer, older] of [[chainX, chainY], [chainY, chainX]] as const) {
      const { readings } = planDefault(catalog(environment(web, [ending(older, 1), ending(newer, 2)])))
      assert.deepStrictEqual(readings, { product: `${newer}.2`, person: `${newer}.2` })
    }
  })

  it("refuses a choice that falls on a broken chain, and names what is sound", () => {
    const broken = { ...y, incrementals: [incremental(chainY, 4, { id: `${chainY}.40`, dateTime: day(7) })] }
    const error = failureOf(RestorePlan.forEnvironment(catalog(environment(web, [x, broken])), "web01"))
    if (error._tag !== "ChainQuarantined") return assert.fail(error._tag)
    assert.deepStrictEqual([error.chain, error.instead], [chainY, `${chainX}.3`])
    const alone = failureOf(RestorePlan.forEnvironment(catalog(environment(web, [broken])), "web01"))
    assert.strictEqual(alone._tag === "ChainQuarantined" && alone.instead, undefined)
    assert.include(alone.message, "Fix the chain first")
  })
})

describe("forEnvironment with a time", () => {
  it("selects by uuid and then by position among equal dates, in any order of the chains", () => {
    const dated = (uuid: string, ...days: ReadonlyArray<number>) =>
      chain(uuid, [1], {
        head: full(uuid, { dateTime: day(days[0]!) }),
        incrementals: days.slice(1).map((each, index) => incremental(uuid, 2 + index, { dateTime: day(each) }))
      })
    const idOf = (...chains: ReadonlyArray<BackupTree.BackupChain>) => {
      const plan = planAt(catalog(environment(web, chains)), "2024-03-09T00:00:00Z")
      // The product selects the chain with the newest head, whose backups are older.
      assert.strictEqual(plan.readings?.product, stranger)
      return plan.id
    }
    const newest = dated(stranger, 5)
    const [first, second] = [dated(chainX, 1, 6, 7, 7), dated(chainY, 1, 7)]
    for (const chains of [[newest, first, second], [second, first, newest], [first, newest, second]]) {
      assert.strictEqual(idOf(...chains), `${chainY}.2`)
    }
    assert.strictEqual(idOf(newest, first), `${chainX}.4`)
  })

  it("names the first listed one of the oldest backups if all are newer", () => {
    const sameDay = [chainY, chainX].map((uuid) => chain(uuid, [1], { head: full(uuid, { dateTime: day(1) }) }))
    for (const chains of [sameDay, sameDay.toReversed()]) {
      const error = failureOf(
        RestorePlan.forEnvironment(catalog(environment(web, chains)), "web01", { at: at("2024-02-01T00:00:00Z") })
      )
      assert.strictEqual(error._tag === "NoBackupAt" && error.oldest, chains[0]!.uuid)
    }
  })

  it("selects the newest backup that was not created after it, to the second", () => {
    assert.strictEqual(planAt(both, "2024-03-02T02:00:00Z").id, `${chainX}.2`)
    assert.strictEqual(planAt(both, "2024-03-02T01:59:59Z").id, chainX)
    assert.strictEqual(planAt(both, "2024-03-04T00:00:00Z").id, `${chainX}.3`)
    assert.strictEqual(planAt(both, "2024-03-06T00:00:00Z").id, `${chainY}.3`)
    assert.strictEqual(planAt(both, "2030-01-01T00:00:00Z").id, `${chainY}.4`)
    const chosen = planAt(both, "2024-03-04T00:00:00Z")
    assert.deepStrictEqual(chosen.readings, { product: `${chainX}.3`, person: `${chainX}.3` })
    assert.deepStrictEqual([chosen.at, chosen.warnings], [at("2024-03-04T00:00:00Z"), []])
    // The product, too, selects among the full backups made at or before it.
    assert.strictEqual(planAt(both, "2024-03-05T02:00:00Z").readings?.product, `${chainY}.3`)
    assert.strictEqual(planAt(both, "2024-03-05T01:59:59Z").readings?.product, `${chainX}.3`)
  })

  it("warns if the product would select by the newest head", () => {
    // The older chain was extended on day 6, after the newer one began.
    const extended = {
      ...x,
      incrementals: [...x.incrementals.slice(0, 1), incremental(chainX, 3, { dateTime: day(6) })]
    }
    const from = catalog(environment(web, [extended, y]))
    const chosen = planAt(from, "2024-03-06T12:00:00Z")
    assert.strictEqual(chosen.id, `${chainX}.3`)
    assert.deepStrictEqual(chosen.readings, { product: `${chainY}.3`, person: `${chainX}.3` })
    assert.deepStrictEqual(codes(chosen), ["readings-differ"])
    assert.include(chosen.warnings[0]!.message, `Virtuozzo would use ${chainY}.3`)
    assert.isFalse(RestorePlan.readingsDiffer(planAt(from, "2024-03-05T12:00:00Z")))
  })

  it("selects an incremental that the product would not find, because its head is too new", () => {
    const back = { ...x, head: { ...x.head, dateTime: day(8) } }
    const chosen = planAt(catalog(environment(web, [back])), "2024-03-02T12:00:00Z")
    assert.deepStrictEqual(chosen.readings, { product: undefined, person: `${chainX}.2` })
    assert.deepStrictEqual(ids(chosen), [chainX, `${chainX}.2`])
    assert.deepStrictEqual(codes(chosen), ["readings-differ"])
  })

  it("skips undated backups, and reports how many", () => {
    const half = { ...x, incrementals: [incremental(chainX, 2, { dateTime: "" }), ...x.incrementals.slice(1)] }
    const chosen = planAt(catalog(environment(web, [half])), "2024-03-02T12:00:00Z")
    assert.strictEqual(chosen.id, chainX)
    assert.deepStrictEqual(chosen.warnings, [
      { code: "undated", message: "1 backup has no date and cannot be selected by time." }
    ])
  })

  it("reads dates that only this library reads, and warns that the product does not", () => {
    const iso = {
      ...x,
      incrementals: [incremental(chainX, 2, { dateTime: "2024-03-02T02:00:00+02:00" })],
      lastNumber: 2
    }
    const chosen = planAt(catalog(environment(web, [iso])), "2024-03-02T00:00:00Z")
    assert.deepStrictEqual(chosen.readings, { product: chainX, person: `${chainX}.2` })
  })

  it("finds nothing before the first backup, and names the oldest", () => {
    const error = failureOf(RestorePlan.forEnvironment(both, "web01", { at: at("2024-02-29T00:00:00Z") }))
    if (error._tag !== "NoBackupAt") return assert.fail(error._tag)
    assert.strictEqual(error.oldest, chainX)
    assert.include(
      error.message,
      "made at or before 2024-02-29T00:00:00.000Z. Use a later time: the oldest backup is "
        + `${chainX}, made at 2024-03-01T02:00:00.000Z.`
    )
  })

  it("cannot choose among backups without a date", () => {
    const undated = chain(chainX, [1], { head: full(chainX, { dateTime: "yesterday" }) })
    const from = catalog(environment(web, [undated]))
    assert.strictEqual(
      failureOf(RestorePlan.forEnvironment(from, web, { at: at("2024-02-29T00:00:00Z") }))._tag,
      "OnlyUndated"
    )
    assert.strictEqual(planDefault(from).id, chainX)
  })

  it("refuses a choice in a broken chain, and names the best of the sound ones", () => {
    const broken = { ...y, incrementals: [incremental(chainY, 4, { id: `${chainY}.40`, dateTime: day(7) })] }
    const from = catalog(environment(web, [x, broken]))
    const error = failureOf(RestorePlan.forEnvironment(from, web, { at: at("2024-03-06T00:00:00Z") }))
    assert.strictEqual(error._tag === "ChainQuarantined" && error.instead, `${chainX}.3`)
    assert.strictEqual(planAt(from, "2024-03-04T00:00:00Z").id, `${chainX}.3`)
  })
})

describe("the environment", () => {
  const named = (uuid: string, name: string, of: string) => environment(uuid, [chain(of, [1])], { name })

  it("is found by its uuid in any spelling, or by its whole name", () => {
    for (const text of [web, web.toUpperCase(), web.slice(1, -1), "web01"]) {
      assert.strictEqual(planDefault(both, text).environment.uuid, web)
    }
    for (const text of ["WEB01", "web", "web01 ", "", `(${web.slice(1, -1)})`]) {
      assert.strictEqual(failureOf(RestorePlan.forEnvironment(both, text))._tag, "UnknownEnvironment", text)
    }
  })

  it("must be selected by uuid if two share a name", () => {
    const twins = catalog(named(web, "app", chainX), named(mail, "app", chainY))
    const error = failureOf(RestorePlan.forEnvironment(twins, "app"))
    if (error._tag !== "AmbiguousName") return assert.fail(error._tag)
    assert.deepStrictEqual(error.uuids, [web, mail])
    assert.strictEqual(error.message, `2 VMs or containers are named "app": ${web}, ${mail}. Select one by its uuid.`)
    assert.strictEqual(planDefault(twins, mail).id, chainY)
  })

  it("is broken, and not ambiguous, if two share both the name and the uuid", () => {
    const copied = catalog(named(web, "app", chainX), named(web.toUpperCase(), "app", chainY))
    for (const text of ["app", web]) {
      assert.strictEqual(failureOf(RestorePlan.forEnvironment(copied, text))._tag, "ChainQuarantined")
    }
  })

  it("cannot take another's uuid for its name", () => {
    const impostor = catalog(named(mail, web, chainY))
    assert.strictEqual(failureOf(RestorePlan.forEnvironment(impostor, web))._tag, "UnknownEnvironment")
    assert.strictEqual(planDefault(catalog(named(mail, web, chainY), named(web, "a", chainX)), web).id, chainX)
  })

  it("may have an empty name, or no backup at all", () => {
    assert.strictEqual(planDefault(catalog(named(web, "", chainX)), "").id, chainX)
    const bare = catalog(environment(web, []))
    assert.strictEqual(failureOf(RestorePlan.forEnvironment(bare, web))._tag, "NoBackup")
    assert.strictEqual(failureOf(RestorePlan.forEnvironment(bare, web, { at: at("2024-01-01") }))._tag, "NoBackup")
  })

  it("that is listed twice is broken, by either name", () => {
    const twice = catalog(named(web, "a", chainX), named(web, "b", chainY))
    for (const text of [web, "a", "b"]) {
      const error = failureOf(RestorePlan.forEnvironment(twice, text))
      assert.strictEqual(error._tag === "ChainQuarantined" && error.findings[0]!.rule, "I01")
    }
  })
})

describe("laws", () => {
  it.prop(
    "what a backup needs and what depends on it have the backup in common, and nothing else",
    [Arbitraries.listedRemoval],
    ([{ store }]) => {
      const from = storeCatalog(store)
      for (const { backup, chain } of from.entries.values()) {
        const restored = plan(from, backup.id)
        const number = BackupTree.number(chain, backup)!
        const dependents = BackupTree.backups(chain).filter((each) => BackupTree.number(chain, each)! >= number)
        assert.deepStrictEqual(restored.items.filter((item) => dependents.includes(item.backup)).map(({ id }) => id), [
          backup.id
        ])
        assert.strictEqual(restored.items.length + dependents.length, BackupTree.backups(chain).length + 1)
        const { removed } = Result.getOrThrow(RemovalPlan.preview(from, { id: backup.id }))
        assert.deepStrictEqual(removed.map(({ id }) => id), dependents.map(({ id }) => id))
      }
    }
  )

  it.prop("a plan is in order, and counts what it reads", [Arbitraries.healthyTree], ([tree]) => {
    const from = catalog(...tree.environments)
    for (const { backup } of from.entries.values()) {
      const { bytes, id, items, virtualSize } = plan(from, backup.id)
      assert.strictEqual(items[0]!.backup._tag, "FullBackup")
      assert.deepStrictEqual([items.at(-1)!.backup, id], [backup, backup.id])
      items.slice(1).forEach(({ number }, index) => assert.isAbove(number, items[index]!.number))
      assert.strictEqual(bytes, items.map((item) => item.backup.size).reduce((sum, size) => sum + size))
      assert.strictEqual(virtualSize === undefined, backup.disks === undefined)
    }
  })

  it.prop(
    "by default the last backup of the chain is restored that the next one would go on with",
    [Arbitraries.listedRemoval],
    ([{ store }]) => {
      const from = storeCatalog(store)
      for (const environment of from.environments) {
        const { id, readings } = planDefault(from, environment.uuid)
        assert.strictEqual(id, BackupTree.backups(NextBackup.newestChain(environment)!).at(-1)!.id)
        assert.strictEqual(readings?.product, id)
      }
    }
  )

  it.prop(
    "with a time, nothing that is dated lies between the choice and the time",
    [Arbitraries.listedRemoval],
    ([{ store }]) => {
      const from = storeCatalog(store)
      for (const environment of from.environments) {
        const all = environment.chains.flatMap(BackupTree.backups)
        for (const time of all.flatMap((backup) => BackupDate.createdAt(backup) ?? [])) {
          const chosen = Result.getOrThrow(RestorePlan.forEnvironment(from, environment.uuid, { at: time }))
          const { backup } = chosen.items.at(-1)!
          assert.strictEqual(BackupDate.createdAt(backup)?.epochMilliseconds, time.epochMilliseconds)
          assert.strictEqual(RestorePlan.readingsDiffer(chosen), chosen.readings!.product !== backup.id)
        }
      }
    }
  )

  it.prop(
    "every plan of every listing has a result, and every message is printable",
    [Arbitraries.listing, Arbitraries.text],
    ([listing, text]) => {
      const from = oddCatalog(listing)
      const environments = listing.tree.environments
      const backups = environments.flatMap(({ chains }) => chains.flatMap(BackupTree.backups))
      const results: ReadonlyArray<Result.Result<RestorePlan.RestorePlan, Error>> = [
        ...[text, ...backups.map(({ id }) => id)].map((id) => RestorePlan.forBackup(from, id)),
        ...[text, ...environments.flatMap(({ name, uuid }) => [name, uuid])].flatMap((name) => [
          RestorePlan.forEnvironment(from, name),
          RestorePlan.forEnvironment(from, name, { at: at("2024-03-02T02:00:07Z") })
        ])
      ]
      for (const result of results) {
        const messages = Result.match(result, {
          onFailure: ({ message }) => [message],
          onSuccess: ({ warnings }) => warnings.map(({ message }) => message)
        })
        for (const message of messages) assert.strictEqual(PrintableText.escape(message), message)
      }
    }
  )
})
