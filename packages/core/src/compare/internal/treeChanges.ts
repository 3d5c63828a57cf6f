/** The changes between two trees, environment by environment. */
import * as Uuid from "../../sdk/Uuid.ts"
import * as BackupDate from "../../tree/BackupDate.ts"
import * as BackupTree from "../../tree/BackupTree.ts"
import type { Change, Item } from "../TreeChange.ts"
import { chainChanges } from "./chainChanges.ts"
import { difference, differing, environmentKeys, sameChain } from "./differences.ts"
import { chainLevel, environmentLevel } from "./levels.ts"
import { type Keyed, pair } from "./pairing.ts"
import { sameData } from "./sameData.ts"

/** The number of chains that are compared in one step. */
const chainsOfStep = 256

/** What the comparison of each environment needs to know of the trees. */
interface Context {
  /** Why a whole chain or environment is missing. */
  readonly why: "removed" | "possibly-locked"
  /** Returns whether a chain existed when the first tree was listed. */
  readonly isOlder: (chains: ReadonlyArray<BackupTree.BackupChain>) => boolean
}

/** Compares two trees, and pauses between environments. `hasLocks` states whether the second one is of a server. */
export const treeChanges = function*(
  before: BackupTree.BackupTree,
  after: BackupTree.BackupTree,
  hasLocks: boolean
): Generator<undefined, ReadonlyArray<Change>> {
  const changes: Array<Change> = []
  if (!sameData(before.kept, after.kept)) {
    changes.push({ _tag: "Changed", item: whole, before: { kept: before.kept }, after: { kept: after.kept } })
  }
  const context: Context = { why: hasLocks ? "possibly-locked" : "removed", isOlder: ageIn(before) }
  const pairs = pair(before.environments, after.environments, environmentLevel)
  for (const { part, partner } of pairs.before) {
    if (partner === undefined) {
      const content = { _tag: "Environment", environment: part.value } as const
      changes.push({ _tag: "Removed", item: itemOf(part), content, why: context.why, mergedInto: undefined })
    } else {
      for (const change of yield* environmentChanges(part, partner, context)) changes.push(change)
    }
    yield
  }
  for (const part of pairs.added) {
    const content = { _tag: "Environment", environment: part.value } as const
    changes.push({ _tag: "Added", item: itemOf(part), content, isOlder: context.isOlder(part.value.chains) })
  }
  return changes
}

const whole: Item = { environment: undefined, name: undefined, chain: undefined, backup: undefined }

/** Returns the item of an environment, or of a chain or a backup in it. */
const itemOf = (
  environment: Keyed<BackupTree.VirtualEnvironment>,
  chain?: Keyed<BackupTree.BackupChain>,
  backup?: Keyed<BackupTree.Backup>
): Item => {
  const copy = { environment: environment.copy, chain: chain?.copy ?? 0, backup: backup?.copy ?? 0 }
  return {
    environment: environment.value.uuid,
    name: environment.value.name,
    chain: chain?.value.uuid,
    backup: backup?.value.id,
    ...(copy.environment + copy.chain + copy.backup === 0 ? {} : { copy })
  }
}

const environmentChanges = function*(
  part: Keyed<BackupTree.VirtualEnvironment>,
  after: BackupTree.VirtualEnvironment,
  { isOlder, why }: Context
): Generator<undefined, ReadonlyArray<Change>> {
  const before = part.value
  const own = { ...part, value: after }
  const changes = [...fieldChanges(before, after, itemOf(own))]
  const pairs = pair(before.chains, after.chains, chainLevel)
  let compared = 0
  for (const { part: chain, partner } of pairs.before) {
    if (++compared % chainsOfStep === 0) yield
    if (partner === undefined) {
      const content = { _tag: "Chain", chain: chain.value } as const
      changes.push({ _tag: "Removed", item: itemOf(part, chain), content, why, mergedInto: undefined })
    } else if (!sameChain(chain.value, partner)) {
      const item = itemOf(own, { ...chain, value: partner })
      // What was removed is named as in the first tree.
      const removed = (backup: Keyed<BackupTree.Backup>) => itemOf(part, chain, backup)
      const there = (backup: Keyed<BackupTree.Backup>) => itemOf(own, { ...chain, value: partner }, backup)
      for (const change of chainChanges(chain.value, partner, item, { removed, there })) changes.push(change)
    }
  }
  for (const chain of pairs.added) {
    const content = { _tag: "Chain", chain: chain.value } as const
    changes.push({ _tag: "Added", item: itemOf(own, chain), content, isOlder: isOlder([chain.value]) })
  }
  return changes.some(({ _tag }) => _tag === "Added")
    ? [...changes, ...moves(before, after, itemOf(own))]
    : changes
}

const fieldChanges = (
  before: BackupTree.VirtualEnvironment,
  after: BackupTree.VirtualEnvironment,
  item: Item
): ReadonlyArray<Change> => {
  const keys = differing(before, after, environmentKeys)
  const others = keys.filter((key) => key !== "name")
  return [
    ...(before.name === after.name ? [] : [
      { _tag: "Renamed" as const, item, before: { name: before.name }, after: { name: after.name } }
    ]),
    ...(others.length === 0 ? [] : [{ _tag: "Changed" as const, item, ...difference(before, after, others) }])
  ]
}

/** Returns whether the newest backup is a new one of another host. */
const moves = (
  before: BackupTree.VirtualEnvironment,
  after: BackupTree.VirtualEnvironment,
  item: Item
): ReadonlyArray<Change> => {
  const [earlier, later] = [newestOf(before), newestOf(after)]
  if (earlier.backup === undefined || later.backup === undefined || later.time <= earlier.time) return []
  const [{ host, serverUuid }, { host: nextHost, serverUuid: nextUuid }] = [earlier.backup, later.backup]
  // A host can change its name, but not its uuid.
  const isSame = serverUuid === "" || nextUuid === "" ? host === nextHost : Uuid.equals(serverUuid, nextUuid)
  return isSame
    ? []
    : [{ _tag: "Moved", item, before: { host, serverUuid }, after: { host: nextHost, serverUuid: nextUuid } }]
}

const newestOf = ({ chains }: Pick<BackupTree.VirtualEnvironment, "chains">) => {
  let newest: { readonly backup: BackupTree.Backup | undefined; readonly time: number } = {
    backup: undefined,
    time: -Infinity
  }
  for (const chain of chains) {
    for (const backup of BackupTree.backups(chain)) {
      const time = BackupDate.timeOf(backup.dateTime) ?? -Infinity
      if (time >= newest.time) newest = { backup, time }
    }
  }
  return newest
}

/** Returns whether any of some chains begins before the newest backup of a tree. Its time is computed once. */
const ageIn = (tree: BackupTree.BackupTree): Context["isOlder"] => {
  let newest: number | undefined
  return (chains) => {
    newest ??= newestOf({ chains: tree.environments.flatMap((environment) => environment.chains) }).time
    return chains.some(({ head }) => (BackupDate.timeOf(head.dateTime) ?? Infinity) < newest!)
  }
}
