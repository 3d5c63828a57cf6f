/**
 * Totals of a tree or a store: how many environments, chains and backups it has, and their size.
 *
 * @since 0.2.0
 */
import * as CountText from "../text/CountText.ts"
import * as BackupTree from "./BackupTree.ts"

/**
 * The number of environments, chains and backups, and the total size of the backups in bytes.
 *
 * @category models
 * @since 0.2.0
 */
export interface Totals {
  readonly environments: number
  readonly chains: number
  readonly backups: number
  readonly size: bigint
}

/**
 * Counts environments with chains of any type. `sizesOf` returns the size of each backup of a chain.
 *
 * @category constructors
 * @since 0.2.0
 */
export const make = <Chain>(
  environments: ReadonlyArray<{ readonly chains: ReadonlyArray<Chain> }>,
  sizesOf: (chain: Chain) => ReadonlyArray<bigint>
): Totals => {
  let chainCount = 0
  let backups = 0
  let bytes = 0n
  for (const { chains } of environments) {
    chainCount += chains.length
    for (const chain of chains) {
      for (const size of sizesOf(chain)) {
        backups += 1
        bytes += size
      }
    }
  }
  return { environments: environments.length, chains: chainCount, backups, size: bytes }
}

/**
 * Counts the environments of a tree. Hidden chains are not part of a tree.
 *
 * **Example**
 *
 * ```ts
 * Totals.print(Totals.ofTree(listing.tree)) // 5 environments, 11 chains, 51 backups
 * ```
 *
 * @category constructors
 * @since 0.2.0
 */
export const ofTree = ({ environments }: Pick<BackupTree.BackupTree, "environments">): Totals =>
  make(environments, (chain) => BackupTree.backups(chain).map(({ size }) => size))

/**
 * Formats the numbers of environments, chains and backups, such as `1 environment, 2 chains, 3 backups`.
 *
 * @category rendering
 * @since 0.2.0
 */
export const print = ({ backups, chains, environments }: Omit<Totals, "size">): string =>
  [
    CountText.count(environments, "environment"),
    CountText.count(chains, "chain"),
    CountText.count(backups, "backup")
  ].join(", ")
