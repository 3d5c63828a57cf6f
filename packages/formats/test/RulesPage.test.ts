import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import { rulesPage } from "./support/rulesPage.ts"

describe("docs/rules.md", () => {
  it("has all rules as they are; `npm run rules` writes it", () => {
    assert.strictEqual(fs.readFileSync(new URL("../../../docs/rules.md", import.meta.url), "utf8"), rulesPage())
  })
})
