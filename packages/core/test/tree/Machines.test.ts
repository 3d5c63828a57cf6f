import * as Machines from "@backup-tree/core/tree/Machines"
import { assert, describe, it } from "@effect/vitest"

describe("Machines", () => {
  it("are told apart by uuid, ignoring case and braces, in their order", () => {
    const uuid = "4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10"
    const other = "91b0c7d2-3e4f-4a5b-8c6d-7e8f90a1b2c3"
    const groups = Machines.group([`{${uuid}}`, `{${other}}`, uuid.toUpperCase()], (text) => text)
    assert.deepStrictEqual([...groups], [
      [uuid, [`{${uuid}}`, uuid.toUpperCase()]],
      [other, [`{${other}}`]]
    ])
  })
})
