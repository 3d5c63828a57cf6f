/** How the packages are published: names, versions, indexes, and the lock file. */
import { assert, describe, it } from "@effect/vitest"
import { posix } from "node:path"
import {
  assertTidy,
  makeSource,
  packageNames,
  readText,
  type Source,
  sources,
  workspaceModule
} from "../support/sources.ts"

type Exports = { readonly [path: string]: object | string | null }

/** Sub-paths that are imported by their own path only, although they are public: wire formats, for experts. */
const byPathOnly: { readonly [owner: string]: ReadonlyArray<string> } = { io: ["./protocol/*"] }

const matches = (path: string, pattern: string): boolean =>
  pattern.endsWith("*") ? path.startsWith(pattern.slice(0, -1)) : path === pattern

/** Modules of a package that its manifest does not close, and its index does not export. */
const unexported = (sources: ReadonlyArray<Source>, exports: Exports): ReadonlyArray<string> => {
  const index = sources.find(({ path }) => path === "index.ts")
  const closed = Object.keys(exports).filter((path) => exports[path] === null)
  return sources.filter(({ path }) => path !== "index.ts").flatMap((source) => {
    const path = `./${source.path.replace(/\.ts$/, "")}`
    const isLeftOut = [...closed, ...byPathOnly[source.owner] ?? []].some((pattern) => matches(path, pattern))
    const name = posix.basename(path)
    return isLeftOut || index?.code.includes(`export * as ${name} from "./${source.path}"`)
      ? []
      : [`${source.file}:1 is not exported from the index as ${name}`]
  })
}

const nameOf = (folder: string): string => folder === "cli" ? "backup-tree" : `@backup-tree/${folder}`

interface Manifest {
  readonly name: string
  readonly version: string
  readonly private?: boolean
  readonly exports?: Exports
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
    const published = packages.flatMap(({ folder, manifest: { exports, private: isPrivate } }) =>
      exports === undefined || isPrivate === true ? [] : [{ folder, exports }]
    )
    assert.isNotEmpty(published)
    assertTidy(
      published.flatMap(({ exports, folder }) => unexported(sources.filter(({ owner }) => owner === folder), exports))
    )
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
  const exports = { ".": {}, "./*": {}, "./internal/*": null, "./tree/internal/*": null, "./tree/Closed": null }
  const planted = (owner: string, paths: ReadonlyArray<string>): ReadonlyArray<Source> =>
    paths.map((path) => makeSource(`packages/${owner}/src/${path}`, ""))

  it("find a module that is missing in the index, in any folder", () => {
    const index = makeSource(
      "packages/core/src/index.ts",
      `export * as A from "./A.ts"
// export * as B from "./B.ts"
export * as C from "./tree/C.ts"
export * as D from "./D.ts"
`
    )
    const closed = planted("core", ["internal/c.ts", "tree/internal/deep/d.ts", "tree/Closed.ts"])
    const modules = planted("core", ["A.ts", "B.ts", "tree/B.ts", "tree/C.ts", "tree/D.ts"])
    assert.deepStrictEqual(unexported([index, ...modules, ...closed], exports), [
      "packages/core/src/B.ts:1 is not exported from the index as B",
      "packages/core/src/tree/B.ts:1 is not exported from the index as B",
      "packages/core/src/tree/D.ts:1 is not exported from the index as D"
    ])
    assert.lengthOf(unexported([...modules, ...closed], exports), 5)
  })

  it("leave the protocol of io to its sub-paths, and of io only", () => {
    const paths = ["protocol/A.ts"]
    assert.deepStrictEqual(unexported(planted("io", paths), exports), [])
    assert.lengthOf(unexported(planted("core", paths), exports), 1)
  })
})
