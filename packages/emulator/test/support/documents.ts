/** Whether a document shows the code of examples that are compiled and run: all of it, and nothing else. */
import { assert } from "@effect/vitest"
import * as fs from "node:fs"

/** Reads a file of the repository. */
export const readText = (path: string): string =>
  fs.readFileSync(new URL(`../../../../${path}`, import.meta.url), "utf8")

/** The code in a document, block by block. */
export const blocks = (document: string, language: string): ReadonlyArray<string> =>
  [...readText(document).matchAll(/^```(\w+)\n([^]*?)^```$/gm)].flatMap(([, name, code]) =>
    name === language ? [code!] : []
  )

/** Asserts that each block of TypeScript is part of an example, and that the examples hold nothing else but imports. */
export const assertShows = (document: string, examples: ReadonlyArray<string>): void => {
  const code = new Map(
    examples.map((name) => [name, readText(`packages/emulator/test/examples/${name}`)])
  )
  for (const block of blocks(document, "ts")) {
    const owner = examples.find((name) => code.get(name)!.includes(block))
    assert.isDefined(owner, `${document} shows code that no test runs:\n${block}`)
    code.set(owner, code.get(owner)!.replace(block, ""))
  }
  for (const [name, rest] of code) {
    assert.strictEqual(rest.replaceAll(/^import [^;]*? from ".*"$/gm, "").trim(), "", `${name} is not shown whole`)
  }
}
