import type { BackupQuery } from "@backup-tree/core/listing/BackupQuery"
import * as QueryText from "@backup-tree/core/listing/QueryText"
import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Result } from "effect"
import { pick } from "../support/inventoryArbitraries.ts"
import { query } from "../support/queries.ts"
import { oneOf } from "../support/xmlArbitraries.ts"

const parse = (text: string): BackupQuery => Result.getOrThrow(QueryText.parse(text))

const errorOf = (text: string): QueryText.QueryError =>
  Result.match(QueryText.parse(text), {
    onFailure: (error) => error,
    onSuccess: () => assert.fail(`a query: ${text}`)
  })

/** A query as data: dates cache their parts, and bigints are no JSON. */
const plain = (query: BackupQuery): string =>
  JSON.stringify(query, (_, value) => typeof value === "bigint" ? `${value}n` : value)

const token = oneOf<string>(
  pick(
    "name",
    "age",
    "date",
    "=",
    "!=",
    "<",
    ">=",
    "(",
    ")",
    "and",
    "or",
    "not",
    "\"",
    " ",
    "7d",
    "2024-03-01",
    "everything"
  ),
  Arbitraries.text
)

describe("QueryText", () => {
  it.prop("parses what it prints", [query], ([one]) => {
    const text = QueryText.print(one)
    assert.strictEqual(plain(parse(text)), plain(one))
    assert.notMatch(text, /[\p{Cc}\u2028-\u202e]/u)
  })

  it.prop("never throws, and points at a character", [Arbitrary.array(token, { maxLength: 12 })], ([tokens]) => {
    const text = tokens.join(" ")
    const result = QueryText.parse(text)
    if (Result.isSuccess(result)) {
      assert.strictEqual(plain(parse(QueryText.print(result.success))), plain(result.success))
      return
    }
    const { message, offset } = result.failure
    assert.isAtLeast(offset, 0)
    assert.isAtMost(offset, text.length)
    assert.isAtMost(message.length, 2000)
    assert.notMatch(message.replaceAll("\n", ""), /[\p{Cc}\u2028-\u202e]/u)
  })

  it("binds and tighter than or, and not tighter than both", () => {
    assert.strictEqual(
      QueryText.print(parse("name=a or not name=b and name=\"c d\"")),
      "name=a or (not name=b and name=\"c d\")"
    )
    assert.strictEqual(
      QueryText.print(parse("name=web01 and host=\"hn1.example.com\"")),
      "name=web01 and host=hn1.example.com"
    )
    assert.strictEqual(QueryText.print(parse("name != \"say \"\"hi\"\"\"")), "not name=\"say \"\"hi\"\"\"")
    assert.strictEqual(QueryText.print(parse("size>=1024KiB and age<48h")), "size>=1MiB and age<2d")
    assert.strictEqual(
      QueryText.print(parse("date=2024-02-29")),
      "date>=2024-02-29T00:00:00Z and date<2024-03-01T00:00:00Z"
    )
  })

  it("points at the character", () => {
    assert.strictEqual(
      errorOf("name=web* an age>7d").message,
      `expected "and", "or" or the end, found "an"\n  name=web* an age>7d\n            ^`
    )
    assert.strictEqual(
      errorOf("name=\"e\u0301数据库\" an age>7d").message,
      "expected \"and\", \"or\" or the end, found \"an\"\n  name=\"e\u0301数据库\" an age>7d\n"
        + `  ${" ".repeat(7)}\u3000\u3000\u3000  ^`
    )
    for (
      const [text, offset, why] of [
        ["", 0, "expected a comparison such as name=web*, found the end"],
        ["name=a \"and\" name=b", 7, "expected \"and\", \"or\" or the end, found \"and\""],
        ["web*", 0, "expected a comparison such as name=web*, found \"web*\""],
        ["nme=a", 0, "unknown field \"nme\". Did you mean name?"],
        ["xyzzy=a", 0, "unknown field \"xyzzy\". Use one of name, "],
        ["name", 4, "expected an operator after name"],
        ["name=", 5, "expected a value, found the end"],
        ["name=a and", 10, "expected a comparison"],
        ["(name=a", 7, "expected \")\", found the end"],
        ["name=a)", 6, "expected \"and\", \"or\" or the end, found \")\""],
        ["name=\"a", 5, "the quote does not end"],
        ["name!a", 4, "expected an operator: "],
        ["name<a", 4, "name has no order; use = or !="],
        ["kind=vz", 5, "\"vz\" is none of vm, ct, "],
        ["type=f", 5, "\"f\" is none of full, incremental"],
        ["date>2024-02-30", 5, "\"2024-02-30\" is not a date"],
        ["age>7", 4, "\"7\" is not a whole number with a unit, such as 90m"],
        ["age>99999999999999999999w", 4, "\"99999999999999999999w\" is too long"],
        ["size>1GB", 5, "\"1GB\" is not a whole number of bytes"],
        ["latest=0", 7, "\"0\" is not a number of backups"],
        ["uuid=web01", 5, "\"web01\" is not a part of a uuid"],
        ["chain=0b8f.2", 6, "is not a part of a uuid"]
      ] as const
    ) {
      const error = errorOf(text)
      assert.strictEqual(error.offset, offset, text)
      assert.include(error.why, why)
    }
  })

  it("bounds its input", () => {
    assert.include(errorOf(`name=${"a".repeat(3996)}`).message, "at most 4000 characters")
    assert.strictEqual(parse(`name=${"a".repeat(3995)}`)._tag, "Text")
    assert.include(errorOf(`${"(".repeat(60)}name=a`).message, "at most 50 levels")
    assert.include(errorOf(`${"not ".repeat(60)}name=a`).message, "at most 50 levels")
    assert.strictEqual(parse(`${"(".repeat(50)}name=a${")".repeat(50)}`)._tag, "Text")
  })

  it("shows a long or hostile text in one line around the character", () => {
    const { message } = errorOf(`name="${"\u202ex".repeat(500)}" \u001b[31m`)
    assert.lengthOf(message.split("\n"), 3)
    assert.isAtMost(message.length, 1500)
    assert.notMatch(message.replaceAll("\n", ""), /[\p{Cc}\u202e]/u)
  })

  it.prop("accepts any text as a quoted value", [Arbitraries.text], ([text]) => {
    assert.strictEqual(parse(`name="${text.replaceAll("\"", "\"\"")}"`)._tag, "Text")
  })
})
