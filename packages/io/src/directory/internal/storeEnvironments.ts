/** Reads the environments of a backup directory. Source: SEMANTICS 3.2, 3.3, 3.4 and 3.5. */
import * as DirectoryReading from "@backup-tree/core/directory/DirectoryReading"
import * as StoredMetadata from "@backup-tree/core/directory/files/StoredMetadata"
import * as StoreNames from "@backup-tree/core/directory/files/StoreNames"
import * as StoreEntry from "@backup-tree/core/directory/StoreEntry"
import * as BackupId from "@backup-tree/core/sdk/BackupId"
import * as Effect from "effect/Effect"
import * as TextFile from "../TextFile.ts"
import { SkipCollector } from "./skipCollector.ts"
import { type Reading, readSteadily } from "./steadyReading.ts"
import { readChain } from "./storeChains.ts"
import type { StoreFiles } from "./storeFiles.ts"
import { type Limits, readMetadata } from "./storeItems.ts"

/** An environment, and the entries that were skipped in it. */
export interface EnvironmentRead {
  readonly environment: DirectoryReading.ReadEnvironment
  readonly skips: SkipCollector["all"]
}

/** Reads an environment. Returns `undefined` if it is gone. `path` is the name of its directory. */
export const readEnvironment = (
  files: StoreFiles,
  path: string,
  limits: Limits
): Effect.Effect<EnvironmentRead | undefined> =>
  readSteadily(files, path, (entries) => readEntries(files, path, entries, limits)).pipe(
    Effect.catch((error) => {
      const skips = new SkipCollector()
      skips.add(path, "unreadable", TextFile.explain(error))
      return Effect.succeed({
        environment: { directory: path, metadata: undefined, notes: [], chains: [] },
        skips: skips.all
      })
    })
  )

const readEntries = Effect.fnUntraced(function*(
  files: StoreFiles,
  path: string,
  entries: ReadonlyArray<StoreEntry.Entry>,
  limits: Limits
): Effect.fn.Return<Reading<EnvironmentRead>> {
  const skips = new SkipCollector()
  const chainNames = StoreEntry.chainsAmong(entries, path, skips.add)
  const entry = entries.find(({ name }) => name === StoreNames.metadata)
  const { metadata, notes, problem } = StoredMetadata.ofEnvironment(
    yield* readMetadata(files, path, entry, limits, skips.add)
  )
  if (problem !== undefined) skips.add(path, problem.reason, problem.detail)
  const found = yield* Effect.forEach(
    chainNames,
    (name) => readChain(files, { path: `${path}/${name}`, name, environment: metadata }, limits),
    { concurrency: limits.concurrency }
  )
  const chains = found.flatMap((read, index): ReadonlyArray<DirectoryReading.ReadChain> => {
    const name = chainNames[index]!
    if (!BackupId.isServerUuid(name)) skips.add(`${path}/${name}`, "not-uuid", "its name is not a uuid")
    if (read === undefined || !DirectoryReading.isChain(read.chain)) return []
    skips.addCollected(read.skips)
    return [read.chain]
  })
  const environment = { directory: path, metadata, notes, chains }
  const why = DirectoryReading.whyEmpty(environment)
  if (why !== undefined) skips.add(path, "no-chains", why)
  return { read: { environment, skips: skips.all }, isDoubtful: metadata === undefined || found.includes(undefined) }
})
