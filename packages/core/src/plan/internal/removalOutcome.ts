/** What a removal makes of a chain, and of the chains of its environment. */
import * as ShellQuote from "../../text/ShellQuote.ts"
import * as BackupDate from "../../tree/BackupDate.ts"
import type * as BackupTree from "../../tree/BackupTree.ts"

export interface RemovalOutcome {
  readonly removed: ReadonlyArray<BackupTree.Backup>
  /** The rest of the chain. */
  readonly after: BackupTree.BackupChain | undefined
  /** The backup that takes over the images of the one removed. */
  readonly next: BackupTree.IncrementalBackup | undefined
}

/** Returns the shell command of a removal. */
export const removalCommand = ({ id, keepChain }: { readonly id: string; readonly keepChain: boolean }): string =>
  ShellQuote.command(["prlctl", "backup-delete", "-t", id, ...keepChain ? ["--keep-chain"] : []])

/** Returns what the removal of the backup at a position makes of its chain. The full backup is at 0. */
export const outcomeAt = (
  chain: BackupTree.BackupChain,
  position: number,
  keepChain: boolean
): RemovalOutcome => {
  if (!keepChain) {
    return {
      removed: [chain.head, ...chain.incrementals].slice(position),
      after: position === 0 ? undefined : { ...chain, incrementals: chain.incrementals.slice(0, position - 1) },
      next: undefined
    }
  }
  const backup = position === 0 ? chain.head : chain.incrementals[position - 1]!
  const next = chain.incrementals[position]
  if (position > 0) {
    return { removed: [backup], after: { ...chain, incrementals: chain.incrementals.toSpliced(position - 1, 1) }, next }
  }
  const after = next && { ...chain, head: promote(chain.head, next), incrementals: chain.incrementals.slice(1) }
  return { removed: [backup], after, next }
}

// The new head keeps its own values, and takes over the flags of the old head. The product writes it field by field, so
// elements that this library does not understand are lost.
const promote = (head: BackupTree.FullBackup, next: BackupTree.IncrementalBackup): BackupTree.FullBackup => {
  const { number: _, ...own } = next
  return {
    ...own,
    _tag: "FullBackup",
    type: "f",
    flags: head.flags,
    originalSize: BigInt.asUintN(64, head.originalSize + next.originalSize),
    kept: []
  }
}

/** Returns the chains of an environment after a removal, in the order in which a server lists them. */
export const chainsAfter = (
  chains: ReadonlyArray<BackupTree.BackupChain>,
  chain: BackupTree.BackupChain,
  after: BackupTree.BackupChain | undefined
): ReadonlyArray<BackupTree.BackupChain> => {
  const position = chains.indexOf(chain)
  if (after === undefined) return chains.toSpliced(position, 1)
  if (after.head === chain.head) return chains.with(position, after)
  // The date of a promoted head can move the chain in the list (SEMANTICS 2.6).
  const others = chains.toSpliced(position, 1)
  const index = others.findIndex((other) => isBehind(other, after))
  return others.toSpliced(index === -1 ? others.length : index, 0, after)
}

const isBehind = (other: BackupTree.BackupChain, chain: BackupTree.BackupChain): boolean => {
  const [there, here] = [BackupDate.serverTime(other.head), BackupDate.serverTime(chain.head)]
  return there === here ? other.uuid.toLowerCase() > chain.uuid.toLowerCase() : there > here
}
