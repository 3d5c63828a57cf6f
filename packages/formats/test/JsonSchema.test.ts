import * as BackupCatalog from "@backup-tree/core/check/BackupCatalog"
import * as Check from "@backup-tree/core/check/Check"
import * as TreeDiff from "@backup-tree/core/compare/TreeDiff"
import * as Usage from "@backup-tree/core/compare/Usage"
import * as RemovalPlan from "@backup-tree/core/plan/RemovalPlan"
import * as RestorePlan from "@backup-tree/core/plan/RestorePlan"
import * as RetentionPlan from "@backup-tree/core/plan/RetentionPlan"
import * as RetentionPolicy from "@backup-tree/core/plan/RetentionPolicy"
import * as JsonDocument from "@backup-tree/formats/json/JsonDocument"
import * as JsonSchema from "@backup-tree/formats/json/JsonSchema"
import * as JsonText from "@backup-tree/formats/json/JsonText"
import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import { Ajv2020 } from "ajv/dist/2020.js"
import { DateTime, Result } from "effect"
import * as fs from "node:fs"
import { example, listingOf } from "./support/listings.ts"

const ajv = new Ajv2020({
  allErrors: true,
  strict: true,
  strictTuples: false,
  strictTypes: false,
  allowUnionTypes: true
})

/** Asserts that the text of a document is valid against its JSON Schema, and that its schema refuses another value. */
const assertValid = (kind: JsonDocument.Kind, document: JsonDocument.JsonDocument): void => {
  const validate = ajv.getSchema(JsonSchema.of(kind)["$id"] as string) ?? ajv.compile(JsonSchema.of(kind))
  assert.isTrue(validate(JSON.parse([...JsonText.pieces(document)].join(""))), ajv.errorsText(validate.errors))
}

describe("the JSON Schemas", () => {
  it.each(JsonDocument.kinds)("are in the package as they are: %s", (kind) => {
    const file = new URL(`../schema/${kind}.json`, import.meta.url)
    // If this fails, run `npm run schemas`.
    assert.deepStrictEqual(JSON.parse(fs.readFileSync(file, "utf8")), JSON.parse(JSON.stringify(JsonSchema.of(kind))))
  })

  it.prop("accept any listing and its check", [Arbitraries.listing], ([listing]) => {
    assertValid("listing", JsonDocument.listing(listing))
    assertValid("check", JsonDocument.check(listing, Check.run(listing)))
  })

  it.prop("accept any diff", [Arbitraries.tree, Arbitraries.tree], ([one, other]) => {
    const diff = TreeDiff.make(Arbitraries.completeListing(one), Arbitraries.completeListing(other))
    assertValid("diff", JsonDocument.diff(Result.getOrThrow(diff)))
  })

  it("accept sums of more than 64 bits, and so does the reader", () => {
    const { chains, ...environment } = example("03-vm-full-2inc.xml").environments[0]!
    const size = 2n ** 64n - 1n
    const huge = chains.map((chain) => ({
      ...chain,
      head: { ...chain.head, size },
      incrementals: chain.incrementals.map((incremental) => ({ ...incremental, size }))
    }))
    const listing = listingOf({ environments: [{ ...environment, chains: huge }], kept: [] })
    const catalog = BackupCatalog.fromListing(listing)
    const policy = Result.getOrThrow(RetentionPolicy.make({ last: 1, zone: DateTime.zoneMakeOffset(0) }))
    const { id } = huge[0]!.head
    const documents: ReadonlyArray<readonly [JsonDocument.Kind, JsonDocument.JsonDocument]> = [
      ["usage", JsonDocument.usage(Usage.report(listing, { by: "chain" }))],
      ["restore-plan", JsonDocument.restorePlan(listing, Result.getOrThrow(RestorePlan.forBackup(catalog, `${id}.3`)))],
      ["removal-plan", JsonDocument.removalPlan(listing, Result.getOrThrow(RemovalPlan.preview(catalog, { id })))],
      [
        "environment-removal-plan",
        JsonDocument.environmentRemovalPlan(listing, Result.getOrThrow(RemovalPlan.forEnvironment(catalog, "web01")))
      ],
      ["retention-plan", JsonDocument.retentionPlan(listing, Result.getOrThrow(RetentionPlan.make(catalog, policy)))]
    ]
    for (const [kind, document] of documents) {
      assertValid(kind, document)
      const read = JsonDocument.read([...JsonText.pieces(document)].join(""))
      assert.deepStrictEqual(Result.getOrThrow(read), document)
    }
  })

  it("refuse another document, a missing field and a wrong type", () => {
    const validate = ajv.compile({ ...JsonSchema.of("error"), $id: "error" })
    const document = JsonDocument.error({ tag: "UsageError", message: "wrong", exitCode: 3, isRetryable: false })
    assert.isTrue(validate(document))
    assert.isTrue(validate({ ...document, hint: "of a newer minor version" }))
    assert.isFalse(validate({ ...document, schema: { ...document.schema, name: "backup-tree/listing" } }))
    assert.isFalse(validate({ ...document, schema: { ...document.schema, version: 3 } }))
    assert.isFalse(validate({ schema: document.schema }))
    assert.isFalse(validate({ ...document, error: { ...document.error, exitCode: "3" } }))
  })
})
