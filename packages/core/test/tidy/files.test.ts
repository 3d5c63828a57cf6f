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

const onlyEffectGen = /=>\s*(?:\{\s*return\s+)?Effect\.gen\(|\)\s*(?::[^;={}]*)?\{\s*return\s+Effect\.gen\(/g

/** Returns the index after the bracket that closes the one before `start`. */
const afterBracket = (bare: string, start: number): number => {
  let end = start
  for (let depth = 1; depth > 0 && end < bare.length; end += 1) {
    const character = bare.charAt(end)
    if (/[([{]/.test(character)) depth += 1
    else if (/[)\]}]/.test(character)) depth -= 1
  }
  return end
}

/** Returns the text before the bracket that the one at `end` closes. */
const beforeBracket = (bare: string, end: number): string => {
  let start = end
  for (let depth = 1; depth > 0 && start > 0;) {
    start -= 1
    const character = bare.charAt(start)
    if (/[)\]}]/.test(character)) depth += 1
    else if (/[([{]/.test(character)) depth -= 1
  }
  return bare.slice(0, start)
}

/** A call on the generator, such as a pipe, is more than the generator alone. The block of an `if` is no function. */
const effectFnRule: Rule = (source) =>
  Array.from(source.bare.matchAll(onlyEffectGen)).flatMap(({ 0: text, index }) => {
    const isCalledOn = /^\s*\./.test(source.bare.slice(afterBracket(source.bare, index + text.length)))
    const isBlock = text.startsWith(")") && /\b(?:if|for|while)\s*$/.test(beforeBracket(source.bare, index))
    return isCalledOn || isBlock
      ? []
      : [finding(source, index, "a function that only returns Effect.gen: write Effect.fnUntraced(function*(…) {…})")]
  })

// A callback of Node receives `Error | null`.
const absenceRule = codeRule([[
  /(?<!\bError\s*)\|\s*null\b|\bnull\s*\|(?!\|)/g,
  "absence is undefined; null is for JSON, as Schema.NullOr"
]])

const unionRule = codeRule([[
  /(?<!(?:Extract|Exclude)<[\w.]+, \{ )\breadonly _tag:/g,
  "a union is a Schema.TaggedUnion if it is stored or sent, and a Data.TaggedEnum inside a process"
]])

describe("the sources", () => {
  it("are short", () => assertKept(sources, sizeRule))
  it("have indexes that only re-export", () => assertKept(sources, indexRule))
  it("skip no test", () => assertKept(tests, everyTestRunsRule))
  it("write functions of effects with Effect.fn", () => assertKept(sources, effectFnRule))
  it("have no type with null", () => assertKept(sources, absenceRule))
  it("write no union by hand", () => assertKept(sources, unionRule))
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

  it("find a function that only returns Effect.gen", () => {
    for (
      const bare of [
        "const f = (a: A): Effect.Effect<B> =>\n  Effect.gen(function*() {\n    return yield* g(a)\n  })",
        "const f = (a) => {\n  return Effect.gen(function*() {})\n}",
        "use((a) => Effect.gen({ self }, function*() {}))",
        "class A {\n  #f(a: A): Effect.Effect<B> {\n    return Effect.gen({ self: this }, function*() {})\n  }\n}",
        "const f = function(a) {\n  return Effect.gen(function*() {})\n}"
      ]
    ) {
      const line = bare.split("\n").findIndex((text) => text.includes("=>") || /f\(|function\(/.test(text)) + 1
      assertFound(effectFnRule, "io/src/A.ts", bare, [line])
    }
  })

  it("allow Effect.gen that is only a part of a function, or no function", () => {
    for (
      const text of [
        "const a = Effect.gen(function*() {})",
        "const f = Effect.fnUntraced(function*(a) {\n  return yield* Effect.scoped(Effect.gen(function*() {}))\n})",
        "const f = (a) => Effect.gen(function*() {}).pipe(Effect.scoped)",
        "const f = (a) => {\n  const b = g(a)\n  return Effect.gen(function*() {})\n}",
        "const f = (a) => {\n  if (g(a)) {\n    return Effect.gen(function*() {})\n  }\n  return h\n}",
        "/** (a) => Effect.gen(function*() {}) */"
      ]
    ) assertFound(effectFnRule, "io/src/A.ts", text, [])
  })

  it("find null in a type", () => {
    assertFound(absenceRule, "core/src/A.ts", "interface A {\n  readonly b: string | null\n}\nlet c: null | B", [2, 4])
    const text = "const a = (error?: Error | null) => error === null || b === null\nSchema.NullOr(A) // A | null"
    assertFound(absenceRule, "core/src/A.ts", text, [])
  })

  it("find a union that is written by hand", () => {
    const text = `type A = { readonly _tag: "B" } | {\n  readonly _tag: "C"\n}`
    assertFound(unionRule, "core/src/A.ts", text, [1, 2])
    assertFound(unionRule, "core/src/A.ts", `type B = Extract<A, { readonly _tag: "B" }>\na._tag === "B"`, [])
  })
})
