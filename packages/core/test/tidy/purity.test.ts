/**
 * What pure sources import: core, formats, and the protocol of io.
 *
 * That they use no clock, randomness, timers, globals or locale is held by the linter (`.oxlintrc.json`) and tsgo.
 */
import { describe, it } from "@effect/vitest"
import { assertFound, assertKept, importRule, type Source, sources, workspaceModule } from "../support/sources.ts"

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

/** The pure libraries of each package. */
const libraries: { readonly [owner: string]: ReadonlyArray<string> } = {
  core: ["fast-xml-parser", "@nodable/entities"],
  formats: ["string-width"]
}

const pureImportRule = importRule((specifier, source) => {
  if (!isPure(source) || specifier.startsWith(".") || workspaceModule(specifier) !== undefined) return undefined
  const own = libraries[source.owner] ?? []
  if (stableModules.has(specifier) || own.includes(specifier)) return undefined
  return ["a pure source uses stable modules of effect that hold values", ...own].join(", ")
})

describe("the sources", () => {
  it("import only values if they are pure", () => assertKept(sources, pureImportRule))
})

describe("the rules", () => {
  it("find an impure import", () => {
    const text = `import * as Result from "effect/Result"
import * as Effect from "effect/Effect"
import { readFileSync } from "node:fs"
import { XMLParser } from "fast-xml-parser"
import stringWidth from "string-width"
import * as Bytes from "effect/Bytes"
`
    assertFound(pureImportRule, "core/src/A.ts", text, [2, 3, 5, 6])
    assertFound(pureImportRule, "formats/src/A.ts", text, [2, 3, 4, 6])
    assertFound(pureImportRule, "io/src/protocol/A.ts", text, [2, 3, 4, 5, 6])
    assertFound(pureImportRule, "io/src/A.ts", text, [])
  })
})
