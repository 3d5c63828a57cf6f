/** Plans on a backup directory, which shows what no server looks at. */
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as BackupCatalog from "../../src/check/BackupCatalog.ts"
import type { DirectoryReading, ReadChain } from "../../src/directory/DirectoryReading.ts"
import * as ForensicTree from "../../src/directory/ForensicTree.ts"
import * as RemovalPlan from "../../src/plan/RemovalPlan.ts"
import * as RestorePlan from "../../src/plan/RestorePlan.ts"
import {
  directoryListing,
  inChainX,
  qcow2,
  readChain,
  readEnvironment,
  reading,
  readingOf,
  skip,
  unconfigured,
  undescribed,
  withBare,
  withFiles,
  withItem
} from "../support/readings.ts"
import { chainX, chainY, stranger, web } from "../support/treeLiterals.ts"

const catalogOf = (directory: DirectoryReading) => BackupCatalog.fromListing(directoryListing(directory))

/** What a restore of each backup comes to: the number of items, or the error and what it proposes. */
const outcome = (directory: DirectoryReading, id: string): string =>
  Result.match(RestorePlan.forBackup(catalogOf(directory), id), {
    onSuccess: ({ items }) => String(items.length),
    onFailure: (error) => `${error._tag} ${"instead" in error ? error.instead : ""}`
  })

const numbers = ["", ".2", ".3"]

