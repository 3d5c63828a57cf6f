/**
 * Which module may import which: between packages, between the folders of a package, and never in a circle.
 *
 * The linter (`.oxlintrc.json`) refuses barrels and the experimental XML reader. The compiler refuses modules that are
 * internal to another package, and relative paths that leave a package or lack their ending.
 */
import { assert, describe, it } from "@effect/vitest"
import { posix } from "node:path"
import {
  assertFound,
  assertKept,
  assertTidy,
  importRule,
  imports,
  makeSource,
  packageNames,
  type Source,
  sources,
  tests,
  workspaceModule
} from "../support/sources.ts"

const arrows: { readonly [owner: string]: ReadonlyArray<string> } = {
  core: [],
  formats: ["core"],
  io: ["core"],
  testing: ["core"],
  emulator: ["core", "io"],
  cli: ["core", "formats", "io", "emulator", "testing"]
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

// Endpoint and DispatcherError are the transport's own signature; both sides generate uuids, and work in slices.
const wireModules: ReadonlySet<string> = new Set([
  "Cooperative",
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

/** The path of the module that a relative specifier names, in the folder of its source. */
const targetOf = (specifier: string, { path }: Source): string | undefined =>
  specifier.startsWith(".") ? posix.join(posix.dirname(path), specifier) : undefined

/** The folders of core in the order of their dependency: each uses those before it. Source: ARCHITECTURE. */
const coreFolders = [
  "steps",
  "text",
  "json",
  "xml",
  "sdk",
  "tree",
  "server",
  "directory",
  "listing",
  "compare",
  "check",
  "salvage",
  "plan"
]

const folderOf = (path: string): string => path.slice(0, Math.max(0, path.indexOf("/")))

/** A folder of core imports from those before it only; types count too. */
const folderRule = importRule((specifier, source) => {
  const target = targetOf(specifier, source)
  if (source.owner !== "core" || source.folder !== "src" || source.path === "index.ts" || target === undefined) {
    return undefined
  }
  const [own, other] = [source.path, target].map((path) => coreFolders.indexOf(folderOf(path)))
  if (own === -1) return `the order of core's folders has no place for ${source.path}`
  if (other === -1) return `the order of core's folders has no place for ${target}`
  return other! > own! ? `${folderOf(source.path)} comes before ${folderOf(target)}` : undefined
})

/** What is internal to a folder is imported by its own files, and by those of the folders in it. */
const foreignInternalRule = importRule((specifier, source) => {
  const target = targetOf(specifier, source)
  const match = source.folder === "src" && target !== undefined ? /^(.*?)\binternal\//.exec(target) : null
  return match === null || source.path.startsWith(match[1]!) ? undefined : `it is internal to ${match[1]}`
})

/** The circles among the modules of each package, by relative imports; imports of types count too. */
const circles = (judged: ReadonlyArray<Source>): ReadonlyArray<string> => {
  const keyOf = (source: Source, path: string): string => `packages/${source.owner}/${source.folder}/${path}`
  const graph = new Map(judged.map((source) => [
    source.file,
    imports(source).flatMap(({ specifier }) => {
      const target = targetOf(specifier, source)
      return target === undefined ? [] : [keyOf(source, target)]
    })
  ]))
  const found: Array<string> = []
  const finished = new Set<string>()
  const visit = (file: string, way: ReadonlyArray<string>): void => {
    const start = way.indexOf(file)
    if (start !== -1) found.push([...way.slice(start), file].join(" -> "))
    if (start !== -1 || finished.has(file)) return
    for (const next of graph.get(file) ?? []) visit(next, [...way, file])
    finished.add(file)
  }
  for (const file of graph.keys()) visit(file, [])
  return found
}

describe("the imports", () => {
  it("keep to the arrows between packages", () => assertKept([...sources, ...tests], arrowRule))
  it("have arrows for every package, and for no other", () =>
    assert.sameMembers(Object.keys(arrows), [...packageNames]))
  it("of the emulator share only the wire with io", () => assertKept(sources, emulatorRule))
  it("leave what is internal to another folder alone", () => assertKept(sources, foreignInternalRule))
  it("in core follow the order of its folders", () => assertKept(sources, folderRule))
  it("go in no circle", () => assertTidy(circles([...sources, ...tests])))
})

describe("the rules", () => {
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

  it("find an import of a later folder of core, or of one without a place", () => {
    const text = `import { a } from "../text/A.ts"
import type { B } from "../check/B.ts"
export { c } from "./C.ts"
import { d } from "../elsewhere/D.ts"
`
    assertFound(folderRule, "core/src/listing/A.ts", text, [2, 4])
    assertFound(folderRule, "core/src/check/A.ts", text, [4])
    assertFound(folderRule, "core/src/elsewhere/A.ts", "import { a } from \"../text/A.ts\"", [1])
    assertFound(folderRule, "core/src/index.ts", "export * as A from \"./plan/A.ts\"", [])
    assertFound(folderRule, "io/src/text/A.ts", text, [])
  })

  it("find an import of what is internal to another folder", () => {
    const text = `import { a } from "./internal/a.ts"
import { b } from "../internal/b.ts"
import type { C } from "../../tree/internal/c.ts"
`
    assertFound(foreignInternalRule, "core/src/check/rules/A.ts", text, [3])
    assertFound(foreignInternalRule, "core/src/check/internal/a.ts", "import { b } from \"./b.ts\"", [])
    assertFound(foreignInternalRule, "io/src/A.ts", "import { a } from \"./source/internal/a.ts\"", [1])
    assertFound(foreignInternalRule, "formats/src/A.ts", "import { a } from \"./internal/a.ts\"", [])
  })

  it("find a circle, if only types close it", () => {
    const planted = (texts: { readonly [path: string]: string }) =>
      circles(Object.entries(texts).map(([path, text]) => makeSource(`packages/core/src/${path}`, text)))
    const a = "import * as B from \"./b/B.ts\""
    assert.deepStrictEqual(planted({ "A.ts": a, "b/B.ts": "import type { A } from \"../A.ts\"" }), [
      "packages/core/src/A.ts -> packages/core/src/b/B.ts -> packages/core/src/A.ts"
    ])
    assert.lengthOf(planted({ "A.ts": "export { A } from \"./A.ts\"" }), 1)
    assert.isEmpty(planted({ "A.ts": a, "b/B.ts": "import * as C from \"./C.ts\"", "b/C.ts": "" }))
    assert.isEmpty(planted({ "A.ts": a, "b/B.ts": "import type { A } from \"@backup-tree/core/A\"" }))
  })
})
