import * as BackupCatalog from "@backup-tree/core/check/BackupCatalog"
import * as Qcow2 from "@backup-tree/core/directory/files/Qcow2"
import * as StoreSkip from "@backup-tree/core/directory/files/StoreSkip"
import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import type * as BackupStore from "@backup-tree/core/server/BackupStore"
import * as ServerModel from "@backup-tree/core/server/ServerModel"
import * as BackupTreeXml from "@backup-tree/core/tree/BackupTreeXml"
import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import * as StoreDirectory from "@backup-tree/testing/StoreDirectory"
import * as StoreFault from "@backup-tree/testing/StoreFault"
import * as StoreGenerator from "@backup-tree/testing/StoreGenerator"
import * as NodeFileSystem from "@effect/platform-node-shared/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import * as DateTime from "effect/DateTime"
import * as fs from "node:fs"
import * as path from "node:path"
import * as Examples from "./examples/StoreFault.ts"
import * as Folder from "./support/folder.ts"

const planned = (store: BackupStore.BackupStore, names: ReadonlyArray<StoreFault.Name>, seed = 1) =>
  Result.getOrThrow(StoreFault.plan(store, names, { seed }))

/** Writes a store and injects faults into it. Returns the contents before and after. */
const injected = (store: BackupStore.BackupStore, names: ReadonlyArray<StoreFault.Name>) =>
  Effect.gen(function*() {
    const root = `${yield* Folder.make}/backups`
    yield* StoreDirectory.write(store, root)
    const before = Folder.contents(root, 512)
    const faults = planned(store, names)
    for (const { inject } of faults) yield* inject(root)
    return { root, faults, before, after: Folder.contents(root, 512) }
  }).pipe(Effect.provide(NodeFileSystem.layer))

type Contents = ReadonlyMap<string, string>

interface Change {
  readonly gone: ReadonlyArray<string>
  readonly added: ReadonlyArray<string>
  readonly changed: ReadonlyArray<string>
}

const changeOf = (before: Contents, after: Contents): Change => ({
  gone: [...before.keys()].filter((name) => !after.has(name)),
  added: [...after.keys()].filter((name) => !before.has(name)),
  changed: [...after.keys()].filter((name) => before.has(name) && before.get(name) !== after.get(name))
})

const uuid = "\\{[0-9a-f-]{36}\\}"
const shapes: { readonly [Key in StoreFault.Name]: { readonly path: RegExp; readonly change: keyof Change } } = {
  "not-uuid": { path: /^old-[0-9a-f]{8}$/, change: "added" },
  "vm-metadata-missing": { path: new RegExp(`^${uuid}/\\.metadata$`), change: "gone" },
  "vm-metadata-invalid": { path: new RegExp(`^${uuid}/\\.metadata$`), change: "changed" },
  "no-chains": { path: new RegExp(`^${uuid}$`), change: "added" },
  "chain-empty": { path: new RegExp(`^${uuid}/${uuid}$`), change: "added" },
  "chain-set-aside": { path: new RegExp(`^${uuid}/${uuid}\\.old$`), change: "added" },
  "chain-renamed": { path: new RegExp(`^${uuid}/${uuid}$`), change: "added" },
  "base-missing": { path: /\/base$/, change: "gone" },
  "base-without-metadata": { path: /\/base\/\.metadata$/, change: "gone" },
  "head-invalid": { path: /\/(?:base|\d+)\/\.metadata$/, change: "changed" },
  "head-config-missing": { path: /\/(?:base|\d+)\/(?:config\.pvs|ve\.conf)$/, change: "gone" },
  "link-without-metadata": { path: /\/\d+\/\.metadata$/, change: "gone" },
  "link-invalid": { path: /\/\d+\/\.metadata$/, change: "changed" },
  "link-config-missing": { path: /\/\d+\/(?:config\.pvs|ve\.conf)$/, change: "gone" },
  "number-duplicate": { path: /\/0\d+$/, change: "added" },
  "number-renamed": { path: /\/\d+$/, change: "added" },
  "id-wrong": { path: /\/\d+\/\.metadata$/, change: "changed" },
  "outside-root": { path: /\/\d+$/, change: "changed" },
  "not-a-file": { path: /\/latest$/, change: "added" },
  "temp-file": { path: new RegExp(`/\\.metadata\\.libprlcommon_tmp\\.${uuid}$`), change: "added" },
  "orphan-image": { path: /\.qcow2$/, change: "added" },
  "missing-image": { path: /\.(?:qcow2|tib)$/, change: "gone" },
  "image-empty": { path: /\.(?:qcow2|tib)$/, change: "changed" },
  "backing-file-elsewhere": { path: /\.qcow2$/, change: "changed" },
  "backing-file-wrong": { path: /\.qcow2$/, change: "changed" }
}

