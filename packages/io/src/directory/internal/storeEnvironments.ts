/** The reading of the environments of a backup directory. Source: SEMANTICS 3.2 to 3.5. */
import * as DirectoryReading from "@backup-tree/core/directory/DirectoryReading"
import * as BackupId from "@backup-tree/core/sdk/BackupId"
import * as Effect from "effect/Effect"
import * as TextFile from "../TextFile.ts"
import { type Reading, readSteadily } from "./steadyReading.ts"
import { readChain } from "./storeChains.ts"
import type { Entry, StoreFiles } from "./storeFiles.ts"
import { type Limits, metadataName, notThe, readMetadata } from "./storeItems.ts"
import { type Skip, skipOdd, Skips } from "./storeOddities.ts"

/** An environment, and what was left out of it. */
export interface EnvironmentRead {
  readonly environment: DirectoryReading.ReadEnvironment
  readonly skips: Skips["all"]
}

/** Reads an environment, or nothing of one that is gone; `path` is the name of its directory. */
export const readEnvironment = (
  files: StoreFiles,
  path: string,
  limits: Limits
): Effect.Effect<EnvironmentRead | undefined> =>
  readSteadily(files, path, (entries) => readEntries(files, path, entries, limits)).pipe(
    Effect.catch((error) => {
      const skips = new Skips()
      skips.add(path, "unreadable", TextFile.explain(error))
      return Effect.succeed({
        environment: { directory: path, metadata: undefined, notes: [], chains: [] },
        skips: skips.all
      })
    })
  )

const readEntries = (
  files: StoreFiles,
  path: string,
  entries: ReadonlyArray<Entry>,
  limits: Limits
): Effect.Effect<Reading<EnvironmentRead>> =>
  Effect.gen(function*() {
    const skips = new Skips()
    const chainNames = chainsAmong(entries, path, skips.add)
    const entry = entries.find(({ name }) => name === metadataName)
    const { metadata, notes } = yield* readEnvironmentMetadata(files, { path, entry }, limits, skips.add)
    const found = yield* Effect.forEach(
      chainNames,
      (name) => readChain(files, { path: `${path}/${name}`, name, environment: metadata }, limits),
      { concurrency: limits.concurrency }
    )
    const chains = found.flatMap((read, index): ReadonlyArray<DirectoryReading.ReadChain> => {
      const isNamed = BackupId.isServerUuid(chainNames[index]!)
      if (!isNamed) skips.add(`${path}/${chainNames[index]}`, "not-uuid", "its name is no uuid")
      if (read === undefined || !(isNamed || DirectoryReading.holdsBackups(read.chain))) return []
      skips.addAll(read.skips)
      return [read.chain]
    })
    const environment = { directory: path, metadata, notes, chains }
    if (metadata !== undefined && isHidden(environment)) {
      skips.add(
        path,
        "no-chains",
        metadata.vmType > 2
          ? `its kind is ${metadata.vmType}, which no server shows`
          : chains.length === 0
          ? "it has none"
          : "all are hidden"
      )
    }
    return { read: { environment, skips: skips.all }, isDoubtful: metadata === undefined || found.includes(undefined) }
  })

// Of a directory that has no uuid for a name, that is the reason.
const isHidden = (environment: DirectoryReading.ReadEnvironment): boolean =>
  BackupId.isServerUuid(environment.directory)
  && DirectoryReading.shownItems({ environments: [environment] }).size === 0

/** Returns the names of the directories of an environment, which may be chains, and tells of what belongs to nothing. */
const chainsAmong = (entries: ReadonlyArray<Entry>, path: string, skip: Skip): ReadonlyArray<string> =>
  entries.flatMap((entry) => {
    const at = `${path}/${entry.name}`
    if (skipOdd(entry, at, skip)) return []
    if (entry.name === metadataName) {
      if (entry.kind === "directory") skip(at, "not-a-file", "a directory")
    } else if (entry.kind === "directory") return [entry.name]
    else skip(at, "not-uuid", "a file, where only chains belong")
    return []
  })

const readEnvironmentMetadata = (
  files: StoreFiles,
  { entry, path }: { readonly path: string; readonly entry: Entry | undefined },
  limits: Limits,
  skip: Skip
): Effect.Effect<Pick<DirectoryReading.ReadEnvironment, "metadata" | "notes">> =>
  Effect.gen(function*() {
    const none = { metadata: undefined, notes: [] }
    const read = yield* readMetadata(files, path, entry, limits, skip)
    switch (read._tag) {
      case "Unread":
        return none
      case "Missing":
        skip(path, "vm-metadata-missing", `it holds no ${metadataName}`)
        return none
      case "Invalid":
        skip(path, "vm-metadata-invalid", read.detail)
        return none
      case "Read": {
        const { metadata, notes } = read.decoded
        if (metadata._tag !== "VmItem") {
          skip(path, "vm-metadata-invalid", notThe("VmItem", read.decoded))
          return none
        }
        const { chains: _, ...environment } = metadata.environment
        return { metadata: environment, notes }
      }
    }
  })
