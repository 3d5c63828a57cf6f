import * as Check from "@backup-tree/core/check/Check"
import * as TreeDiff from "@backup-tree/core/compare/TreeDiff"
import * as JsonDocument from "@backup-tree/formats/JsonDocument"
import * as JsonSchema from "@backup-tree/formats/JsonSchema"
import * as JsonText from "@backup-tree/formats/JsonText"
import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import { Ajv2020 } from "ajv/dist/2020.js"
import { Result } from "effect"
import * as fs from "node:fs"

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
