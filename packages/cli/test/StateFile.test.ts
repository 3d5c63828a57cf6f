import * as Baseline from "@backup-tree/core/check/Baseline"
import * as BackupListing from "@backup-tree/core/listing/BackupListing"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as fs from "node:fs"
import * as path from "node:path"
import { chainX, chainY, datedChain, environment, stranger, tree, web } from "../../core/test/support/treeLiterals.ts"
import * as StateFile from "../src/StateFile.ts"
import { withFolder } from "./support/command.ts"

const source = { _tag: "Memory", name: "test" } as const

const listing = BackupListing.fromDocument({
  tree: BackupTree.empty,
  notes: [],
  source,
  fetchedAt: DateTime.makeUnsafe(0),
  complete: true
})

/** Opens a state file, prepares a new state, lets something happen, and saves it. */
const saving = (file: string, happen: () => void, baseline = Baseline.empty) =>
  Effect.runPromise(
    Effect.gen(function*() {
      const state = yield* StateFile.open(file)
      const save = yield* StateFile.prepare(state, listing, baseline)
      happen()
      return Result.getOrUndefined(Result.flip(yield* Effect.result(save)))?.message
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

const reading = (file: string) =>
  Effect.runPromise(
    Effect.flatMap(StateFile.open(file), (state) => StateFile.read(state, source)).pipe(
      Effect.scoped,
      Effect.provide(NodeServices.layer)
    )
  )

const day = (number: number) => `2024-03-0${number} 02:00:00`
const old = datedChain(chainX, [day(1), day(2)])
const latest = datedChain(chainY, [day(3)])
const third = "{11111111-0000-4000-8000-000000000000}"

describe("a state file", () => {
  it("is written, and read again", () =>
    withFolder(async (folder) => {
      const file = path.join(folder, "state")
      assert.isUndefined(await saving(file, () => {}))
      assert.isUndefined(await saving(file, () => {}))
      assert.deepStrictEqual(await reading(file), Option.some(Baseline.empty))
      assert.deepStrictEqual(fs.readdirSync(folder), ["state"])
    }))

  it("keeps what is missing and what is gone", () =>
    withFolder(async (folder) => {
      const file = path.join(folder, "state")
      const [web01, other] = [environment(web, [old, latest]), environment(stranger, [datedChain(third, [day(3)])])]
      const baseline = [[web01, other], [environment(web, [old])]].reduce(
        (earlier, seen) =>
          Baseline.update(earlier, { ...listing, tree: tree(...seen) }, DateTime.makeUnsafe("2024-03-09T00:00:00Z")),
        Baseline.empty
      )
      assert.deepStrictEqual([baseline.missing.length, baseline.gone.length], [1, 1])
      assert.isUndefined(await saving(file, () => {}, baseline))
      assert.deepStrictEqual(await reading(file), Option.some(baseline))
    }))

  it("is written piece by piece", () =>
    withFolder(async (folder) => {
      const writes: Array<number> = []
      const counting = (file: FileSystem.File): FileSystem.File =>
        new Proxy(file, {
          get: (target, key) =>
            key === "writeAll"
              ? (bytes: Uint8Array) =>
                Effect.andThen(Effect.sync(() => writes.push(bytes.length)), target.writeAll(bytes))
              : Reflect.get(target, key, target)
        })
      const many = tree(...Array.from({ length: 2000 }, (_, index) => environment(`{${index}}`, [old])))
      const file = path.join(folder, "state")
      await Effect.runPromise(
        Effect.gen(function*() {
          const fileSystem = yield* FileSystem.FileSystem
          const save = yield* Effect.flatMap(
            StateFile.open(file),
            (state) => StateFile.prepare(state, listing, { ...Baseline.empty, tree: many })
          ).pipe(Effect.provideService(FileSystem.FileSystem, {
            ...fileSystem,
            open: (...args) => Effect.map(fileSystem.open(...args), counting)
          }))
          yield* save
        }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
      )
      const { size } = fs.statSync(file)
      assert.isAbove(size, 1_000_000)
      assert.strictEqual(writes.reduce((sum, length) => sum + length, 0), size)
      assert.isAtMost(Math.max(...writes), 200_000)
      assert.deepStrictEqual(await reading(file), Option.some({ ...Baseline.empty, tree: many }))
    }))

  it.each<[string, (file: string) => void]>([
    ["another file", (file) => {
      fs.rmSync(file)
      fs.writeFileSync(file, "other")
    }],
    ["a link", (file) => {
      fs.rmSync(file)
      fs.symlinkSync(`${file}.other`, file)
    }],
    ["nothing", (file) => fs.rmSync(file)],
    ["other contents", (file) => fs.writeFileSync(file, "other contents")]
  ])("is not replaced if %s takes its place meanwhile", (_, happen) =>
    withFolder(async (folder) => {
      const file = path.join(folder, "state")
      await saving(file, () => {})
      assert.match(await saving(file, () => happen(file)) ?? "", /it was changed while the check ran/)
      const left = fs.readdirSync(folder)
      assert.isFalse(left.some((name) => name.endsWith(".tmp") || name.endsWith(".lock")), left.join(", "))
    }))

  it("is not replaced if one appears meanwhile where there was none", () =>
    withFolder(async (folder) => {
      const file = path.join(folder, "state")
      assert.match(await saving(file, () => fs.writeFileSync(file, "other")) ?? "", /it was changed/)
      assert.strictEqual(fs.readFileSync(file, "utf8"), "other")
    }))

  it("that could not be read again is not written", () =>
    withFolder(async (folder) => {
      const file = path.join(folder, "state")
      await saving(file, () => {})
      const before = fs.readFileSync(file, "utf8")
      const name = "\u0001".repeat(46_000_000)
      const tree = { environments: [{ uuid: "{1}", name, vmType: 0, version: 5, chains: [], kept: [] }], kept: [] }
      const exit = await Effect.runPromiseExit(
        Effect.flatMap(StateFile.open(file), (state) => StateFile.prepare(state, listing, { ...Baseline.empty, tree }))
          .pipe(Effect.scoped, Effect.provide(NodeServices.layer))
      )
      assert.isTrue(Exit.isFailure(exit))
      assert.match(JSON.stringify(exit), /the listing is too large: the state file would exceed 256 MiB/)
      assert.strictEqual(fs.readFileSync(file, "utf8"), before)
    }))
})
