import * as JsonHeader from "@backup-tree/core/json/JsonHeader"
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"

const kindOf = (value: unknown) =>
  Result.match(JsonHeader.kindOf(value, ["listing", "check"]), {
    onFailure: ({ message, reason }) => ({ reason, message }),
    onSuccess: (kind) => kind
  })

describe("JsonHeader", () => {
  it("names the kind of a document", () => {
    assert.strictEqual(kindOf({ schema: JsonHeader.make("check"), more: true }), "check")
  })

  it("takes a newer minor version with fields that it does not know", () => {
    assert.strictEqual(kindOf({ schema: { ...JsonHeader.make("listing"), minor: 7, hint: "new" } }), "listing")
  })

  it.each<readonly [unknown, reason: string, message: RegExp]>([
    [{}, "document", /not a document of backup-tree/],
    [null, "document", /not a document of backup-tree/],
    [[], "document", /not a document of backup-tree/],
    [
      { schema: { name: "backup-tree/restore-plan", version: 2 } },
      "document",
      /"backup-tree\/restore-plan", not "backup-tree\/listing" or "backup-tree\/check"/
    ],
    [{ schema: { name: "\u001b[2J", version: 2 } }, "document", /"\\e\[2J"/],
    [
      { schema: { name: "backup-tree/listing", version: 1 } },
      "version",
      /has version 1, and this release reads version 2/
    ],
    [{ schema: { name: "backup-tree/listing", version: 3 } }, "version", /has version 3/]
  ])("refuses %j", (value, reason, message) => {
    const refused = kindOf(value)
    if (typeof refused === "string") return assert.fail(refused)
    assert.strictEqual(refused.reason, reason)
    assert.match(refused.message, message)
  })
})
