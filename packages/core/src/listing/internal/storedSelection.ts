/** Stores a tree that was selected from a backup directory as the places of its backups in the directory. */
import * as Schema from "effect/Schema"
import type * as DirectoryReading from "../../directory/DirectoryReading.ts"
import * as BackupTree from "../../tree/BackupTree.ts"
import { compareData } from "./compareData.ts"

const Index = Schema.Int.pipe(Schema.check(Schema.isGreaterThanOrEqualTo(0)))

/**
 * The places of the selected environments, their chains, and the items of these. Each is an index into its parent in
 * the reading, in the order of the tree. The first item of a chain is its full backup.
 */
export const Selection = Schema.Array(
  Schema.Struct({
    environment: Index,
    chains: Schema.Array(Schema.Struct({ chain: Index, items: Schema.Array(Index) }))
  })
)
export type Selection = typeof Selection.Type

type Environments = Pick<DirectoryReading.DirectoryReading, "environments">

/** Returns the places of a tree, or `undefined` if it was not selected from the reading. */
export const fromTree = (tree: BackupTree.BackupTree, reading: Environments): Selection | undefined => {
  const places = placesIn(reading)
  const selection: Array<Selection[number]> = []
  for (const { chains } of tree.environments) {
    const found = chains.map((chain) => BackupTree.backups(chain).map((backup) => places.get(backup)))
    const environment = found[0]?.[0]?.environment
    if (environment === undefined) return undefined
    selection.push({
      environment,
      chains: found.map((items) => ({ chain: items[0]?.chain ?? -1, items: items.map((at) => at?.item ?? -1) }))
    })
  }
  const selected = toTree(selection, reading)
  return selected !== undefined && compareData(tree, selected) === 0 ? selection : undefined
}

const placesIn = ({ environments }: Environments) => {
  const places = new Map<BackupTree.Backup, Record<"environment" | "chain" | "item", number>>()
  for (const [environment, { chains }] of environments.entries()) {
    for (const [chain, { items }] of chains.entries()) {
      for (const [item, { content }] of items.entries()) {
        if (content._tag !== "Damaged") places.set(content.backup, { environment, chain, item })
      }
    }
  }
  return places
}

/** Returns the tree at the places, or `undefined` if the reading has no backup at one of them. */
export const toTree = (selection: Selection, { environments }: Environments): BackupTree.BackupTree | undefined => {
  const selected: Array<BackupTree.VirtualEnvironment> = []
  for (const places of selection) {
    const stored = environments[places.environment]
    if (stored?.metadata === undefined) return undefined
    const chains = places.chains.map(({ chain, items }) => chainAt(stored.chains[chain], items))
    if (!chains.every((chain) => chain !== undefined)) return undefined
    const { kept, name, uuid, version, vmType } = stored.metadata
    selected.push({ uuid, name, vmType, version, chains, kept })
  }
  return { environments: selected, kept: [] }
}

const chainAt = (
  chain: DirectoryReading.ReadChain | undefined,
  [first, ...rest]: ReadonlyArray<number>
): BackupTree.BackupChain | undefined => {
  const contentAt = (index: number | undefined) => chain?.items[index ?? -1]?.content
  const full = contentAt(first)
  if (full?._tag !== "Head") return undefined
  const incrementals: Array<BackupTree.IncrementalBackup> = []
  for (const index of rest) {
    const content = contentAt(index)
    if (content?._tag !== "Link") return undefined
    incrementals.push(content.backup)
  }
  return { uuid: full.uuid, head: full.backup, incrementals, lastNumber: full.lastNumber }
}
