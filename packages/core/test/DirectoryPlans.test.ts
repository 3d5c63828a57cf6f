/** Plans on a backup directory, which shows what no server looks at. */
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as BackupCatalog from "../src/BackupCatalog.ts"
import type { DirectoryReading } from "../src/DirectoryReading.ts"
import * as RemovalPlan from "../src/RemovalPlan.ts"
import * as RestorePlan from "../src/RestorePlan.ts"
import {
  directoryListing,
  qcow2,
  readChain,
  readEnvironment,
  reading,
  readingOf,
  unconfigured,
  withFiles,
  withItem
} from "./support/readings.ts"
import { chainX, chainY, web } from "./support/treeLiterals.ts"

const catalogOf = (directory: DirectoryReading) => BackupCatalog.fromListing(directoryListing(directory))

/** What a restore of each backup comes to: the number of items, or the error and what it proposes. */
const outcome = (directory: DirectoryReading, id: string): string =>
  Result.match(RestorePlan.forBackup(catalogOf(directory).catalog, id), {
    onSuccess: ({ items }) => String(items.length),
    onFailure: (error) => `${error._tag} ${"instead" in error ? error.instead : ""}`
  })

const numbers = ["", ".2", ".3"]

describe("restoring from a backup directory", () => {
  it("takes what is whole", () => {
    const directory = readingOf(readChain())
    assert.deepStrictEqual(numbers.map((number) => outcome(directory, chainX + number)), ["1", "2", "3"])
  })

  for (
    const [what, file] of [
      ["is gone", undefined],
      ["is empty", qcow2("a.hdd.qcow2", { size: 0n })],
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
  })

  it("proposes a backup of another chain where the full one is lost", () => {
    const broken = withFiles(readChain(), { "b.hdd.qcow2": undefined })
    const other = readChain({ uuid: chainY, numbers: [1, 2] })
    assert.strictEqual(outcome(readingOf(broken), `${chainX}.3`), "ImagesBroken null")
    const directory = reading([readEnvironment([broken, other])])
    assert.strictEqual(outcome(directory, `${chainX}.3`), `ImagesBroken ${chainY}.2`)
    const whole = RestorePlan.forEnvironment(catalogOf(directory).catalog, web)
    assert.isTrue(Result.isSuccess(whole) ? whole.success.chain === chainY : whole.failure._tag === "ImagesBroken")
  })

  it("warns of what a server hides, in both plans", () => {
    const hidden = withItem(readChain({ uuid: chainY, numbers: [1, 2] }), 1, unconfigured)
    const warningsOf = (directory: DirectoryReading) => {
      const { catalog } = catalogOf(directory)
      return [
        Result.getOrThrow(RestorePlan.forEnvironment(catalog, web)),
        Result.getOrThrow(RemovalPlan.preview(catalog, { id: chainX }))
      ].map(({ warnings }) => warnings.filter(({ code }) => code === "hidden-backups").map(({ message }) => message))
    }
    assert.deepStrictEqual(warningsOf(readingOf(readChain())), [[], []])
    for (
      const [directory, what] of [
        [reading([readEnvironment([readChain(), hidden])]), /holds a chain of this environment/],
        [readingOf(withItem(readChain(), 3, unconfigured)), /holds a backup of this environment/]
      ] as const
    ) {
      for (const [message = ""] of warningsOf(directory)) assert.match(message, what)
    }
  })

  it("says which image it is", () => {
    const directory = readingOf(withFiles(readChain(), { "a.hdd.3.qcow2": undefined }))
    const plan = RestorePlan.forEnvironment(catalogOf(directory).catalog, web)
    const error = Result.getOrThrow(Result.flip(plan))
    assert.match(error.message, /cannot be restored\. I36 at .*a\.hdd\.3\.qcow2.* The best that has all its images is /)
  })

  it("trusts no chain whose directory has another name", () => {
    const chain = { ...readChain(), directory: chainY }
    const { quarantined } = catalogOf(readingOf(chain))
    assert.deepStrictEqual(quarantined.map(({ findings }) => findings.map(({ rule }) => rule)), [["I02"]])
  })
})
