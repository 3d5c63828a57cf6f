/**
 * What it costs to read a backup directory, beside what the system takes to find its files and to read those that
 * describe backups. What the figures mean stands in README.md.
 *
 * `directory.ts [ITEMS]`: about 10,000 backups unless told.
 */
import * as BackupDirectory from "@backup-tree/io/directory/BackupDirectory"
import * as StoreFileSystem from "@backup-tree/io/directory/StoreFileSystem"
import * as StoreDirectory from "@backup-tree/testing/StoreDirectory"
import * as StoreGenerator from "@backup-tree/testing/StoreGenerator"
import * as NodeFileSystem from "@effect/platform-node-shared/NodeFileSystem"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Stream from "effect/Stream"
import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import * as Processes from "../../core/benchmark/processes.ts"

const run = <A, E>(effect: Effect.Effect<A, E, FileSystem.FileSystem>): Promise<A> =>
  Effect.runPromise(Effect.provide(effect, NodeFileSystem.layer))

const countOf = ({ environments }: Pick<BackupDirectory.Part, "environments">): number =>
  environments.reduce((sum, { chains }) => sum + chains.reduce((count, { items }) => count + items.length, 0), 0)

/** Reads by the file system that a source of a directory uses. */
const read = <A, E>(effect: Effect.Effect<A, E, FileSystem.FileSystem>): Promise<A> =>
  Effect.runPromise(Effect.provide(effect, StoreFileSystem.layer))

/** Each reads a directory, and returns how many backups it has found. */
const readers: { readonly [name: string]: (root: string) => Promise<number> } = {
  "directory, kept": async (root) => {
    const reading = await read(BackupDirectory.read(root))
    assert.deepEqual(reading.skips, [])
    return countOf(reading)
  },
  "directory, not kept": (root) =>
    read(Stream.runFold(BackupDirectory.stream(root), () => 0, (sum, part) => sum + countOf(part)))
}

interface Figures {
  readonly wall: number
  readonly processor: number
  readonly peak: number
  readonly items: number
}

const measure = async (name: string, root: string): Promise<Figures> => {
  const items = await readers[name]!(root)
  const { system, user } = process.cpuUsage()
  const peak = Processes.peakMemory()
  return { wall: performance.now(), processor: (system + user) / 1000, peak, items }
}

const measureApart = (name: string, root: string): Figures =>
  Processes.measureApart(fileURLToPath(import.meta.url), [name, root]) as Figures

/** What the system takes: every description is found, and read. */
const measureFind = (root: string): { readonly wall: number; readonly items: number } => {
  const begun = performance.now()
  const { status, stdout } = spawnSync("find", [root, "-name", ".metadata", "-exec", "cat", "{}", "+"], {
    encoding: "utf8",
    maxBuffer: 2 ** 30
  })
  assert.equal(status, 0)
  return { wall: performance.now() - begun, items: stdout.match(/<\/(?:Partial)?BackupItem>/g)?.length ?? 0 }
}

/** Has the system forget what it has read; false where it does not let this user. */
const forget = (): boolean => {
  try {
    spawnSync("sync")
    fs.writeFileSync("/proc/sys/vm/drop_caches", "3")
    return true
  } catch {
    return false
  }
}

const print = (name: string, ...columns: ReadonlyArray<string>): void =>
  console.log(name.padEnd(34) + columns.map((column) => column.padStart(15)).join(""))

const compare = (title: string, root: string, items: number, prepare: () => void): void => {
  prepare()
  const floor = measureFind(root)
  assert.equal(floor.items, items)
  print(title, "wall, ms", "processor, ms", "peak, MiB", "an item, µs", "ratio")
  print("find and cat", floor.wall.toFixed(0), "-", "-", (1000 * floor.wall / items).toFixed(1), "1.0")
  for (const name of Object.keys(readers)) {
    prepare()
    const { items: found, peak, processor, wall } = measureApart(name, root)
    assert.equal(found, items)
    print(
      name,
      wall.toFixed(0),
      processor.toFixed(0),
      peak.toFixed(0),
      (1000 * wall / items).toFixed(1),
      (wall / floor.wall).toFixed(1)
    )
  }
  console.log("")
}

const main = async (): Promise<void> => {
  const [mode, name = "", root = ""] = process.argv.slice(2)
  if (mode === "--measure") {
    console.log(JSON.stringify(await measure(name, root)))
    return
  }
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "backup-tree-"))
  try {
    const root = path.join(folder, "backups")
    const environments = Math.ceil(Number(mode ?? 10_000) / 18)
    const store = StoreGenerator.generate({ seed: 1, environments })
    const items = store.environments.reduce(
      (sum, { chains }) => sum + chains.reduce((count, { items }) => count + items.length, 0),
      0
    )
    await run(StoreDirectory.write(store, root))
    console.log(`${items} backups of ${environments} environments; see packages/emulator/benchmark/README.md\n`)
    if (forget()) compare("from the disk", root, items, forget)
    else console.log("from the disk: not measured, for this user may not have the system forget what it has read\n")
    compare("from memory", root, items, () => {})
  } finally {
    fs.rmSync(folder, { recursive: true })
  }
}

await main()
