/**
 * The space that backups occupy: by machine, host and other groups, its growth, and when a disk will be full.
 *
 * Sizes are those of the listing, in bytes. What a file system adds or saves is not known.
 *
 * @since 0.2.0
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Order from "effect/Order"
import * as Schema from "effect/Schema"
import type { BackupListing } from "../listing/BackupListing.ts"
import * as BackupId from "../sdk/BackupId.ts"
import * as Uuid from "../sdk/Uuid.ts"
import * as BackupTree from "../tree/BackupTree.ts"

/**
 * Schema of a {@link Grouping}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const Grouping = Schema.Literals(["backup", "chain", "environment", "host", "kind"])
/**
 * What bytes are counted by: backup, chain, environment, host that made the backup, or kind of environment.
 *
 * @category models
 * @since 0.2.0
 */
export type Grouping = typeof Grouping.Type

/**
 * Schema of {@link Space}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const Space = Schema.Struct({ backups: Schema.Int, bytes: Schema.BigInt })
/**
 * A number of backups and their total size in bytes.
 *
 * @category models
 * @since 0.2.0
 */
export type Space = typeof Space.Type

/**
 * No backups.
 *
 * @category constants
 * @since 0.2.0
 */
export const none: Space = { backups: 0, bytes: 0n }

/**
 * Adds two spaces.
 *
 * @category combinators
 * @since 0.2.0
 */
export const add = (one: Space, other: Space): Space => ({
  backups: one.backups + other.backups,
  bytes: one.bytes + other.bytes
})

/**
 * Schema of a {@link Share}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const Share = Schema.Struct({ key: Schema.String, name: Schema.String, ...Space.fields })
/**
 * The space of a group. `key` is the uuid, id, host or kind; `name` is that of the environment, except for hosts and
 * kinds.
 *
 * @category models
 * @since 0.2.0
 */
export type Share = typeof Share.Type

/**
 * Returns the space of a whole tree.
 *
 * @category accessors
 * @since 0.2.0
 */
export const total = ({ environments }: BackupTree.BackupTree): Space =>
  environments.flatMap(({ chains }) => chains.flatMap(BackupTree.backups))
    .reduce((sum, { size }) => add(sum, { backups: 1, bytes: size }), none)

/**
 * Returns the space of each group, the greatest first.
 *
 * **Example**
 *
 * ```ts
 * Usage.by(tree, "host") // [{ key: "hn1.example.com", name: "hn1.example.com", backups: 214, bytes: 2199023255552n }, …]
 * ```
 *
 * @category accessors
 * @since 0.2.0
 */
export const by = ({ environments }: BackupTree.BackupTree, grouping: Grouping): ReadonlyArray<Share> => {
  const groups = new Map<string, Share>()
  for (const environment of environments) {
    for (const chain of environment.chains) {
      for (const backup of BackupTree.backups(chain)) {
        const { id, key, name } = groupOf(grouping, environment, chain, backup)
        const before = groups.get(id)
        groups.set(id, { key: before?.key ?? key, name, ...add(before ?? none, { backups: 1, bytes: backup.size }) })
      }
    }
  }
  return [...groups.values()].toSorted(greatestFirst)
}

const greatestFirst = Order.combine(
  Order.flip(Order.mapInput(Order.BigInt, ({ bytes }: Share) => bytes)),
  Order.mapInput(Order.String, ({ key }: Share) => key)
)

/** Two spellings of a uuid or id are one group. */
const groupOf = (
  grouping: Grouping,
  environment: BackupTree.VirtualEnvironment,
  chain: BackupTree.BackupChain,
  backup: BackupTree.Backup
): { readonly id: string; readonly key: string; readonly name: string } => {
  const { name, uuid } = environment
  switch (grouping) {
    case "backup":
      return { id: BackupId.key(backup.id), key: backup.id, name }
    case "chain":
      return { id: Uuid.key(chain.uuid), key: chain.uuid, name }
    case "environment":
      return { id: Uuid.key(uuid), key: uuid, name }
    case "host":
      return { id: backup.host, key: backup.host, name: backup.host }
    case "kind": {
      const kind = BackupTree.kindName(environment)
      return { id: kind, key: kind, name: kind }
    }
  }
}

