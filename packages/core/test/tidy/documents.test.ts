import { assert, describe, it } from "@effect/vitest"
import { globSync, readFileSync } from "node:fs"

const root = new URL("../../../../", import.meta.url)
const files = (...patterns: ReadonlyArray<string>) => globSync([...patterns], { cwd: root }).toSorted()
const read = (file: string) => readFileSync(new URL(file, root), "utf8")

/** Returns the package of a module: `effect` for `effect/Layer`. */
const packageOf = (module: string): string => module.split("/").slice(0, module.startsWith("@") ? 2 : 1).join("/")

/** Returns the packages that code imports from. */
const imported = (code: string): ReadonlySet<string> =>
  new Set(
    Array.from(code.matchAll(/(?:from|import) "([^".][^"]*)"/g), ([, module]) => module!)
      .filter((module) => !module.startsWith("node:")).map(packageOf)
  )

const blocksOf = (text: string): string =>
  Array.from(text.matchAll(/^```ts\n([^]*?)^```$/gm), ([, code]) => code!).join("\n")

/** Returns the packages that the commands of a document install. */
const installed = (text: string): ReadonlySet<string> =>
  new Set(
    Array.from(text.matchAll(/^npm install (.*)$/gm), ([, rest]) => rest!.replace(/#.*/, "").split(/\s+/)).flat()
      .filter((word) => /^@?[a-z]/.test(word))
  )

const readmes = files("packages/*/README.md")
const everywhere = new Set(["README.md", ...readmes].flatMap((file) => [...installed(read(file))]))

describe("a document", () => {
  it("tells imports from installations", () => {
    assert.deepStrictEqual(
      imported("import { a } from \"effect/Layer\"\nimport \"@x/y/z\"\nimport b from \"./c\""),
      new Set(["effect", "@x/y"])
    )
    assert.deepStrictEqual(installed("npm install --save-dev @x/y effect   # not these"), new Set(["@x/y", "effect"]))
  })

  for (const file of ["README.md", ...readmes]) {
    it(`${file} imports only what it installs`, () => {
      const text = read(file)
      assert.deepStrictEqual([...imported(blocksOf(text))].filter((name) => !installed(text).has(name)), [])
    })
  }

  // Guides omit imports; those of their examples are what a reader adds.
  for (const file of files("docs/*.md", "packages/*/test/examples/*.ts")) {
    it(`${file} imports only what a README installs`, () => {
      const text = read(file)
      const names = imported(file.endsWith(".ts") ? text : blocksOf(text))
      assert.deepStrictEqual([...names].filter((name) => !everywhere.has(name)), [])
    })
  }

  it("installs the types of Node with each package whose declarations need them", () => {
    for (const name of ["io", "emulator"]) {
      assert.isTrue(installed(read(`packages/${name}/README.md`)).has("@types/node"))
    }
  })

  it("has no syntax that the oldest supported Node cannot run", () => {
    for (const file of [...files("docs/*.md", "packages/*/test/examples/*.ts"), ...readmes, "README.md"]) {
      const code = file.endsWith(".ts") ? read(file) : blocksOf(read(file))
      assert.notMatch(code, /^\s*(?:await )?using /m, file)
    }
  })
})
