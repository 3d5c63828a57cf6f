/** The steps of a salvage, followed on stores with any faults: nothing gets worse, and nothing broken looks whole. */
import * as BackupCatalog from "@backup-tree/core/check/BackupCatalog"
import * as DirectoryReading from "@backup-tree/core/directory/DirectoryReading"
import * as BackupListing from "@backup-tree/core/listing/BackupListing"
import * as RestorePlan from "@backup-tree/core/plan/RestorePlan"
import * as Salvage from "@backup-tree/core/salvage/Salvage"
import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as BackupDirectory from "@backup-tree/io/directory/BackupDirectory"
import * as StoreDirectory from "@backup-tree/testing/StoreDirectory"
import * as StoreGenerator from "@backup-tree/testing/StoreGenerator"
import * as NodeFileSystem from "@effect/platform-node-shared/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Result, Schema } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import * as Folder from "../../testing/test/support/folder.ts"

const { everything } = BackupTreeRequest

/** Something that happens to a path of the store; which one is a number into the list of them all. */
const Loss = Schema.Struct({
  what: Schema.Literals(["removed", "cut", "garbage", "renamed"]),
  target: Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 9999 })))
})

/** A chain of the store, by a number into the list of them all, and what happens to it, one thing after the other. */
const Losses = Schema.Struct({
  chain: Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 9999 }))),
  losses: Schema.Array(Loss).pipe(Schema.check(Schema.isMinLength(1), Schema.isMaxLength(5)))
})

const hasFittingId = ({ described, number }: DirectoryReading.ReadItem): boolean =>
  number === 1 || described!.id.endsWith(`.${number}`)

/** The paths of each chain that something can happen to, those of its environment among them. */
const targetsIn = ({ environments }: DirectoryReading.DirectoryReading): ReadonlyArray<ReadonlyArray<string>> =>
  environments.flatMap(({ chains, directory }) =>
    // In one chain of the store the id of an incremental does not fit its number.
    chains.filter(({ items }) => items.every(hasFittingId)).map((chain) => {
      const at = `${directory}/${chain.directory}`
      return [
        directory,
        `${directory}/.metadata`,
        at,
        ...[...chain.files.keys()].map((image) => `${at}/${image}`),
        ...chain.items.flatMap((item) => [
          `${at}/${item.directory}`,
          `${at}/${item.directory}/.metadata`,
          `${at}/${item.directory}/${item.configuration!.file}`
        ])
      ]
    })
  )

const inflict = (root: string, target: string, what: (typeof Loss.Type)["what"]): void => {
  const at = `${root}/${target}`
  if (!fs.existsSync(at)) return
  const isDirectory = fs.statSync(at).isDirectory()
  if (what === "renamed" && isDirectory) fs.renameSync(at, `${at}.old`)
  else if (what === "removed" || isDirectory) fs.rmSync(at, { recursive: true })
  else if (what === "cut") fs.truncateSync(at, Math.min(100, fs.statSync(at).size))
  else fs.writeFileSync(at, "garbage")
}

/** Does what an entry of the salvage says, but for the copy that is kept before; false if that is nothing. */
const follow = (root: string, { missing, path: place, steps }: Salvage.Salvage): boolean => {
  const [environment, chain] = place.split("/")
  const inChain = `${root}/${environment}/${chain}`
  let isAny = false
  const act = (action: () => void): void => {
    isAny = true
    action()
  }
  for (const { file, text } of steps) {
    const [, made] = /^Create directory "(.*)"/.exec(text) ?? []
    if (made !== undefined) act(() => fs.mkdirSync(`${inChain}/${made}`))
    const [, to, from] = /copy a configuration into directory "(.*)"\. The nearest one is "(.*?)"/.exec(text) ?? []
    if (from !== undefined) act(() => fs.copyFileSync(`${inChain}/${from}`, `${inChain}/${to}/${path.basename(from)}`))
    if (file !== undefined) act(() => fs.writeFileSync(`${root}/${file.path}`, file.content))
    const [, name] = /rename the directory to "(.*)", the uuid in its metadata\.$/.exec(text) ?? []
    if (name !== undefined) act(() => fs.renameSync(`${root}/${place}`, `${root}/${path.dirname(place)}/${name}`))
    if (missing === "leftover" && text.includes("comes before it")) {
      act(() => fs.rmSync(`${root}/${place}`, { recursive: true }))
    }
  }
  return isAny
}

