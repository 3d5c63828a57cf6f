/** The choice of a backup for a restore without an id, by the product and by a person. */
import * as DateTime from "effect/DateTime"
import * as Order from "effect/Order"
import * as Uuid from "../../sdk/Uuid.ts"
import * as NextBackup from "../../server/NextBackup.ts"
import * as BackupDate from "../../tree/BackupDate.ts"
import * as BackupTree from "../../tree/BackupTree.ts"

/** A backup and its chain. */
export interface Choice {
  readonly chain: BackupTree.BackupChain
  readonly backup: BackupTree.Backup
}

interface Environment {
  readonly chains: ReadonlyArray<BackupTree.BackupChain>
}

/** Returns the last backup of the chain with the newest full backup. Source: SEMANTICS 4.1. */
export const productDefault = (environment: Environment): Choice | undefined => {
  const chain = NextBackup.newestChain(environment)
  return chain && { chain, backup: BackupTree.backups(chain).at(-1)! }
}

/** Returns what the product would have chosen at a time, from the backups made at or before it. */
export const productAt = (environment: Environment, at: DateTime.Utc): Choice | undefined => {
  const was = (backup: BackupTree.Backup): boolean => {
    const time = BackupDate.serverTime(backup)
    return time !== -Infinity && time <= at.epochMilliseconds
  }
  const chain = NextBackup.newestChain({ chains: environment.chains.filter(({ head }) => was(head)) })
  return chain && { chain, backup: BackupTree.backups(chain).findLast(was)! }
}

interface Dated extends Choice {
  readonly time: DateTime.Utc
  readonly position: number
}

/** Returns the dated backups of an environment. */
export const dated = ({ chains }: Environment): ReadonlyArray<Dated> =>
  chains.flatMap((chain) =>
    BackupTree.backups(chain).flatMap((backup, position) => {
      const time = BackupDate.createdAt(backup)
      return time === undefined ? [] : [{ chain, backup, time, position }]
    })
  )

const byTime: Order.Order<Dated> = Order.combineAll([
  Order.mapInput(Order.Number, ({ time }: Dated) => time.epochMilliseconds),
  Order.mapInput(Order.String, ({ chain }: Dated) => Uuid.key(chain.uuid)),
  Order.mapInput(Order.Number, ({ position }: Dated) => position)
])

/**
 * Returns the newest backup of all chains, or the newest one made at or before a time.
 *
 * Among equally new backups, it returns `preferred` if it is one of them. Otherwise the product's order of chains
 * decides, and then the position.
 */
export const newestBackup = (
  environment: Environment,
  at?: DateTime.Utc,
  preferred?: Choice
): Choice | undefined => {
  const candidates = dated(environment).filter(({ time }) => at === undefined || !DateTime.isGreaterThan(time, at))
  const newest = candidates.reduce<Dated | undefined>(
    (best, each) => best === undefined || byTime(best, each) < 0 ? each : best,
    undefined
  )
  if (newest === undefined) return undefined
  return candidates.find(({ backup, time }) => backup === preferred?.backup && DateTime.Order(time, newest.time) === 0)
    ?? newest
}
