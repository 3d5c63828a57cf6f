/** What is pure: core, formats, and the protocol of io. */
import { describe, it } from "@effect/vitest"
import {
  assertFound,
  assertKept,
  codeRule,
  importRule,
  type Rule,
  type Source,
  sources,
  workspaceModule
} from "../support/sources.ts"

/** The modules of Effect that are stable and know values only: no runtime, no clock, no randomness. */
const stableModules = new Set([
  ..."Array BigDecimal BigInt Boolean Brand Chunk Combiner Data DateTime Duration Equal Equivalence Filter Function"
    .split(" "),
  ..."HKT Hash HashMap HashSet Inspectable Iterable JsonPatch JsonPointer JsonSchema Match MutableHashMap".split(" "),
  ..."MutableHashSet MutableList NonEmptyIterable Number Optic Option Order Ordering Pipeable Predicate".split(" "),
  ..."PrimaryKey Record Redactable Redacted Reducer RegExp Result Schema SchemaAST SchemaGetter SchemaIssue".split(" "),
  ..."SchemaParser SchemaRepresentation SchemaTransformation StandardSchema String Struct Symbol Trie Tuple".split(" "),
  ..."Types UndefinedOr Unify Utils encoding/Base64 encoding/Base64Url encoding/EncodingError encoding/Hex".split(" ")
].map((name) => `effect/${name}`))

const isPure = ({ folder, owner, path }: Source): boolean =>
  folder === "src" && (owner === "core" || owner === "formats" || (owner === "io" && path.startsWith("protocol/")))

const parsers = ["fast-xml-parser", "@nodable/entities"]

const pureImportRule = importRule((specifier, source) => {
  if (!isPure(source) || specifier.startsWith(".") || workspaceModule(specifier) !== undefined) return undefined
  if (stableModules.has(specifier) || (source.owner === "core" && parsers.includes(specifier))) return undefined
  return "a pure source uses stable modules of effect that hold values"
    + (source.owner === "core" ? `, ${parsers.join(" and ")}` : "")
})

const impurities = codeRule([
  [
    /\bDate\.now\b|\bnew\s+Date\b(?!\s*\(\s*[^\s)])|(?<!new\s+)\bDate\(|\bDateTime\.now\w*/g,
    "pure code reads no clock"
  ],
  [/(?<![.\w$])performance\b/g, "pure code reads no clock"],
  [/\bMath\.random\b|(?<![.\w$])crypto\b/g, "pure code makes no random values"],
  [/\b(?:(?:set|clear)(?:Timeout|Interval|Immediate)|queueMicrotask)\b/g, "pure code sets no timers"],
  [/(?<![.\w$])(?:process|globalThis|console|Buffer)\b(?!\??:)/g, "pure code uses no globals"],
  [/(?<![.\w$])(?:fetch|require)\s*\(/g, "pure code fetches and loads nothing"],
  [/\bimport\s*\((?!\s*["'])/g, "pure code fetches and loads nothing"],
  [/\.toLocale\w*|\.localeCompare\b|(?<![.\w$])Intl\b/g, "pure code is the same in every locale"]
])

const purityRule: Rule = (source) => isPure(source) ? impurities(source) : []

describe("the sources", () => {
  it("import only values if they are pure", () => assertKept(sources, pureImportRule))
  it("have no clock, randomness, timers or globals if they are pure", () => assertKept(sources, purityRule))
})

describe("the rules", () => {
  it("find an impure import", () => {
    const text = `import * as Result from "effect/Result"
import * as Effect from "effect/Effect"
import { readFileSync } from "node:fs"
import { XMLParser } from "fast-xml-parser"
import * as Bytes from "effect/Bytes"
`
    assertFound(pureImportRule, "core/src/A.ts", text, [2, 3, 5])
    assertFound(pureImportRule, "formats/src/A.ts", text, [2, 3, 4, 5])
    assertFound(pureImportRule, "io/src/protocol/A.ts", text, [2, 3, 4, 5])
    assertFound(pureImportRule, "io/src/A.ts", text, [])
  })

  it("find impure code", () => {
    const impure = [
      "Date.now()",
      "new Date()",
      "new Date",
      "Date()",
      "DateTime.nowUnsafe()",
      "performance.now()",
      "Math.random()",
      "crypto.randomUUID()",
      "setTimeout(f, 1)",
      "queueMicrotask(f)",
      "process.env",
      "globalThis",
      "console.log(a)",
      "Buffer.from(a)",
      "fetch(a)",
      "import(a)",
      "a.toLocaleString()",
      "`${process.pid}`"
    ]
    for (const code of impure) {
      assertFound(purityRule, "core/src/A.ts", `\nconst a = ${code}`, [2])
      assertFound(purityRule, "io/src/protocol/A.ts", `\nconst a = ${code}`, [2])
      assertFound(purityRule, "io/src/A.ts", `\nconst a = ${code}`, [])
    }
    const pure = [
      "new Date(0)",
      "DateTime.make(a)",
      "a.process",
      "{ console: 1 }",
      "prefetch(a)",
      "\"process.env\"",
      "/console/",
      "1 // Date.now()"
    ]
    for (const code of pure) assertFound(purityRule, "core/src/A.ts", `const a = ${code}`, [])
  })
})
