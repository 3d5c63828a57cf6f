/**
 * The changes between two trees: additions, removals and other changes, each about one environment, chain or backup.
 *
 * @since 0.2.0
 */
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import * as BackupTree from "../tree/BackupTree.ts"

const Count = Schema.Int.pipe(Schema.check(Schema.isGreaterThanOrEqualTo(0)))

/**
 * Schema of an {@link Item}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const Item = Schema.Struct({
  /** The uuid. `undefined` for the listing as a whole. */
  environment: Schema.UndefinedOr(Schema.String),
  /** The name of the environment. */
  name: Schema.UndefinedOr(Schema.String),
  /** The uuid of the chain, if the item is a chain or a backup. */
  chain: Schema.UndefinedOr(Schema.String),
  /** The id of the backup, if the item is one. */
  backup: Schema.UndefinedOr(Schema.String),
  /**
   * Which one of several with the same uuid or id (I01, I03, I06), counted from 0 in the order of the server. Left
   * out if each is the first one.
   */
  copy: Schema.optionalKey(Schema.Struct({ environment: Count, chain: Count, backup: Count }))
})
/**
 * What a change is about: an environment, a chain or a backup, by its ids.
 *
 * The ids are those of the second listing, or of the first one for what was removed.
 *
 * @category models
 * @since 0.2.0
 */
export type Item = typeof Item.Type

/**
 * Schema of a {@link Content}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const Content = Schema.TaggedUnion({
  Environment: { environment: BackupTree.VirtualEnvironment },
  Chain: { chain: BackupTree.BackupChain },
  Backup: { backup: BackupTree.Backup }
})
/**
 * All of an added or removed item. An environment is added with its chains, a chain with its backups.
 *
 * @category models
 * @since 0.2.0
 */
export type Content = typeof Content.Type

const { chains: _chains, ...environmentFields } = BackupTree.VirtualEnvironment.fields
const { _tag: _full, ...backupFields } = BackupTree.IncrementalBackup.fields

/**
 * Schema of {@link Facts}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const Facts = Schema.Struct({
  ...environmentFields,
  lastNumber: BackupTree.BackupChain.fields.lastNumber,
  _tag: Schema.Literals(["FullBackup", "IncrementalBackup"]),
  ...backupFields
}).mapFields(Struct.map(Schema.optionalKey))
/**
 * Some fields of an item: those that differ.
 *
 * @category models
 * @since 0.2.0
 */
export type Facts = typeof Facts.Type

/**
 * Schema of {@link WhyRemoved}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const WhyRemoved = Schema.Literals(["removed", "merged", "possibly-locked", "possibly-hidden"])
/**
 * Why an item is missing from the second listing, as far as two listings show it.
 *
 * - `removed`: backups at the end of a chain that is still listed.
 * - `merged`: a backup whose data is now in the next one, because it was removed with keep-chain.
 * - `possibly-locked`: a whole chain or environment. It was removed, or a server hides it while it removes or merges
 *   backups in it. A backup directory has no locks; missing parts of it are `removed`.
 * - `possibly-hidden`: a backup before others that did not change. It was removed without a trace, or its metadata or
 *   configuration cannot be read.
 *
 * @see [Semantics 4.2](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s4-2)
 * @see [Semantics 4.3](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s4-3)
 * @category models
 * @since 0.2.0
 */
export type WhyRemoved = typeof WhyRemoved.Type

const difference = { item: Item, before: Facts, after: Facts }

/** The ids of the removed backups whose data the item has now. */
const merged = Schema.Array(Schema.String)

/**
 * Schema of a {@link Change}, and its constructors.
 *
 * @category schemas
 * @since 0.2.0
 */
export const Change = Schema.TaggedUnion({
  Added: {
    item: Item,
    content: Content,
    /**
     * Whether a whole chain or environment is older than the newest backup of the first listing. It existed then, but
     * was not listed, for example because it was locked.
     */
    isOlder: Schema.Boolean
  },
  Removed: {
    item: Item,
    content: Content,
    why: WhyRemoved,
    /** The id of the backup that has its data now. */
    mergedInto: Schema.UndefinedOr(Schema.String)
  },
  Promoted: { ...difference, merged },
  Merged: { ...difference, merged },
  Renamed: difference,
  Resized: difference,
  Moved: difference,
  Renumbered: {
    ...difference,
    /** Whether the new number is that of an added backup, so that it needs no attention. */
    isExpected: Schema.Boolean
  },
  Changed: difference
})
/**
 * A change of one item.
 *
 * - `Added`, `Removed`: an environment, a chain of an environment that both listings have, or a backup of such a chain.
 * - `Promoted`: an incremental became the full backup of its chain, because the backups before it were removed.
 * - `Merged`: a backup took over the data of the removed ones before it.
 * - `Renamed`: an environment has another name.
 * - `Resized`: the size of a backup changed without a merge.
 * - `Moved`: the newest backup of an environment is new, and was made on another host than the one before. It follows
 *   from the other changes, so `TreeDiff.apply` ignores it.
 * - `Renumbered`: the highest number ever used in a chain changed.
 * - `Changed`: any other fields differ.
 *
 * An item can have several changes, but each of its fields is in one of them.
 *
 * @category models
 * @since 0.2.0
 */
export type Change = typeof Change.Type

/**
 * The kind of a change.
 *
 * @category models
 * @since 0.2.0
 */
export type Tag = Change["_tag"]

/**
 * The kinds of changes.
 *
 * @category constants
 * @since 0.2.0
 */
export const tags = Object.keys(Change.cases) as ReadonlyArray<Tag>