describe("restoring from a backup directory", () => {
  it("reads what is intact", () => {
    const directory = readingOf(readChain())
    assert.deepStrictEqual(numbers.map((number) => outcome(directory, chainX + number)), ["1", "2", "3"])
  })

  it("reports at most ten images of a backup", () => {
    const findingsOf = (disks: number) => {
      const names = Array.from({ length: disks }, (_, index) => `d${String(index).padStart(2, "0")}.hdd`)
      const gone = Object.fromEntries(names.map((name) => [`${name}.2.qcow2`, undefined]))
      const directory = readingOf(withFiles(readChain({ disks: names }), gone))
      const plan = RestorePlan.forBackup(catalogOf(directory), `${chainX}.2`)
      if (Result.isSuccess(plan) || plan.failure._tag !== "ImagesBroken") return assert.fail("it is planned")
      return plan.failure.findings.length
    }
    assert.deepStrictEqual([9, 10, 11, 12].map(findingsOf), [9, 10, 10, 10])
  })

  for (
    const [what, file] of [
      ["is gone", undefined],
      ["is empty", qcow2("a.hdd.qcow2", { size: 0n })],
      ["is cut off", qcow2("a.hdd.qcow2", { isCut: true })],
      ["builds on another one", qcow2("b.hdd.qcow2")]
    ] as const
  ) {
    it(`takes what came before an image that ${what}, and nothing else`, () => {
      const directory = readingOf(withFiles(readChain(), { "a.hdd.2.qcow2": file }))
      assert.deepStrictEqual(numbers.map((number) => outcome(directory, chainX + number)), [
        "1",
        `ImagesBroken ${chainX}`,
        `ImagesBroken ${chainX}`
      ])
    })
  }

  it("needs the images of backups that a server hides", () => {
    const hidden = withItem(readChain(), 2, unconfigured)
    assert.strictEqual(outcome(readingOf(hidden), `${chainX}.3`), "2")
    const directory = readingOf(withFiles(hidden, { "a.hdd.2.qcow2": undefined }))
    assert.strictEqual(outcome(directory, chainX), "1")
    assert.strictEqual(outcome(directory, `${chainX}.3`), `ImagesBroken ${chainX}`)
    for (const file of [{ size: 5n, isCut: false, header: undefined }, qcow2("../a.hdd.qcow2"), qcow2("gone")]) {
      const broken = readingOf(withFiles(hidden, { "a.hdd.2.qcow2": file }))
      assert.strictEqual(outcome(broken, `${chainX}.3`), `ImagesBroken ${chainX}`)
    }
    // And those of what lies below it, be that in the tree or not.
    const below = withItem(withItem(readChain({ numbers: [1, 2, 3, 4] }), 2, () => undefined), 3, unconfigured)
    assert.strictEqual(outcome(readingOf(below), `${chainX}.4`), "2")
    const garbage = withFiles(below, { "a.hdd.2.qcow2": { size: 5n, isCut: false, header: undefined } })
    assert.strictEqual(outcome(readingOf(garbage), `${chainX}.4`), `ImagesBroken ${chainX}`)
  })

  it("proposes a backup of another chain if the full one is lost", () => {
    const broken = withFiles(readChain(), { "b.hdd.qcow2": undefined })
    const other = readChain({ uuid: chainY, numbers: [1, 2] })
    assert.strictEqual(outcome(readingOf(broken), `${chainX}.3`), "ImagesBroken undefined")
    const directory = reading([readEnvironment([broken, other])])
    assert.strictEqual(outcome(directory, `${chainX}.3`), `ImagesBroken ${chainY}.2`)
    const whole = RestorePlan.forEnvironment(catalogOf(directory), web)
    assert.isTrue(Result.isSuccess(whole) ? whole.success.chain === chainY : whole.failure._tag === "ImagesBroken")
  })

  it("warns of what a server hides, in both plans", () => {
    const hidden = withItem(readChain({ uuid: chainY, numbers: [1, 2] }), 1, unconfigured)
    const warningsOf = (directory: DirectoryReading) => {
      const catalog = catalogOf(directory)
      return [
        Result.getOrThrow(RestorePlan.forEnvironment(catalog, web)),
        Result.getOrThrow(RemovalPlan.preview(catalog, { id: chainX }))
      ].map(({ warnings }) => warnings.filter(({ code }) => code === "hidden-backups").map(({ message }) => message))
    }
    assert.deepStrictEqual(warningsOf(readingOf(readChain())), [[], []])
    for (
      const [directory, what] of [
        [
          reading([readEnvironment([readChain(), hidden])], [skip(`${web}/${chainY}/base`, "head-config-missing")]),
          /leaves it out: "[^"]*" \(head-config-missing\)\. A newer backup/
        ],
        [
          readingOf(withBare(readChain(), 3), [skip(inChainX("3"), "link-without-metadata")]),
          /leaves it out: "[^"]*\/3" \(link-without-metadata\)\. A newer backup/
        ],
        [
          readingOf(withItem(readChain(), 3, unconfigured), [skip(inChainX("3"), "link-config-missing")]),
          /leaves it out: "[^"]*\/3" \(link-config-missing\)\. A newer backup/
        ]
      ] as const
    ) {
      for (const [message = ""] of warningsOf(directory)) assert.match(message, what)
    }
  })

  it("reports why a server hides the requested backup, and where it is", () => {
    const failure = (directory: DirectoryReading, id: string) => {
      const catalog = catalogOf(directory)
      const errors = [
        Result.getOrThrow(Result.flip(RestorePlan.forBackup(catalog, id))),
        Result.getOrThrow(Result.flip(RemovalPlan.preview(catalog, { id })))
      ]
      assert.deepStrictEqual(errors.map(({ _tag }) => _tag), ["BackupHidden", "BackupHidden"])
      return errors[0]!.message
    }
    const link = [skip(inChainX("3"), "link-config-missing", "it has no config.pvs")]
    const why = `Backup "${chainX}.3" is in "${inChainX("3")}", but a server does not list it: `
    assert.strictEqual(
      failure(readingOf(withItem(readChain(), 3, unconfigured), link), `${chainX}.3`),
      `${why}link-config-missing at "${
        inChainX("3")
      }": it has no config.pvs. Run \`backup-tree check\` on the directory to see what can be recovered by hand.`
    )
    // Its metadata says nothing: the directory does. Nothing is known of it to salvage.
    const unread = failure(
      readingOf(withItem(readChain(), 3, undescribed), [skip(inChainX("3/.metadata"), "unreadable")]),
      `${chainX}.3`
    )
    assert.match(unread, /Run the command again as the owner of the backups, or as root\./)
    assert.include(
      failure(
        readingOf(withItem(readChain(), 3, undescribed), [skip(inChainX("3/.metadata"), "unreadable")]),
        `${chainX}.3`
      ),
      `${why}unreadable at "${inChainX("3/.metadata")}"`
    )
    // The first of its chain hides it.
    const head = [skip(inChainX("base"), "head-invalid"), skip(inChainX("x.qcow2"), "orphan-image")]
    assert.include(
      failure(readingOf(withItem(readChain(), 1, undescribed), head), `${chainX}.3`),
      `${why}head-invalid at "${inChainX("base")}". Run \`backup-tree check\``
    )
    // Its environment hides it.
    const environment = readEnvironment([readChain()], { metadata: undefined })
    assert.include(
      // What is beside the chain does not hide it.
      failure(
        reading([environment], [skip(web, "vm-metadata-missing"), skip(`${web}/old`, "not-uuid")]),
        `${chainX}.3`
      ),
      `${why}vm-metadata-missing at "${web}". Run \`backup-tree check\``
    )
  })

  it("reports what a server would do with the id of a hidden backup", () => {
    const answer = (directory: DirectoryReading, id: string) => {
      const error = Result.getOrThrow(Result.flip(RemovalPlan.preview(catalogOf(directory), { id })))
      return "outcome" in error ? error.outcome : assert.fail(error._tag)
    }
    const hidden = withItem(readChain(), 2, unconfigured)
    const links = [skip(inChainX("2"), "link-config-missing")]
    // It is in the index of the server, with all that follows it (SEMANTICS 4.2, row 11).
    assert.deepStrictEqual(answer(readingOf(hidden, links), `${chainX}.2`), {
      code: 0,
      removed: [`${chainX}.2`, `${chainX}.3`],
      scope: "backups"
    })
    assert.deepStrictEqual(answer(readingOf(hidden, links), `${chainX}.9`), {
      code: 0,
      removed: [chainX, `${chainX}.2`, `${chainX}.3`],
      scope: "chain"
    })
    // What could not be looked at may be healthy.
    assert.isUndefined(answer(readingOf(hidden, [skip(inChainX("2"), "unreadable")]), `${chainX}.2`))
  })

  it("removes as a server does, hidden backups included", () => {
    const outcome = (directory: DirectoryReading, id: string, keepChain = false) =>
      Result.match(RemovalPlan.preview(catalogOf(directory), { id, keepChain }), {
        onSuccess: ({ scope }) => scope,
        onFailure: (error) => error._tag
      })
    const alone = readChain({ numbers: [1] })
    assert.strictEqual(outcome(readingOf(alone), chainX), "environment")
    // Another chain is there, and it stays.
    const hidden = withItem(readChain({ uuid: chainY, numbers: [1, 2] }), 1, unconfigured)
    assert.strictEqual(outcome(reading([readEnvironment([alone, hidden])]), chainX), "chain")
    // The next backup would have to be rewritten, and cannot be read.
    const damaged = withItem(readChain(), 2, unconfigured)
    assert.strictEqual(outcome(readingOf(damaged), chainX, true), "RemovalRefused")
    assert.strictEqual(outcome(readingOf(damaged), chainX), "chain")
    assert.strictEqual(outcome(readingOf(damaged), `${chainX}.3`, true), "backups")
    assert.strictEqual(outcome(readingOf(readChain()), `${chainX}.2`, true), "backups")
  })

  it("reports why a server hides the requested environment, by its uuid and by its name", () => {
    const failure = (directory: DirectoryReading, text: string) =>
      Result.getOrThrow(Result.flip(RestorePlan.forEnvironment(catalogOf(directory), text)))
    const bare = reading([readEnvironment([readChain()], { metadata: undefined })], [skip(web, "vm-metadata-missing")])
    const renamed = reading([readEnvironment([readChain()], { directory: "web01.old" })], [
      skip("web01.old", "not-uuid")
    ])
    for (const text of [web, "web01"]) {
      for (
        const [directory, path, reason] of [[bare, web, "vm-metadata-missing"], [
          renamed,
          "web01.old",
          "not-uuid"
        ]] as const
      ) {
        const { _tag, message } = failure(directory, text)
        assert.strictEqual(_tag, "EnvironmentHidden")
        assert.include(message, `"${text}" is in "${path}", but a server does not list it: ${reason} at "${path}".`)
      }
    }
    assert.strictEqual(failure(bare, "db")._tag, "UnknownEnvironment")
  })

  it("also finds hidden backups by the names of directories, and those that could not be read", () => {
    const hidden = (directory: DirectoryReading, id: string) => {
      const error = Result.getOrThrow(Result.flip(RestorePlan.forBackup(catalogOf(directory), id)))
      return error._tag === "BackupHidden"
        ? `${error.path} ${error.why.map(({ reason }) => reason).join()}`
        : error._tag
    }
    const bare = readingOf(withBare(readChain(), 3), [skip(inChainX("3"), "link-without-metadata")])
    assert.strictEqual(hidden(bare, `${chainX}.3`), `${inChainX("3")} link-without-metadata`)
    assert.strictEqual(hidden(bare, `${chainX}.9`), "StaleId")
    const at = `${web}/${chainX}`
    const none = { ...readChain(), items: [], files: new Map() }
    for (
      const [chain, reason] of [[{ ...none, readable: false }, "chain-unreadable"], [none, "chain-empty"]] as const
    ) {
      for (const id of [chainX, `${chainX}.3`]) {
        assert.strictEqual(hidden(readingOf(chain, [skip(at, reason)]), id), `${at} ${reason}`)
      }
    }
    const kind = readEnvironment([readChain()])
    const strange = reading([{ ...kind, metadata: { ...kind.metadata!, vmType: 3 } }], [skip(web, "no-chains")])
    assert.strictEqual(hidden(strange, `${chainX}.3`), `${inChainX("3")} no-chains`)
    const linked = reading([readEnvironment([])], [skip(at, "outside-root")])
    assert.strictEqual(hidden(linked, `${chainX}.3`), `${at} outside-root`)
    assert.strictEqual(hidden(linked, chainY), "UnknownId")
    const outside = reading([], [skip(web, "outside-root")])
    const error = Result.getOrThrow(Result.flip(RestorePlan.forEnvironment(catalogOf(outside), web)))
    assert.strictEqual(error._tag === "EnvironmentHidden" && error.path, web)
    const empty = reading([readEnvironment([none])], [skip(web, "no-chains"), skip(at, "chain-empty")])
    assert.match(
      Result.getOrThrow(Result.flip(RestorePlan.forEnvironment(catalogOf(empty), "web01"))).message,
      /does not list it: no-chains at /
    )
  })

  it("does not confuse an environment with a hidden one of the same name", () => {
    const other = readEnvironment([readChain({ uuid: chainY })], { directory: stranger, metadata: undefined })
    const directory = reading([readEnvironment([readChain()]), other], [skip(stranger, "vm-metadata-missing")])
    const error = Result.getOrThrow(Result.flip(RestorePlan.forEnvironment(catalogOf(directory), "web01")))
    assert.deepStrictEqual(error._tag === "AmbiguousName" && error.uuids, [web, stranger])
    assert.isTrue(Result.isSuccess(RestorePlan.forEnvironment(catalogOf(directory), web)))
  })

  it("shows a backup as shown whose number another directory has too", () => {
    const chain = readChain()
    const damaged = { ...undescribed(chain.items[0]!), directory: "base" }
    const twice = { ...chain, items: [chain.items[0]!, damaged, ...chain.items.slice(1)] }
    const [environment] = ForensicTree.fromReading(readingOf(twice)).environments
    assert.deepStrictEqual(environment!.chains[0]!.items.map(({ isShown }) => isShown), [true, true, true])
  })

  it("reports that a gap in a chain of the archiver is not a merge", () => {
    const chain = withItem(readChain({ format: "tib" }), 2, () => undefined)
    const { warnings } = Result.getOrThrow(RestorePlan.forBackup(catalogOf(readingOf(chain)), `${chainX}.3`))
    assert.match(warnings.find(({ code }) => code === "gap")!.message, /version 3 no backup can be merged away/)
  })

  it("warns of the images of hidden backups in between too", () => {
    const at = `/vz/vmprivate/backups/${web}/${chainX}`
    const warnings = (chain: ReadChain, ...skips: ReadonlyArray<string>) =>
      Result.getOrThrow(
        RestorePlan.forBackup(
          catalogOf(readingOf(chain, skips.map((name) => skip(inChainX(name), "unreadable")))),
          `${chainX}.3`
        )
      ).warnings.map(({ code }) => code).filter((code) => code !== "gap")
    const bare = withItem(readChain(), 2, () => undefined)
    assert.deepStrictEqual(warnings(bare), [])
    assert.deepStrictEqual(warnings(withFiles(bare, { "a.hdd.2.qcow2": undefined }), "a.hdd.2.qcow2"), [
      "images-unseen"
    ])
    assert.deepStrictEqual(warnings(withFiles(bare, { "a.hdd.2.qcow2": qcow2(`${at}/a.hdd.qcow2`) })), [
      "absolute-backing-files"
    ])
  })

  it("warns of images that could not be read", () => {
    const chain = withFiles(readChain(), { "a.hdd.2.qcow2": undefined })
    const directory = readingOf(chain, [skip(inChainX("a.hdd.2.qcow2"), "unreadable")])
    const warnings = (id: string) =>
      Result.getOrThrow(RestorePlan.forBackup(catalogOf(directory), id)).warnings.map(({ code }) => code)
    assert.deepStrictEqual(warnings(chainX), [])
    assert.deepStrictEqual(warnings(`${chainX}.3`), ["images-unseen"])
  })

  it("warns of a moved directory if images are backed by absolute paths", () => {
    const chainPath = `${web}/${chainX}`
    const at = `/vz/vmprivate/backups/${chainPath}`
    const directory = readingOf(withFiles(readChain(), { "a.hdd.2.qcow2": qcow2(`${at}/a.hdd.qcow2`) }))
    const warnings = (id: string) => Result.getOrThrow(RestorePlan.forBackup(catalogOf(directory), id)).warnings
    assert.deepStrictEqual(warnings(chainX), [])
    assert.deepStrictEqual(warnings(`${chainX}.2`), [{
      code: "absolute-backing-files",
      message:
        "Images of this backup refer to their backing files by absolute paths. Restore it only while the chain is in "
        + `"${at}"; it was read in "/mnt/backups/${chainPath}".`
    }])
    const there = { ...directory, root: "/vz/vmprivate/backups" }
    assert.deepStrictEqual(
      Result.getOrThrow(RestorePlan.forBackup(catalogOf(there), `${chainX}.2`)).warnings,
      []
    )
  })

  it("names the image", () => {
    const directory = readingOf(withFiles(readChain(), { "a.hdd.3.qcow2": undefined }))
    const plan = RestorePlan.forEnvironment(catalogOf(directory), web)
    const error = Result.getOrThrow(Result.flip(plan))
    assert.match(
      error.message,
      /cannot be restored\. I36 at .*a\.hdd\.3\.qcow2.* The best backup with all its images is /
    )
  })

  it("trusts no chain whose directory has another name", () => {
    const chain = { ...readChain(), directory: chainY }
    const { quarantined } = catalogOf(readingOf(chain))
    assert.deepStrictEqual(quarantined.map(({ findings }) => findings.map(({ rule }) => rule.id)), [["I02"]])
  })
})
