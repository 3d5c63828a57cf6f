import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import { execFileSync } from "node:child_process"
import * as ShellQuote from "../../src/text/ShellQuote.ts"

/** What a shell makes of a line: its words, as a command gets them. */
const words = (line: string): ReadonlyArray<string> =>
  execFileSync("sh", ["-c", `printf '%s\\0' ${line}`], { encoding: "utf8" }).split("\0").slice(0, -1)

const hostile = [
  "",
  "it's",
  "'",
  "''",
  "'; rm -rf /; '",
  "$(id)",
  "`id`",
  "$HOME",
  "a\nb",
  "a\\",
  "\\'",
  "*",
  "!!",
  "~",
  "-n",
  "#x",
  "\u001b[31m",
  "日本",
  "{a,b}",
  "a b"
]

describe("quote", () => {
  it("writes one word in single quotes", () => {
    assert.strictEqual(ShellQuote.quote("{uuid}.3"), "'{uuid}.3'")
    assert.strictEqual(ShellQuote.quote("it's"), "'it'\\''s'")
    assert.strictEqual(ShellQuote.quote(""), "''")
    assert.strictEqual(ShellQuote.quote("a\0b"), "'ab'")
  })

  it("is read back by a shell", () => {
    assert.deepStrictEqual(words(hostile.map(ShellQuote.quote).join(" ")), hostile)
  })

  it.prop("is read back by a shell, for any text", [Arbitraries.text, Arbitraries.xmlText], (texts) => {
    assert.deepStrictEqual(words(texts.map(ShellQuote.quote).join(" ")), texts)
  })
})

describe("command", () => {
  it("leaves plain words plain", () => {
    assert.strictEqual(
      ShellQuote.command(["prlctl", "backup-delete", "-t", "{uuid}.3", "--keep-chain", "Bob's VM", ""]),
      "prlctl backup-delete -t '{uuid}.3' --keep-chain 'Bob'\\''s VM' ''"
    )
  })

  it("is read back by a shell", () => {
    const all = [...hostile, "plain", "./path-1.2", "A=b", "日"]
    assert.deepStrictEqual(words(ShellQuote.command(all)), all)
  })
})