const backingFileOf = (file: string): string => {
  const bytes = Folder.firstBytes(file, 2048)
  const { length, offset } = Result.getOrThrow(Qcow2.decode(bytes)).backingFile!
  return bytes.subarray(offset, offset + length).toString()
}

const isMetadata = (file: string): boolean =>
  Result.isSuccess(BackupTreeXml.decodeMetadata(fs.readFileSync(file, "utf8"), { mode: "strict" }))

const generated = StoreGenerator.generate({ seed: 1 })
const chainOf = (name: string): string => name.split("/").slice(0, 2).join("/")

const Days = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 13 })))
const Seed = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: -1_000_000, maximum: 1_000_000 })))

describe("the table of faults", () => {
  it("has one for every reason of a skip, except those that need another user or a failing disk", () => {
    const reported = new Set<string>(StoreFault.faults.map(({ reportedAs }) => reportedAs))
    assert.deepStrictEqual(
      StoreSkip.Reason.literals.filter((reason) => !reported.has(reason)),
      ["chain-unreadable", "unreadable"]
    )
    for (const rule of ["I02", "I08", "I36", "I37"]) assert.isTrue(reported.has(rule), rule)
  })

  it("describes each in a sentence without a full stop", () => {
    for (const { description, name } of StoreFault.faults) assert.match(description, /^An? \S.*[^.]$|^The /, name)
    assert.deepStrictEqual(StoreFault.faults.map(({ name }) => name), [...StoreFault.names])
  })
})

describe("a plan", () => {
  it.prop("has a place for every fault in a store of any time and seed", [Seed, Days], ([seed, days]) => {
    const now = DateTime.add(StoreGenerator.defaultNow, { days })
    assert.lengthOf(planned(StoreGenerator.generate({ seed, now }), StoreFault.names, seed), StoreFault.names.length)
  })

  it.prop("spares a chain that is broken already, and its environment", [Seed], ([seed]) => {
    const store = StoreGenerator.generate({ seed, environments: 3, wrongId: true })
    const [broken] = BackupCatalog.fromListing(
      Arbitraries.completeListing(ServerModel.exactSelect(store, BackupTreeRequest.everything))
    ).quarantined
    for (const name of StoreFault.names) {
      const { path: changed, reportedAt } = planned(store, [name], seed)[0]!
      assert.notStrictEqual(reportedAt, broken!.environment.uuid, name)
      assert.notInclude(changed, broken!.chain.uuid, name)
    }
  })

  it.prop("gives no chain two faults, and a hidden environment no other fault", [Seed], ([seed]) => {
    const faults = planned(StoreGenerator.generate({ seed }), StoreFault.names, seed)
    assert.deepStrictEqual(faults.map(({ fault }) => fault.name), [...StoreFault.names])
    const chains = faults.map(({ path }) => chainOf(path)).filter((name) => name.includes("}/{"))
    assert.strictEqual(new Set(chains).size, chains.length)
    const hidden = faults.filter(({ fault }) => fault.name.startsWith("vm-metadata")).map(({ reportedAt }) =>
      reportedAt
    )
    assert.lengthOf(hidden, 2)
    for (const { reportedAt } of faults) {
      assert.strictEqual(hidden.some((directory) => reportedAt.startsWith(`${directory}/`)), false)
    }
    assert.deepStrictEqual(
      planned(StoreGenerator.generate({ seed }), StoreFault.names, seed).map(({ path }) => path),
      faults.map(({ path }) => path)
    )
  })

  it("places a fault once for each time that it is named, elsewhere for another seed", () => {
    const paths = (seed: number) => planned(generated, ["missing-image", "missing-image"], seed).map(({ path }) => path)
    assert.lengthOf(new Set(paths(1).map(chainOf)), 2)
    assert.notDeepEqual(paths(1), paths(2))
  })

  it("fails if no place is left", () => {
    const few = StoreGenerator.generate({ seed: 1, environments: 1, weeks: 2 })
    const refused = StoreFault.plan(few, ["vm-metadata-missing", "missing-image"], { seed: 1 })
    assert.strictEqual(Result.isFailure(refused) && refused.failure.fault, "missing-image")
    assert.include(
      Result.isFailure(refused) ? refused.failure.message : "",
      "Generate more environments, or more weeks"
    )
    for (const name of StoreFault.names) {
      const plan = StoreFault.plan({ environments: [] }, [name], { seed: 1 })
      assert.strictEqual(Result.isSuccess(plan), name === "not-uuid" || name === "no-chains", name)
    }
  })
})

