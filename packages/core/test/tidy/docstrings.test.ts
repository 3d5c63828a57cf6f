/** Every public export has a docstring, with its category and the version since which it exists. */
import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import { assertTidy, finding, makeSource, type Rule, type Source, sources } from "../support/sources.ts"

/** The folders of a package that its manifest closes to users. */
const closedFolders = (owner: string): ReadonlyArray<string> => {
  const manifest = readFileSync(new URL(`../../../${owner}/package.json`, import.meta.url), "utf8")
  const { exports = {} }: { readonly exports?: { readonly [key: string]: unknown } } = JSON.parse(manifest)
  return Object.keys(exports).filter((key) => exports[key] === null).map((key) => key.slice(2, -1))
}

const closed = new Map(["core", "formats", "io", "testing", "emulator"].map((owner) => [owner, closedFolders(owner)]))

const isPublic = ({ owner, path }: Source): boolean =>
  path !== "index.ts" && (closed.get(owner)?.every((folder) => !path.startsWith(folder)) ?? false)

const declaration = /^export (?:abstract )?(?:const|class|interface|type|function) (\w+)/gm

/** The docstring that ends where a declaration begins. */
const docstringBefore = (text: string): string => {
  const before = text.trimEnd()
  return before.endsWith("*/") ? before.slice(before.lastIndexOf("/**")) : ""
}

const docstringRule: Rule = (source) =>
  Array.from(source.text.matchAll(declaration), (match) => {
    const docstring = docstringBefore(source.text.slice(0, match.index))
    const missing = [/\/\*\*\s*(?:\* )?[A-Z`]/, /@category [a-z]+$/m, /@since \d+\.\d+\.\d+$/m]
      .find((part) => !part.test(docstring))
    return missing === undefined ? [] : [finding(source, match.index, `${match[1]} lacks ${missing}`)]
  }).flat()

describe("the public exports", () => {
  it("are described, with a category and a version", () => {
    const judged = sources.filter(isPublic)
    assert.isAbove(judged.length, 100)
    assertTidy(judged.flatMap(docstringRule))
  })
})

describe("the rule", () => {
  const found = (text: string) => docstringRule(makeSource("packages/core/src/A.ts", text)).length

  it("finds an export without a docstring, or without its tags", () => {
    const whole = "/**\n * Returns one.\n *\n * @category constants\n * @since 0.2.0\n */\nexport const one = 1\n"
    assert.strictEqual(found(whole), 0)
    assert.strictEqual(found("export const one = 1\n"), 1)
    assert.strictEqual(found("/** Returns one. */\nexport const one = 1\n"), 1)
    assert.strictEqual(found(whole.replace(" * @since 0.2.0\n", "")), 1)
    assert.strictEqual(found(whole.replace("Returns", "returns")), 1)
    assert.strictEqual(found(whole.replace("*/", "*/\nconst two = 2")), 1)
  })
})
