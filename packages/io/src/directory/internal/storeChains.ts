/** Reads the chains of a backup directory: their items, and their images. Source: SEMANTICS 3.2, 3.3, 3.4 and 3.5. */
import * as ChainIndex from "@backup-tree/core/directory/ChainIndex"
import type * as DirectoryReading from "@backup-tree/core/directory/DirectoryReading"
import type * as StoreSkip from "@backup-tree/core/directory/files/StoreSkip"
import * as StoredItem from "@backup-tree/core/directory/StoredItem"
import * as StoreEntry from "@backup-tree/core/directory/StoreEntry"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as TextFile from "../TextFile.ts"
import { SkipCollector } from "./skipCollector.ts"
import { readSteadily } from "./steadyReading.ts"
import type { StoreFiles } from "./storeFiles.ts"
import { type Limits, readItemDirectory } from "./storeItems.ts"

/** The location of a chain, and the metadata of its environment. */
export interface ChainAt {
  readonly path: string
  readonly name: string
  readonly environment: DirectoryReading.ReadEnvironment["metadata"]
}

/** A chain, and the entries that were skipped in it. */
export interface ChainRead {
  readonly chain: DirectoryReading.ReadChain
  readonly skips: SkipCollector["all"]
}

/** Reads a chain. Returns `undefined` if it is gone. */
export const readChain = (files: StoreFiles, at: ChainAt, limits: Limits): Effect.Effect<ChainRead | undefined> =>
  readSteadily(
    files,
    at.path,
    (entries) =>
      Effect.map(readEntries(files, at, entries, limits), (read) => ({ read, isDoubtful: read.skips.length > 0 }))
  ).pipe(
    Effect.catch((error) => {
      const skips = new SkipCollector()
      skips.add(at.path, "chain-unreadable", TextFile.explain(error))
      const chain = { directory: at.name, locked: false, readable: false, items: [], bareItems: [], files: new Map() }
      return Effect.succeed({ chain, skips: skips.all })
    })
  )

const readEntries = Effect.fnUntraced(function*(
  files: StoreFiles,
  at: ChainAt,
  entries: ReadonlyArray<StoreEntry.Entry>,
  limits: Limits
): Effect.fn.Return<ChainRead> {
  const { environment, name: directory, path } = at
  const skips = new SkipCollector()
  const sorted = StoreEntry.sortChain(entries, path, skips.add)
  const read = yield* Effect.forEach(
    sorted.items,
    (name) => readItemDirectory(files, { chain: path, name, vmType: environment?.vmType }, limits, skips.add),
    { concurrency: limits.concurrency }
  )
  const found = [...read.filter((item) => item !== undefined), ...sorted.unread.map(StoredItem.unread)]
  const images = yield* readImages(
    files,
    at,
    StoreEntry.sortImages(sorted.images, found, at, skips.add),
    limits,
    skips.add
  )
  const { bareItems, items } = ChainIndex.make(
    found,
    { path, environment, images, serverZone: limits.serverZone },
    skips.add
  )
  return {
    chain: { directory, locked: false, readable: true, items, bareItems, files: images },
    skips: skips.all
  }
})

/** How many images without a backup are read. */
const maxOrphansRead = 100_000

/** Reads the images of a chain, and reports those that are missing. */
const readImages = Effect.fnUntraced(function*(
  files: StoreFiles,
  { path }: ChainAt,
  { named, reportMissing, unnamed }: StoreEntry.ChainImageEntries,
  limits: Limits,
  report: StoreSkip.Report
): Effect.fn.Return<DirectoryReading.ReadChain["files"]> {
  if (unnamed.length > maxOrphansRead) {
    const detail = `${unnamed.length} images belong to no backup; only the first ${maxOrphansRead} of them are read`
    report(`${path}/*`, "unreadable", detail)
  }
  const names = new Set(named)
  const read = yield* Effect.forEach(
    [...named, ...unnamed.slice(0, maxOrphansRead)],
    (image) =>
      Effect.map(Effect.result(files.image(`${path}/${image}`)), (file) => {
        // The image exists, but nothing else is known about it.
        if (Result.isFailure(file)) report(`${path}/${image}`, "unreadable", file.failure)
        else if (file.success === undefined && names.has(image)) reportMissing(image, ", and it has disappeared")
        return [image, Result.getOrUndefined(file)] as const
      }),
    { concurrency: limits.concurrency }
  )
  return new Map(read.flatMap(([image, file]) => file === undefined ? [] : [[image, file]]))
})
