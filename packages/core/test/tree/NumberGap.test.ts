import { assert, describe, it } from "@effect/vitest"
import * as NumberGap from "../../src/tree/NumberGap.ts"

const gapsOf = (...numbers: ReadonlyArray<number>) =>
  numbers.slice(1).flatMap((number, index) => NumberGap.between(numbers[index]!, number))

describe("gaps", () => {
  it("are between two numbers, if any number is missing there", () => {
    assert.deepStrictEqual(gapsOf(1, 2, 4, 4, 3), [{ first: 3, last: 3 }])
    assert.deepStrictEqual(gapsOf(1, 5), [{ first: 2, last: 4 }])
  })

  it("have as many numbers as are missing", () => {
    assert.deepStrictEqual([gapsOf(1, 2), gapsOf(1, 3), gapsOf(1, 3, 6)].map(NumberGap.size), [0, 1, 3])
  })

  it("are printed as ranges, the first ones only", () => {
    assert.strictEqual(NumberGap.print(gapsOf(1, 3, 6)), "2, 4 to 5")
    assert.strictEqual(NumberGap.print(gapsOf(1, 3, 5, 7, 9, 11)), "2, 4, 6, 8, 10")
    assert.strictEqual(NumberGap.print(gapsOf(1, 3, 5, 7, 9, 11, 13, 15)), "2, 4, 6, 8, 10 and 2 more")
  })
})