/** The images of each backup that is listed, by its id. */
const listedIn = (reading: DirectoryReading.DirectoryReading): ReadonlyMap<string, string> =>
  new Map(
    DirectoryReading.select(reading, everything).tree.environments.flatMap(({ chains }) =>
      chains.flatMap((chain) => BackupTree.backups(chain).map(({ id, images }) => [id, images.join()] as const))
    )
  )

/** The ids of the backups that a plan says can be restored. */
const restorableIn = (reading: DirectoryReading.DirectoryReading): ReadonlyArray<string> => {
  const catalog = BackupCatalog.fromListing(BackupListing.fromResponse({
    ...DirectoryReading.select(reading, everything),
    request: everything,
    source: { _tag: "Directory", path: reading.root },
    fetchedAt: DateTime.makeUnsafe("2026-02-01"),
    directory: reading
  }))
  return [...listedIn(reading).keys()].filter((id) => Result.isSuccess(RestorePlan.forBackup(catalog, id)))
}

/** How long each image is that a backup needs, by its path in the environment's directory. */
const neededIn = (
  { environments }: DirectoryReading.DirectoryReading
): ReadonlyMap<string, ReadonlyMap<string, bigint>> =>
  new Map(environments.flatMap(({ chains, directory }) =>
    chains.flatMap((chain) => {
      const needed = new Map<string, bigint>()
      return chain.items.map(({ described }) => {
        for (const image of described!.images) {
          needed.set(`${directory}/${chain.directory}/${image}`, chain.files.get(image)!.size)
        }
        return [described!.id, new Map(needed)] as const
      })
    })
  ))

describe("the salvage of any losses, followed", () => {
  it.effect.prop(
    "hides nothing that was shown, shows nothing that was not there, and makes nothing restorable that is not",
    [Losses],
    ([{ chain, losses }]) =>
      Effect.gen(function*() {
        const root = `${yield* Folder.make}/backups`
        yield* StoreDirectory.write(StoreGenerator.generate({ seed: 5, environments: 3, weeks: 2 }), root)
        const healthy = yield* BackupDirectory.read(root)
        const chains = targetsIn(healthy)
        const targets = chains[chain % chains.length]!
        for (const { target, what } of losses) inflict(root, targets[target % targets.length]!, what)
        const truth = listedIn(healthy)
        const needed = neededIn(healthy)
        let reading = yield* BackupDirectory.read(root)
        const shown = listedIn(reading)
        const done = new Set<string>()
        for (let time = 0; time < 20; time++) {
          const entry = Salvage.from(reading).find(({ missing, path }) => !done.has(`${missing} ${path}`))
          if (entry === undefined) break
          done.add(`${entry.missing} ${entry.path}`)
          if (follow(root, entry)) reading = yield* BackupDirectory.read(root)
        }
        const after = listedIn(reading)
        for (const id of shown.keys()) assert.isTrue(after.has(id), `${id} is hidden now`)
        for (const [id, images] of after) assert.strictEqual(images, truth.get(id), id)
        for (const id of restorableIn(reading)) {
          for (const [image, size] of needed.get(id)!) {
            const there = fs.existsSync(`${root}/${image}`) ? BigInt(fs.statSync(`${root}/${image}`).size) : undefined
            // The contents of an image of the archiver are unknown.
            if (image.endsWith(".tib")) assert.isTrue(there !== undefined && there > 0n, `${id} needs ${image}`)
            else assert.strictEqual(there, size, `${id} needs ${image}`)
          }
        }
      }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer)),
    { arbitrary: { runs: 25 } }
  )
})
