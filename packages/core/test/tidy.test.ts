/**
 * The rules of the house that neither the compiler nor the linter knows: which package may import which, what is pure,
 * what an index holds. They read the sources as text; each rule is a function from a source to its findings.
 */
import { assert, describe, it } from "@effect/vitest"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { posix } from "node:path"

// ---------------------------------------------------------------------------------------------------------------------
// Sources
// ---------------------------------------------------------------------------------------------------------------------

const root = new URL("../../../", import.meta.url)

const readText = (file: string): string => readFileSync(new URL(file, root), "utf8")

const hasFolder = (folder: string): boolean => existsSync(new URL(folder, root))

const packageNames = readdirSync(new URL("packages/", root)).filter((name) =>
  hasFolder(`packages/${name}/package.json`)
)

interface Source {
  /** Path from the root: `packages/io/src/protocol/Package.ts`. */
  readonly file: string
  /** The folder of its package: `io`. */
  readonly owner: string
  /** The folder in the package: `src`, `test` or `benchmark`. */
  readonly folder: string
  /** Path in that folder: `protocol/Package.ts`. */
  readonly path: string
  readonly text: string
  /** The text with blanks in place of comments. */
  readonly code: string
  /** The text with blanks in place of comments and of what literals of text hold. Offsets are those of `text`. */
  readonly bare: string
}

const blank = (text: string): string => text.replace(/[^\n]/g, " ")

const comment = /\/\/[^\n]*|\/\*[^]*?\*\//y
const quoted = /"(?:\\[^]|[^"\\\n])*"|'(?:\\[^]|[^'\\\n])*'/y
const regularExpression = /\/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/y
const templateText = /(?:\\[^]|\$(?!\{)|[^`\\$])*/y
const word = /[\w$]+/y

/** Does a slash after this text begin a regular expression? After an operator, an open bracket or a keyword it does. */
const expectsValue = (before: string): boolean =>
  /(?:^|[^\w$)\]}"'`\s]|\b(?:return|case|typeof|of|in))\s*$/.test(before)

/** Blanks comments and the text in literals; code in the holes of a template stays. */
const scan = (text: string): { readonly code: string; readonly bare: string } => {
  let code = ""
  let bare = ""
  /** Of each template that is open: how many braces stand open in its hole. */
  const holes: Array<number> = []
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = code.length
    return pattern.exec(text)?.[0]
  }
  const put = (part: string, shown: string = part): void => {
    code += part
    bare += shown
  }
  const putTemplate = (): void => {
    const part = match(templateText) ?? ""
    put(part, blank(part))
    if (text.startsWith("${", code.length)) {
      put("${")
      holes.push(0)
    } else {
      put(text.slice(code.length, code.length + 1))
    }
  }
  while (code.length < text.length) {
    const found = match(comment)
    const literal = match(quoted) ?? (expectsValue(bare.slice(-40)) ? match(regularExpression) : undefined)
    const character = text.charAt(code.length)
    if (found !== undefined) {
      code += blank(found)
      bare += blank(found)
    } else if (literal !== undefined) {
      put(literal, literal.charAt(0) + blank(literal.slice(1, -1)) + literal.slice(-1))
    } else if (character === "`") {
      put(character)
      putTemplate()
    } else if (character === "}" && holes.at(-1) === 0) {
      holes.pop()
      put(character)
      putTemplate()
    } else {
      const step = character === "{" ? 1 : character === "}" ? -1 : 0
      if (step !== 0 && holes.length > 0) holes.push(holes.pop()! + step)
      put(match(word) ?? character)
    }
  }
  return { code, bare }
}

const makeSource = (file: string, text: string): Source => {
  const [, owner = "", folder = "", ...path] = file.split("/")
  return { file, owner, folder, path: path.join("/"), text, ...scan(text) }
}