/**
 * Schema of a {@link Growth}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const Growth = Schema.Struct({
  since: Schema.DateTimeUtc,
  until: Schema.DateTimeUtc,
  before: Space,
  after: Space,
  /**
   * The average growth of a day in whole bytes; negative if the space shrank. `undefined` if the listings are less than
   * a day apart, because a few hours say nothing about a day.
   */
  bytesPerDay: Schema.UndefinedOr(Schema.BigInt)
})
/**
 * What changed between two listings of the same source.
 *
 * @category models
 * @since 0.2.0
 */
export type Growth = typeof Growth.Type

/** A tree and its time; every listing has both. */
interface Dated {
  readonly tree: BackupTree.BackupTree
  readonly fetchedAt: DateTime.Utc
}

const day = Duration.toMillis("1 day")

/**
 * Returns the growth from one listing to a later one, or `undefined` if it is not later.
 *
 * @category accessors
 * @since 0.2.0
 */
export const growth = (earlier: Dated, later: Dated): Growth | undefined => {
  const elapsed = later.fetchedAt.epochMilliseconds - earlier.fetchedAt.epochMilliseconds
  if (elapsed <= 0) return undefined
  const [before, after] = [total(earlier.tree), total(later.tree)]
  const bytes = (after.bytes - before.bytes) * BigInt(day)
  return {
    since: earlier.fetchedAt,
    until: later.fetchedAt,
    before,
    after,
    bytesPerDay: elapsed < day ? undefined : bytes / BigInt(elapsed)
  }
}

/** Later dates are no forecast. */
const horizon = 100 * 365

/**
 * Returns when a disk of a given capacity, in bytes, is full if the growth goes on.
 *
 * Returns the time of the later listing if it is full already, and `undefined` if it does not fill up within a hundred
 * years, or if the growth of a day is unknown. The disk must hold nothing but these backups.
 *
 * @category accessors
 * @since 0.2.0
 */
export const fullAt = ({ after, bytesPerDay, until }: Growth, capacity: bigint): DateTime.Utc | undefined => {
  const left = capacity - after.bytes
  if (left <= 0n) return until
  if (bytesPerDay === undefined || bytesPerDay <= 0n || left / bytesPerDay > BigInt(horizon)) return undefined
  return DateTime.makeUnsafe(until.epochMilliseconds + Number(left * BigInt(day) / bytesPerDay))
}

/**
 * What a report on a listing is about.
 *
 * @category models
 * @since 0.2.0
 */
export interface ReportOptions {
  readonly by: Grouping
  /** The number of groups to report (default: all). */
  readonly top?: number | undefined
  /** An earlier listing, for the growth. */
  readonly since?: Dated | undefined
  /** The capacity of the disk, in bytes. Whether it fills up needs an earlier listing. */
  readonly disk?: bigint | undefined
}

/**
 * The space of a listing by groups, with its growth.
 *
 * `others` are the groups beyond the greatest ones. `growth` is `undefined` without an earlier listing.
 *
 * @category models
 * @since 0.2.0
 */
export interface Report {
  readonly listing: BackupListing
  readonly by: Grouping
  readonly total: Space
  readonly groups: ReadonlyArray<Share>
  readonly others: Space & { readonly groups: number }
  readonly growth: Growth | undefined
  readonly disk: { readonly bytes: bigint; readonly fullAt: DateTime.Utc | undefined } | undefined
}

/**
 * Reports the space of a listing.
 *
 * @category constructors
 * @since 0.2.0
 */
export const report = (listing: BackupListing, options: ReportOptions): Report => {
  const shares = by(listing.tree, options.by)
  const groups = shares.slice(0, options.top)
  const rest = shares.slice(groups.length)
  const grown = options.since && growth(options.since, listing)
  return {
    listing,
    by: options.by,
    total: total(listing.tree),
    groups,
    others: { groups: rest.length, ...rest.reduce<Space>(add, none) },
    growth: grown,
    disk: options.disk === undefined ? undefined : { bytes: options.disk, fullAt: grown && fullAt(grown, options.disk) }
  }
}
