/** Tests whether documents and docstrings show exactly the code of examples, which are compiled and run. */
import { assert } from "@effect/vitest"
import * as fs from "node:fs"

/** Reads a file of the repository. */
export const readText = (path: string): string =>
  fs.readFileSync(new URL(`../../../../${path}`, import.meta.url), "utf8")

/** Returns the blocks of TypeScript in a text. */
export const codeBlocks = (text: string): ReadonlyArray<string> =>
  Array.from(text.matchAll(/^```ts\n([^]*?)^```$/gm), ([, code]) => code!)

const imports = /^import [^;]*? from ".*"$/gm

const withoutImports = (code: string): string => code.replaceAll(imports, "").trim()

/** Asserts that each block is part of an example, and that the examples contain nothing else but imports. */
export const assertShown = (blocks: ReadonlyArray<string>, examples: ReadonlyArray<string>): void => {
  assert.isNotEmpty(blocks)
  const rests = new Map(examples.map((path) => [path, readText(path)]))
  for (const block of blocks) {
    const code = withoutImports(block)
    const owner = examples.find((path) => rests.get(path)!.includes(code))
    assert.isDefined(owner, `no example contains this code:\n${block}`)
    rests.set(owner, rests.get(owner)!.replace(code, ""))
  }
  for (const [path, rest] of rests) assert.strictEqual(withoutImports(rest), "", `${path} has code that is not shown`)
}
