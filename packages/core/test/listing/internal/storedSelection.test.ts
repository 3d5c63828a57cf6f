import { assert, describe, it } from "@effect/vitest"
import * as StoredSelection from "../../../src/listing/internal/storedSelection.ts"

describe("the places of a tree in a reading", () => {
  it("lead to no tree if the reading has no environment there, or none that is known", () => {
    const selection = [{ environment: 0, chains: [] }]
    const unknown = { directory: "x", metadata: undefined, chains: [], skips: [] }
    assert.isUndefined(StoredSelection.toTree(selection, { environments: [] }))
    assert.isUndefined(StoredSelection.toTree(selection, { environments: [unknown as never] }))
  })
})
