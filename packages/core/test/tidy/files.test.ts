/** How files are: short, exported, and every test of them runs. */
import { assert, describe, it } from "@effect/vitest"
import {
  assertFound,
  assertKept,
  blank,
  codeRule,
  finding,
  type Rule,
  scan,
  sources,
  tests
} from "../support/sources.ts"

const maxLines = 400

/** In `internal/` the lines of a long literal are data and do not count. */
const sizeRule: Rule = (source) => {
  const isInternal = /(?:^|\/)internal\//.test(source.path)
  const lines = isInternal ? source.bare.split("\n").filter((line) => line.trim() !== "") : source.text.split("\n")
  return lines.length > maxLines
    ? [`${source.file}:1 has ${lines.length} lines: over ${maxLines} it wants to be two`]
    : []
}

const reExport = /export\s+(?:type\s+)?(?:\*(?:\s+as\s+[\w$]+)?|\{[^}]*\})\s+from\s+"[^"]*"\s*;?/g

const indexRule: Rule = (source) => {
  if (source.path !== "index.ts") return []
  const rest = source.code.replace(reExport, blank)
  const offset = rest.search(/\S/)
  return offset === -1 ? [] : [finding(source, offset, "an index only re-exports")]
}

const everyTestRunsRule = codeRule([
  [/\b(?:it|test|describe)(?:\.\w+)*\.(?:skip|only|todo|skipIf|runIf|fails)\b/g, "every test runs"],
  [/\b(?:xit|xtest|xdescribe|fit|fdescribe)\s*\(/g, "every test runs"]
])

describe("the sources", () => {
  it("are short", () => assertKept(sources, sizeRule))
  it("have indexes that only re-export", () => assertKept(sources, indexRule))
  it("skip no test", () => assertKept(tests, everyTestRunsRule))
})

describe("the rules", () => {
  it("keep every offset while they blank comments and literals", () => {
    for (const source of [...sources, ...tests]) {
      assert.strictEqual(source.bare.length, source.text.length, source.file)
      assert.strictEqual(source.code.length, source.text.length, source.file)
    }
    const { bare } = scan("a(`b${c({ d: `e` })}f`) // g\n= /h'/.test('i') }")
    assert.strictEqual(bare, "a(` ${c({ d: ` ` })} `)     \n= /  /.test(' ') }")
  })

  it("find a long file, unless its length is data", () => {
    const line = "const a = 1\n"
    assertFound(sizeRule, "core/src/A.ts", line.repeat(maxLines), [1])
    assertFound(sizeRule, "core/src/A.ts", line.repeat(maxLines - 1), [])
    assertFound(sizeRule, "core/src/internal/a.ts", line.repeat(maxLines + 1), [1])
    assertFound(sizeRule, "core/src/internal/a.ts", `export const a = \`\n${"a 1\n".repeat(maxLines)}\``, [])
    assertFound(sizeRule, "core/src/A.ts", `export const a = \`\n${"a 1\n".repeat(maxLines)}\``, [1])
  })

  it("find an index that does more than re-export", () => {
    assertFound(
      indexRule,
      "core/src/index.ts",
      "/** All. */\nexport * as A from \"./A.ts\"\nexport { b } from \"./B.ts\"\n",
      []
    )
    assertFound(indexRule, "core/src/index.ts", "export * as A from \"./A.ts\"\nexport const b = 1\n", [2])
    assertFound(indexRule, "core/src/index.ts", "import \"./A.ts\"\n", [1])
  })

  it("find a test that does not run", () => {
    for (const how of ["skip", "only", "todo", "skipIf(a)", "runIf(a)", "fails", "effect.only", "live.skip"]) {
      const text = `it("a", f)\nit.${how}("a", f)\ndescribe.${how}("a", f)`
      assertFound(everyTestRunsRule, "core/test/A.test.ts", text, [2, 3])
    }
    for (const how of ["x", "f"]) {
      assertFound(everyTestRunsRule, "core/test/A.test.ts", `${how}it("a", f)\nit("a", f)\nexit(1)`, [1])
    }
    assertFound(everyTestRunsRule, "core/test/A.test.ts", `it.live("a", f)\nit.prop("a", f)\nit.each([a])("a", f)`, [])
  })
})