describe("the examples", () => {
  it("choose faults", () => {
    assert.deepStrictEqual(Examples.metadataFaults, [
      "vm-metadata-missing",
      "vm-metadata-invalid",
      "base-without-metadata",
      "link-without-metadata"
    ])
    assert.deepStrictEqual(Examples.faultsOf("I36"), ["An image is empty, as after a write to a full disk"])
  })

  it.effect("break a backup directory", () =>
    Effect.gen(function*() {
      const root = `${yield* Folder.make}/backups`
      const [missing] = yield* Effect.provide(Examples.brokenDirectory(root, ["missing-image"]), NodeFileSystem.layer)
      assert.strictEqual(missing!.reportedAs, "missing-image")
      assert.isTrue(fs.existsSync(`${root}/${chainOf(missing!.path)}`))
      assert.isFalse(fs.existsSync(`${root}/${missing!.path}`))
    }))
})

describe("a fault", () => {
  it.effect("changes its path, and nothing else", () =>
    Effect.gen(function*() {
      const { after, before, faults } = yield* injected(generated, StoreFault.names)
      const change = changeOf(before, after)
      const renamed = change.gone.filter((name) => new RegExp(`^${uuid}/${uuid}$`).test(name))
      // Of chain-set-aside and chain-renamed.
      assert.lengthOf(renamed, 2)
      for (const { fault, path: changed } of faults) {
        const { change: kind, path: shape } = shapes[fault.name]
        assert.match(changed, shape, fault.name)
        assert.include(change[kind], changed, fault.name)
        if (fault.name === "number-renamed") {
          renamed.push(changed.replace(/\d+$/, (number) => String(Number(number) - 1)))
        }
      }
      const places = [...renamed, ...faults.map(({ path: changed }) => changed)]
      for (const name of Object.values(change).flat()) {
        assert.isTrue(places.some((place) => name === place || name.startsWith(`${place}/`)), name)
      }
    }))

  it.effect("leaves the reported file or directory in the described state", () =>
    Effect.gen(function*() {
      const { root, faults } = yield* injected(generated, StoreFault.names)
      for (const { fault, path: changed, reportedAt } of faults) {
        const place = `${root}/${changed}`
        const at = `${root}/${reportedAt}`
        if (fault.name !== "missing-image") assert.isDefined(fs.lstatSync(at), fault.name)
        switch (fault.name) {
          case "vm-metadata-invalid":
          case "head-invalid":
          case "link-invalid":
            assert.strictEqual(place, `${at}/.metadata`)
            assert.isFalse(isMetadata(place))
            break
          case "id-wrong": {
            const { length } = path.basename(at)
            const [, id] = /Id>([^<]*)</.exec(fs.readFileSync(place, "utf8"))!
            assert.strictEqual(id!.slice(-length - 2), `.${path.basename(at)}0`)
            break
          }
          case "base-missing":
            assert.strictEqual(path.dirname(at), path.dirname(place))
            assert.include(fs.readFileSync(`${at}/.metadata`, "utf8"), "<PartialBackupItem ")
            break
          case "no-chains":
            assert.deepStrictEqual(fs.readdirSync(at), [".metadata"])
            assert.isTrue(isMetadata(`${at}/.metadata`))
            break
          case "not-uuid":
          case "chain-empty":
            assert.deepStrictEqual(fs.readdirSync(at), [])
            break
          case "chain-renamed":
            assert.notInclude(fs.readFileSync(`${at}/base/.metadata`, "utf8"), path.basename(at))
            break
          case "number-renamed": {
            const number = Number(path.basename(at))
            const found = /<Number>(\d+)</.exec(fs.readFileSync(`${at}/.metadata`, "utf8"))![1]
            assert.strictEqual(Number(found), number - 1)
            break
          }
          case "number-duplicate": {
            const first = path.join(path.dirname(at), path.basename(at).slice(1))
            for (const name of fs.readdirSync(first)) {
              assert.isTrue(fs.readFileSync(`${first}/${name}`).equals(fs.readFileSync(`${at}/${name}`)))
            }
            break
          }
          case "outside-root":
            assert.strictEqual(fs.realpathSync(place), fs.realpathSync("/bin"))
            assert.isTrue(fs.statSync(place).isDirectory())
            break
          case "orphan-image":
            assert.isTrue(fs.existsSync(`${path.dirname(at)}/${backingFileOf(at)}`))
            break
          case "image-empty":
            assert.strictEqual(fs.statSync(at).size, 0)
            break
          case "backing-file-elsewhere":
            assert.match(backingFileOf(at), /^\/mnt\/old-backups\/.*\.qcow2$/)
            break
          case "backing-file-wrong": {
            const items = fs.readdirSync(path.dirname(at)).filter((name) => /^(?:base|\d+)$/.test(name))
            const head = items.includes("base") ? 1 : Math.min(...items.map(Number))
            const wrong = backingFileOf(at)
            assert.strictEqual(Number(/\.(\d+)\.qcow2$/.exec(wrong)?.[1] ?? 1), head)
            assert.isTrue(fs.existsSync(`${path.dirname(at)}/${wrong}`))
            break
          }
        }
      }
    }))
})
