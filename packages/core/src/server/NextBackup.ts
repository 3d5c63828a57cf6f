/**
 * Predicts the next backup of an environment from its chains, as far as a tree shows it.
 *
 * @see [Semantics 4.1](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s4-1)
 * @since 0.2.0
 */
import * as Order from "effect/Order"
import * as Schema from "effect/Schema"
import * as BackupId from "../sdk/BackupId.ts"
import * as Uuid from "../sdk/Uuid.ts"
import * as PrintableText from "../text/PrintableText.ts"
import * as BackupDate from "../tree/BackupDate.ts"
import * as BackupTree from "../tree/BackupTree.ts"
import { hasLegacyImage } from "../tree/ChainVersion.ts"

/**
 * Schema of a {@link NextBackup}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const NextBackup = Schema.Union([
  Schema.TaggedStruct("Full", { why: Schema.Literal("no-chain") }),
  Schema.TaggedStruct("Full", { why: Schema.Literals(["legacy-chain", "newest-lost"]), chain: Schema.String }),
  Schema.TaggedStruct("Incremental", { chain: Schema.String, number: Schema.Int }),
  Schema.TaggedStruct("Unknown", { chain: Schema.String })
])
/**
 * The backup that a server creates next, unless a full one is requested.
 *
 * - `Full`: there is no chain, the newest chain has `.tib` images, or its newest backup is gone.
 * - `Incremental`: backup `number` of the newest chain.
 * - `Unknown`: the newest chain is a full backup alone, and its id does not fit the chain.
 *
 * The uuid of the chain is spelled as in the tree.
 *
 * @category models
 * @since 0.2.0
 */
export type NextBackup = typeof NextBackup.Type

const byAge: Order.Order<BackupTree.BackupChain> = Order.combine(
  Order.mapInput(Order.Number, (chain: BackupTree.BackupChain) => BackupDate.serverTime(chain.head)),
  Order.mapInput(Order.String, (chain: BackupTree.BackupChain) => Uuid.key(chain.uuid))
)

/**
 * Returns the chain that a server treats as the newest of an environment: the one with the newest full backup.
 *
 * Full backups whose date the server cannot parse rank oldest. Among equals, the chain whose uuid sorts last wins.
 *
 * @category accessors
 * @since 0.2.0
 */
export const newestChain = (environment: {
  readonly chains: ReadonlyArray<BackupTree.BackupChain>
}): BackupTree.BackupChain | undefined =>
  environment.chains.reduce<BackupTree.BackupChain | undefined>(
    (newest, chain) => newest === undefined || byAge(newest, chain) < 0 ? chain : newest,
    undefined
  )

/**
 * Predicts the next backup of an environment, on a server that writes version 4 or newer. `chains` must hold every
 * chain of the environment, as in a complete listing.
 *
 * An incremental has two further conditions that no tree shows. The disks must be those of the newest backup, and
 * the machine must still have its record of changed blocks. Otherwise the server creates a full backup with a warning.
 *
 * **Example**
 *
 * ```ts
 * NextBackup.nextBackup(environment) // { _tag: "Incremental", chain: "{0b8f6d1e-…}", number: 4 }
 * ```
 *
 * @category planning
 * @since 0.2.0
 */
export const nextBackup = (environment: {
  readonly chains: ReadonlyArray<BackupTree.BackupChain>
}): NextBackup => {
  const newest = newestChain(environment)
  if (newest === undefined) return { _tag: "Full", why: "no-chain" }
  const { head, lastNumber, uuid: chain } = newest
  if (hasLegacyImage(head.images)) return { _tag: "Full", why: "legacy-chain", chain }
  const known = BackupTree.backups(newest).flatMap((backup) => BackupTree.number(newest, backup) ?? [])
  if (known.length === 0) return { _tag: "Unknown", chain }
  const number = known.reduce((greatest, each) => Math.max(greatest, each), 0) + 1
  return lastNumber !== 0 && number !== lastNumber + 1
    ? { _tag: "Full", why: "newest-lost", chain }
    : { _tag: "Incremental", chain, number }
}

/**
 * Formats a prediction as a phrase that is safe to show, such as `incremental {uuid}.4`.
 *
 * @category rendering
 * @since 0.2.0
 */
export const print = (next: NextBackup): string => {
  if (next._tag === "Incremental") {
    return `incremental ${PrintableText.escape(BackupId.make(next.chain, next.number).text)}`
  }
  if (next._tag === "Unknown") {
    return `unknown: the id of the full backup does not belong to its chain ${PrintableText.escape(next.chain)}`
  }
  if (next.why === "no-chain") return "a full backup, because there is no chain yet"
  const chain = PrintableText.escape(next.chain)
  return next.why === "legacy-chain"
    ? `a full backup, because the newest chain ${chain} has .tib images of an older version`
    : `a full backup, because the newest backup of chain ${chain} is missing`
}
