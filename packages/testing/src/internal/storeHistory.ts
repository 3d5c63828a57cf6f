/** Stores by their history: how their backups were made and removed, and the store that this leads to. */
import type * as BackupStore from "@backup-tree/core/server/BackupStore"
import * as BackupDate from "@backup-tree/core/tree/BackupDate"
import * as DateTime from "effect/DateTime"
import { type DiskPlan, type ItemPlan, mebibyte, storedChain, uuidOf } from "./storedChain.ts"

/** A backup: the hours since the one before it, and its fields. */
export interface BackupHistory {
  readonly hours: number
  readonly undated: boolean
  readonly size: number
  readonly host: number
  readonly creator: string
  readonly description: string
  readonly requestFlags: number
}

/**
 * A chain by its history: all backups ever made in it, and those that were removed with keep-chain.
 *
 * `promotions` is the number of heads that were removed, `removed` has positions after them, and `losesLast` says whether
 * the last backup was removed.
 */
export interface ChainHistory {
  readonly items: ReadonlyArray<BackupHistory>
  readonly promotions: number
  readonly removed: ReadonlyArray<number>
  readonly losesLast: boolean
}

/** An environment by the history of its chains, oldest first. */
export interface EnvironmentHistory {
  readonly vmType: number
  readonly era: "current" | "upgraded" | "legacy"
  readonly version: number
  readonly name: string
  readonly upperCase: boolean
  readonly disks: ReadonlyArray<DiskPlan>
  readonly listsDisks: boolean
  readonly chains: ReadonlyArray<ChainHistory>
}

/** A store by the history of its environments. `salt` determines its uuids. */
export interface StoreHistory {
  readonly salt: number
  readonly empty: boolean
  readonly environments: ReadonlyArray<EnvironmentHistory>
}

/** Builds the store that a history leads to. */
export const storeOf = ({ empty, environments, salt }: StoreHistory): BackupStore.BackupStore => ({
  environments: empty ? [] : environments.map((history, position) => storedEnvironment(salt, history, position))
})

// An environment uses one uuid, and one for each chain. The uuids of servers are far above.
const uuidsPerEnvironment = 8
const serverUuids = 1_000_000

const stamp = (hours: number): string =>
  BackupDate.print(DateTime.add(DateTime.makeUnsafe("2014-03-29T22:15:07Z"), { hours }))

const currentEra = 90_000

/** Numbers and dates the backups of a chain, made one after the other from hour `start`. */
const allBackups = (history: ChainHistory, start: number, salt: number, legacy: boolean): ReadonlyArray<ItemPlan> => {
  let hours = start
  return history.items.map((drawn, position) => {
    hours += drawn.hours
    return {
      number: position + 1,
      dateTime: drawn.undated ? "" : stamp(hours),
      size: BigInt(drawn.size),
      originalSize: legacy ? BigInt(drawn.size) * 2n : 0n,
      host: drawn.host === 0 ? "hn1.example.com" : "узел-2.example.com",
      serverUuid: uuidOf(salt, serverUuids + drawn.host),
      creator: drawn.creator,
      description: drawn.description,
      requestFlags: drawn.requestFlags
    }
  })
}

/** Removes what was removed with keep-chain: the last backup only if `mayLoseLast`, and never all of them. */
const remaining = (
  items: ReadonlyArray<ItemPlan>,
  history: ChainHistory,
  mayLoseLast: boolean
): readonly [ItemPlan, ...ReadonlyArray<ItemPlan>] => {
  const last = items.length
  const kept = items.filter(({ number }) =>
    number === last
      ? !(mayLoseLast && history.losesLast)
      : number > history.promotions && !history.removed.includes(number - history.promotions - 2)
  )
  const [head = items[last - 1]!, ...rest] = kept
  return [head, ...rest]
}

const spelled = (uuid: string, upperCase: boolean): string => upperCase ? uuid.toUpperCase() : uuid

const disksOf = ({ disks, vmType }: EnvironmentHistory): ReadonlyArray<DiskPlan> => {
  const extra = [...new Map(disks.map((plan) => [plan.originalPath, plan])).values()]
  return vmType === 0 ? extra : [{ originalPath: "root.hdd", size: 10_240n * mebibyte, keyId: "" }, ...extra]
}

const versionOf = ({ era, version }: EnvironmentHistory): number =>
  era === "legacy" ? [0, 3][version]! : era === "upgraded" ? 5 : [5, 4][version]!

const storedEnvironment = (
  salt: number,
  history: EnvironmentHistory,
  position: number
): BackupStore.StoredEnvironment => {
  const uuid = (offset: number) => spelled(uuidOf(salt, position * uuidsPerEnvironment + offset), history.upperCase)
  const isLegacy = (chain: number) => history.era === "legacy" || (history.era === "upgraded" && chain === 0)
  const newest = history.chains.length - 1
  const made: Array<ReadonlyArray<ItemPlan>> = []
  let hours = 0
  history.chains.forEach((chain, index) => {
    if (!isLegacy(index)) hours = Math.max(hours, currentEra)
    made.push(allBackups(chain, hours, salt, isLegacy(index)))
    hours += chain.items.reduce((sum, drawn) => sum + drawn.hours, 0)
  })
  // The newest chain keeps its last backup. It is the newest only if its head has a date.
  const newestIsDated = remaining(made[newest]!, history.chains[newest]!, false)[0].dateTime !== ""
  const chains = history.chains.map((chain, index) => {
    const legacy = isLegacy(index)
    const all = made[index]!
    const items = legacy ? all : remaining(all, chain, index !== newest && newestIsDated)
    return storedChain({
      uuid: uuid(index + 1),
      vmType: history.vmType,
      format: legacy ? "tib" : "qcow2",
      listsDisks: !legacy || history.listsDisks,
      disks: disksOf(history),
      items: [items[0]!, ...items.slice(1)],
      lastNumber: legacy || all.length === 1 ? 0 : all.length
    })
  })
  return {
    directory: uuid(0),
    metadata: { uuid: uuid(0), name: history.name, vmType: history.vmType, version: versionOf(history), kept: [] },
    chains
  }
}