const readSources = (folder: string): ReadonlyArray<Source> =>
  packageNames.filter((name) => hasFolder(`packages/${name}/${folder}`)).flatMap((name) =>
    readdirSync(new URL(`packages/${name}/${folder}`, root), { encoding: "utf8", recursive: true })
      .map((path) => `packages/${name}/${folder}/${path.replaceAll("\\", "/")}`)
      .filter((file) => file.endsWith(".ts"))
      .map((file) => makeSource(file, readText(file)))
  )

// ---------------------------------------------------------------------------------------------------------------------
// Findings
// ---------------------------------------------------------------------------------------------------------------------

type Rule = (source: Source) => ReadonlyArray<string>

const finding = (source: Source, offset: number, message: string): string =>
  `${source.file}:${source.text.slice(0, offset).split("\n").length} ${message}`

interface Import {
  readonly offset: number
  readonly specifier: string
}

/** What a source imports, loads or exports anew. */
const imports = (source: Source): ReadonlyArray<Import> =>
  Array.from(source.bare.matchAll(/\bfrom\s*(["'])|\b(?:import|require)\s*\(?\s*(["'])/g), (match) => {
    const start = match.index + match[0].length
    const end = source.bare.indexOf(match[0].slice(-1), start)
    return { offset: match.index, specifier: source.code.slice(start, end) }
  })

/** A rule about each thing that is imported: why it may not be, or nothing. */
const importRule = (judge: (specifier: string, source: Source) => string | undefined): Rule => (source) =>
  imports(source).flatMap(({ offset, specifier }) => {
    const message = judge(specifier, source)
    return message === undefined ? [] : [finding(source, offset, `imports ${specifier}: ${message}`)]
  })

/** A rule about code that may not stand in a source. */
const codeRule = (patterns: ReadonlyArray<readonly [pattern: RegExp, message: string]>): Rule => (source) =>
  patterns.flatMap(([pattern, message]) =>
    Array.from(source.bare.matchAll(pattern), (match) => finding(source, match.index, `${match[0]}: ${message}`))
  )

// ---------------------------------------------------------------------------------------------------------------------
// Rules
// ---------------------------------------------------------------------------------------------------------------------

const arrows: { readonly [owner: string]: ReadonlyArray<string> } = {
  core: [],
  formats: ["core"],
  io: ["core"],
  testing: ["core"],
  emulator: ["core", "io"],
  cli: ["core", "formats", "io", "emulator", "testing"],
  workflow: ["core", "formats", "io", "emulator", "testing"]
}

const nameOf = (folder: string): string => folder === "cli" ? "backup-tree" : `@backup-tree/${folder}`

/** The package of this house that a specifier names, and the module in it. */
const workspaceModule = (specifier: string): { readonly owner: string; readonly module: string } | undefined => {
  const match = /^(?:backup-tree|@backup-tree\/([^/]+))(?:\/(.+))?$/.exec(specifier)
  return match === null ? undefined : { owner: match[1] ?? "cli", module: match[2] ?? "" }
}

/** Packages that every package's tests may also use. Client and emulator meet in the emulator's tests only. */
const testArrows = ["testing"]

const arrowRule = importRule((specifier, { folder, owner }) => {
  const target = workspaceModule(specifier)?.owner
  if (target === undefined) return undefined
  if (target === owner) return folder === "src" ? "a package imports its own modules by relative paths" : undefined
  const ownArrows = arrows[owner]
  if (ownArrows === undefined) return `the table of arrows has no package ${owner}`
  const allowed = folder === "src" ? ownArrows : [...ownArrows, ...testArrows]
  return allowed.includes(target)
    ? undefined
    : `in ${folder}, ${owner} may use ${allowed.join(", ") || "no other package"}`
})

// Endpoint and DispatcherError are the transport's own signature; both sides generate uuids.
const wireModules: ReadonlySet<string> = new Set([
  "dispatcher/DispatcherTransport",
  "dispatcher/Endpoint",
  "dispatcher/DispatcherError",
  "dispatcher/RandomUuid"
])

/** The emulator plays the other side of the wire: it shares the wire, not the client. */
const emulatorRule = importRule((specifier, { folder, owner }) => {
  const target = workspaceModule(specifier)
  if (owner !== "emulator" || folder !== "src" || target?.owner !== "io") return undefined
  return wireModules.has(target.module) || target.module.startsWith("protocol/")
    ? undefined
    : `of io the emulator may use protocol/* and ${[...wireModules].join(", ")}`
})

const internalRule = importRule((specifier) =>
  /^internal\/|\/internal\//.test(workspaceModule(specifier)?.module ?? "")
    ? "what is internal to a package is imported by nobody else"
    : undefined
)

const relativeRule = importRule((specifier, { path }) => {
  if (!specifier.startsWith(".")) return undefined
  if (posix.join(posix.dirname(path), specifier).startsWith("..")) return "a relative path stays in its package's src"
  return specifier.endsWith(".ts") ? undefined : "a relative path ends in .ts"
})

const barrelRule = importRule((specifier) =>
  /^(?:effect|@effect\/[^/]+|@backup-tree\/[^/]+)$/.test(specifier)
    ? "import the module, not the barrel"
    : undefined
)

const experimentalXml = "effect/encoding/Xml"

/** A benchmark may compare with it. */
const experimentalXmlRule = importRule((specifier, { folder }) =>
  specifier === experimentalXml && folder === "src"
    ? "it is experimental, and there is a reader of our own"
    : undefined
)

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

const maxLines = 600

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

/** Modules of a package that its index does not export; what stands in a folder is imported by its own path. */
const unexported = (sources: ReadonlyArray<Source>): ReadonlyArray<string> => {
  const index = sources.find(({ path }) => path === "index.ts")
  return sources.filter(({ path }) => path !== "index.ts" && !path.includes("/")).flatMap((source) => {
    const name = source.path.replace(/\.ts$/, "")
    return index?.code.includes(`export * as ${name} from "./${source.path}"`)
      ? []
      : [`${source.file}:1 is not exported from the index as ${name}`]
  })
}

const everyTestRunsRule = codeRule([
  [/\b(?:it|test|describe)(?:\.\w+)*\.(?:skip|only|todo|skipIf|runIf|fails)\b/g, "every test runs"],
  [/\b(?:xit|xtest|xdescribe|fit|fdescribe)\s*\(/g, "every test runs"]
])

// ---------------------------------------------------------------------------------------------------------------------
// Tests
// ---------------------------------------------------------------------------------------------------------------------

const sources = readSources("src")
const tests = [...readSources("test"), ...readSources("benchmark")]

const assertTidy = (findings: ReadonlyArray<string>): void => assert.isEmpty(findings, `\n${findings.join("\n")}\n`)

describe("the sources", () => {
  const laws: ReadonlyArray<readonly [title: string, sources: ReadonlyArray<Source>, rule: Rule]> = [
    ["keep to the arrows between packages", [...sources, ...tests], arrowRule],
    ["let the emulator share only the wire with io", sources, emulatorRule],
    ["leave what is internal to another package alone", [...sources, ...tests], internalRule],
    ["import by relative paths inside their package only", sources, relativeRule],
    ["import no barrels", sources, barrelRule],
    ["leave the experimental XML reader alone", sources, experimentalXmlRule],
    ["import only values where they are pure", sources, pureImportRule],
    ["have no clock, randomness, timers or globals where they are pure", sources, purityRule],
    ["are short", sources, sizeRule],
    ["have indexes that only re-export", sources, indexRule],
    ["skip no test", tests, everyTestRunsRule]
  ]
  for (const [title, judged, rule] of laws) {
    it(title, () => {
      assert.isNotEmpty(judged)
      assertTidy(judged.flatMap(rule))
    })
  }
})

interface Manifest {
  readonly name: string
  readonly version: string
  readonly private?: boolean
  readonly exports?: object
  readonly dependencies?: { readonly [name: string]: string }
}

interface Lock {
  readonly packages: {
    readonly [path: string]: { readonly optionalDependencies?: { readonly [name: string]: string } }
  }
}

const readManifest = (folder: string): Manifest => JSON.parse(readText(`packages/${folder}/package.json`))

const packages = packageNames.map((folder) => ({ folder, manifest: readManifest(folder) }))

describe("the packages", () => {
  it("export each of their modules from their index", () => {
    const published = packages.filter(({ manifest }) => manifest.exports !== undefined && manifest.private !== true)
    assert.isNotEmpty(published)
    assertTidy(published.flatMap(({ folder }) => unexported(sources.filter(({ owner }) => owner === folder))))
  })

  it("are named after their folders", () => {
    for (const { folder, manifest } of packages) assert.strictEqual(manifest.name, nameOf(folder))
  })

  it("have one version and depend on each other's", () => {
    const version = packages[0]?.manifest.version ?? ""
    for (const { folder, manifest } of packages) {
      assert.strictEqual(manifest.version, version, `packages/${folder}/package.json`)
      for (const [name, range] of Object.entries(manifest.dependencies ?? {})) {
        if (workspaceModule(name) === undefined) continue
        assert.strictEqual(range, `^${version}`, `packages/${folder}/package.json depends on ${name}`)
      }
    }
  })

  it("are all built and tested", () => {
    const folders = packageNames.map((name) => `packages/${name}`)
    for (const file of ["tsconfig.json", "tsconfig.tests.json"]) {
      const config: { readonly references: ReadonlyArray<{ readonly path: string }> } = JSON.parse(readText(file))
      assert.includeMembers(config.references.map(({ path }) => path), folders, file)
    }
    const projects = readText("vitest.workspace.ts")
    for (const name of packageNames) assert.include(projects, `"${name}"`, "vitest.workspace.ts")
  })

  it("come from no registry that the lock file names", () => {
    assert.notMatch(readText("package-lock.json"), /"resolved": *"[a-z+]+:/)
  })

  it("have every optional dependency in the lock file, or npm ci refuses it", () => {
    // npm leaves out what its registry does not have: the builds of a tool for another system.
    const lock: Lock = JSON.parse(readText("package-lock.json"))
    const locked = new Set(Object.keys(lock.packages).map((path) => path.replace(/^.*node_modules\//, "")))
    const optional = Object.values(lock.packages).flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}))
    assert.isNotEmpty(optional)
    assert.deepStrictEqual(optional.filter((name) => !locked.has(name)), [])
  })
})

describe("the rules", () => {
  const planted = (rule: Rule, file: string, text: string): ReadonlyArray<string> =>
    rule(makeSource(`packages/${file}`, text))

  /** Asserts that a rule finds something on the given lines, and nothing else. */
  const assertFound = (rule: Rule, file: string, text: string, lines: ReadonlyArray<number>): void => {
    const found = planted(rule, file, text)
    const places = found.map((message) => message.slice(0, message.indexOf(" ")))
    assert.deepStrictEqual(places, lines.map((line) => `packages/${file}:${line}`), `${text}\n${found.join("\n")}`)
  }

  it("see every way to import, and none in a comment or a text", () => {
    const text = `// import "a"
/* import "b" */ import "c"
import type { D } from 'd'
export * as E from "e"
export { f } from "f" // from "g"
const g: import("h").H = await import("i")
const h = "import 'j'" + \`from "k" \${require("l")} from "m"\` + Array.from("n")
const i = /"/ + "from \\"o\\"" + 1 / 2
import {
  p
} from "p"
`
    assert.deepStrictEqual(
      imports(makeSource("packages/io/src/A.ts", text)).map(({ specifier }) => specifier),
      ["c", "d", "e", "f", "h", "i", "l", "p"]
    )
  })

  it("keep every offset while they blank comments and literals", () => {
    for (const source of [...sources, ...tests]) {
      assert.strictEqual(source.bare.length, source.text.length, source.file)
      assert.strictEqual(source.code.length, source.text.length, source.file)
    }
    const { bare } = scan("a(`b${c({ d: `e` })}f`) // g\n= /h'/.test('i') }")
    assert.strictEqual(bare, "a(` ${c({ d: ` ` })} `)     \n= /  /.test(' ') }")
  })

  it("find an arrow that points back", () => {
    const text = "import * as A from \"@backup-tree/core/A\"\nimport { B } from \"@backup-tree/emulator/B\"\n"
    assertFound(arrowRule, "io/src/A.ts", text, [2])
    assertFound(arrowRule, "io/test/A.test.ts", text, [2])
    assertFound(arrowRule, "core/src/A.ts", text, [1, 2])
    assertFound(arrowRule, "core/test/A.test.ts", text, [2])
    assertFound(arrowRule, "core/test/A.test.ts", "import \"@backup-tree/testing/A\"", [])
    assertFound(arrowRule, "core/test/A.test.ts", "import \"backup-tree\"", [1])
    assertFound(arrowRule, "cli/src/A.ts", text, [])
    assertFound(arrowRule, "io/src/A.ts", "import \"backup-tree\"", [1])
    assertFound(arrowRule, "unknown/src/A.ts", text, [1, 2])
  })

  it("find an emulator that uses the client", () => {
    const text = `import * as A from "@backup-tree/io/protocol/Package"
import * as B from "@backup-tree/io/dispatcher/DispatcherTransport"
import * as C from "@backup-tree/io/dispatcher/DispatcherClient"
`
    assertFound(emulatorRule, "emulator/src/A.ts", text, [3])
    assertFound(emulatorRule, "emulator/test/A.test.ts", text, [])
  })

  it("find an import of what is internal", () => {
    assertFound(internalRule, "cli/src/A.ts", "import { a } from \"@backup-tree/core/internal/a\"", [1])
    assertFound(internalRule, "core/src/A.ts", "import { a } from \"./internal/a.ts\"", [])
  })

  it("find a relative path that leaves the package or has no ending", () => {
    assertFound(
      relativeRule,
      "io/src/protocol/A.ts",
      "import \"../B.ts\"\nimport \"../../test/B.ts\"\nimport \"./B\"",
      [2, 3]
    )
    assertFound(relativeRule, "io/src/A.ts", "export * from \"../../core/src/A.ts\"", [1])
  })

  it("find a barrel", () => {
    const barrels = ["effect", "@effect/platform-node", "@backup-tree/core"]
    for (const name of barrels) assertFound(barrelRule, "io/src/A.ts", `import * as A from "${name}"`, [1])
    const modules = ["effect/Effect", "effect/encoding/Hex", "@effect/platform-node/NodeRuntime", "@backup-tree/core/A"]
    for (const name of modules) assertFound(barrelRule, "io/src/A.ts", `import * as A from "${name}"`, [])
  })

  it("find a user of the experimental XML reader", () => {
    const text = `import * as Xml from "${experimentalXml}"`
    assertFound(experimentalXmlRule, "io/src/TreeStream.ts", text, [1])
    assertFound(experimentalXmlRule, "io/benchmark/marks/A.ts", text, [])
  })

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

  it("find a module that the index forgets", () => {
    const index = makeSource(
      "packages/core/src/index.ts",
      "export * as A from \"./A.ts\"\n// export * as B from \"./B.ts\"\n"
    )
    const modules = ["A.ts", "B.ts", "internal/c.ts"].map((path) => makeSource(`packages/core/src/${path}`, ""))
    assert.deepStrictEqual(unexported([index, ...modules]), [
      "packages/core/src/B.ts:1 is not exported from the index as B"
    ])
    assert.lengthOf(unexported(modules), 2)
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
