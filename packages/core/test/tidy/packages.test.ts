/** How the packages are published: names, versions, indexes, and the lock file. */
import { assert, describe, it } from "@effect/vitest"
import {
  assertTidy,
  makeSource,
  packageNames,
  readText,
  type Source,
  sources,
  workspaceModule
} from "../support/sources.ts"

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

const nameOf = (folder: string): string => folder === "cli" ? "backup-tree" : `@backup-tree/${folder}`

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
  it("find a module that is missing in the index", () => {
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
})
