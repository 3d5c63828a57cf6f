/**
 * What the next backup of an environment will be, as far as a listing can tell. Source: SEMANTICS 4.1.
 */
import * as Order from "effect/Order"
import * as Schema from "effect/Schema"
import * as BackupId from "../sdk/BackupId.ts"
import * as Uuid from "../sdk/Uuid.ts"
import * as PrintableText from "../text/PrintableText.ts"
import * as BackupDate from "../tree/BackupDate.ts"
import * as BackupTree from "../tree/BackupTree.ts"
import { hasLegacyImage } from "../tree/ChainVersion.ts"

/** Schema of a {@link NextBackup}. */
export const NextBackup = Schema.Union([
  Schema.TaggedStruct("Full", { why: Schema.Literal("no-chain") }),
  Schema.TaggedStruct("Full", { why: Schema.Literals(["legacy-chain", "newest-lost"]), chain: Schema.String }),
  Schema.TaggedStruct("Incremental", { chain: Schema.String, number: Schema.Int }),
  Schema.TaggedStruct("Unknown", { chain: Schema.String })
])
/**
 * What a server makes when it is asked for a backup, and not for a full one.
 *
 * A full backup, because there is no chain, the newest chain is one of `.tib` images, or its newest backup is gone; else
 * incremental `number` of the newest chain. `Unknown`: the head of the newest chain stands alone, and its id does not fit
 * the chain. The uuid of the chain is the listing's own.
 */
export type NextBackup = typeof NextBackup.Type

const byAge: Order.Order<BackupTree.BackupChain> = Order.combine(
  Order.mapInput(Order.Number, (chain: BackupTree.BackupChain) => BackupDate.serverTime(chain.head)),
  Order.mapInput(Order.String, (chain: BackupTree.BackupChain) => Uuid.key(chain.uuid))
)

/**
 * Returns the chain that a server takes for the newest of an environment: that of the newest head.
 *
 * Heads without a date that the server reads rank oldest; of equals, the chain whose uuid sorts last.
 */
export const newestChain = (environment: {
  readonly chains: ReadonlyArray<BackupTree.BackupChain>
}): BackupTree.BackupChain | undefined =>
  environment.chains.reduce<BackupTree.BackupChain | undefined>(
    (newest, chain) => newest === undefined || byAge(newest, chain) < 0 ? chain : newest,
    undefined
  )

/**
 * Predicts the next backup of an environment of a complete listing, on a server that writes version 4 or newer.
 *
 * An incremental is a promise with two conditions that no listing shows: the disks are the same as in the newest backup,
 * and the machine still has its record of changed blocks. Else the server makes a full backup, and warns of it.
 *
 * **Example**
 *
 * ```ts
 * NextBackup.nextBackup(environment) // { _tag: "Incremental", chain: "{0b8f6d1e-…}", number: 4 }
 * ```
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

/** Writes a prediction as a phrase for people, safe to show: `incremental {uuid}.4`, `a full backup, for …`. */
export const print = (next: NextBackup): string => {
  if (next._tag === "Incremental") {
    return `incremental ${PrintableText.escape(BackupId.make(next.chain, next.number).text)}`
  }
  if (next._tag === "Unknown") {
    return `unknown: the full backup of chain ${PrintableText.escape(next.chain)} has an id that does not fit`
  }
  if (next.why === "no-chain") return "a full backup, for there is no chain to go on with"
  const chain = PrintableText.escape(next.chain)
  return next.why === "legacy-chain"
    ? `a full backup, for the newest chain ${chain} has the images of an older product`
    : `a full backup, for the newest backup of chain ${chain} is gone`
}
