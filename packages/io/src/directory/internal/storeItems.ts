/** Reads the directory of one item: its metadata and its configuration. Source: SEMANTICS 3.3, 3.4, 3.5 and 3.6. */
import * as StoredConfiguration from "@backup-tree/core/directory/files/StoredConfiguration"
import * as StoredMetadata from "@backup-tree/core/directory/files/StoredMetadata"
import * as StoreNames from "@backup-tree/core/directory/files/StoreNames"
import type * as StoreSkip from "@backup-tree/core/directory/files/StoreSkip"
import * as StoredItem from "@backup-tree/core/directory/StoredItem"
import * as StoreEntry from "@backup-tree/core/directory/StoreEntry"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as TextFile from "../TextFile.ts"
import type { StoreFiles } from "./storeFiles.ts"

/** The limits of a reading. */
export interface Limits {
  /** The maximum length of a `.metadata` or configuration file in bytes. */
  readonly maxTextBytes: number
  /** The number of chains, and of items of each chain, to read concurrently. */
  readonly concurrency: number
  /** The time zone of the server that wrote the directory. */
  readonly serverZone: DateTime.TimeZone | undefined
}

/** Reads a `.metadata` file. */
export const readMetadata = (
  files: StoreFiles,
  directory: string,
  entry: StoreEntry.Entry | undefined,
  limits: Limits,
  report: StoreSkip.Report
): Effect.Effect<StoredMetadata.StoredMetadata> =>
  Effect.map(
    readText(files, `${directory}/${StoreNames.metadata}`, entry, limits, report),
    (text) => StoredMetadata.decode(text, { maxLength: limits.maxTextBytes })
  )

/**
 * Reads the text of an entry, and reports an unreadable file. An entry that is not a file counts as missing.
 *
 * A link that is not followed here counts as unread, because a server may be able to follow it.
 */
const readText = (
  files: StoreFiles,
  path: string,
  entry: StoreEntry.Entry | undefined,
  { maxTextBytes }: Limits,
  report: StoreSkip.Report
): Effect.Effect<StoredMetadata.StoredText> => {
  if (entry !== undefined && StoreEntry.isUnread(entry)) {
    return Effect.succeed(Result.fail({ _tag: "Unread", detail: entry.detail }))
  }
  if (entry?.kind !== "file") return Effect.succeed(Result.succeed(undefined))
  return Effect.result(Effect.tapError(files.text(path, maxTextBytes), (fault) =>
    Effect.sync(() => {
      if (fault._tag === "Unread") report(path, "unreadable", fault.detail)
    })))
}

/** Reads the directory of an item. Returns `undefined` if it is gone. `vmType` is the environment's type, if known. */
export const readItemDirectory = Effect.fnUntraced(function*(
  files: StoreFiles,
  at: { readonly chain: string; readonly name: string; readonly vmType: number | undefined },
  limits: Limits,
  report: StoreSkip.Report
): Effect.fn.Return<StoredItem.ItemDirectory | undefined> {
  const { name } = at
  const path = `${at.chain}/${name}`
  const entries = yield* Effect.result(files.entries(path))
  if (Result.isFailure(entries)) {
    const detail = TextFile.explain(entries.failure)
    report(path, "unreadable", detail)
    return StoredItem.unread({ name, detail })
  }
  if (entries.success === undefined) return undefined
  const found = new Map(entries.success.map((entry) => [entry.name, entry]))
  for (const entry of entries.success) StoreEntry.reportUnusual(entry, `${path}/${entry.name}`, report)
  const metadata = yield* readMetadata(files, path, found.get(StoreNames.metadata), limits, report)
  return {
    name,
    metadata,
    config: yield* readConfiguration(files, { path, found, vmType: at.vmType }, limits, report)
  }
})

/** Reads the configuration of an item: that of a VM, or else that of a container. */
const readConfiguration = Effect.fnUntraced(function*(
  files: StoreFiles,
  { found, path, vmType }: {
    readonly path: string
    readonly found: ReadonlyMap<string, StoreEntry.Entry>
    readonly vmType: number | undefined
  },
  limits: Limits,
  report: StoreSkip.Report
): Effect.fn.Return<StoredConfiguration.StoredConfiguration> {
  const read = (name: StoreNames.Configuration) => readText(files, `${path}/${name}`, found.get(name), limits, report)
  const machine = StoredConfiguration.ofMachine(yield* read(StoreNames.machineConfiguration), {
    vmType,
    maxLength: limits.maxTextBytes
  })
  if (Result.isSuccess(machine) || vmType === 0) return machine
  return StoredConfiguration.ofContainer(yield* read(StoreNames.containerConfiguration), machine)
})
