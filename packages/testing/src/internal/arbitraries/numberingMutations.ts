/** Faults of numbers: their order, their gaps, how many there are, and what a chain says of them. */
import * as BackupId from "@backup-tree/core/sdk/BackupId"
import type * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as TreePath from "@backup-tree/core/tree/TreePath"
import {
  at,
  editChain,
  editLink,
  isContiguous,
  isCurrent,
  isNewest,
  linksOf,
  type Mutation,
  mutation,
  numbersOf
} from "./mutation.ts"
import { longestChain } from "./stores.ts"

const greatestOf = (chain: BackupTree.BackupChain): number => Math.max(...numbersOf(chain))

const ascendingNumbers: ReadonlyArray<Mutation> = [
  mutation("I07", "two neighbours have changed places", (tree, choice) => {
    const hit = at(TreePath.chainsOf(tree).filter(({ chain }) => chain.incrementals.length > 1), choice)
    return hit && editChain(tree, hit.place, (chain) => {
      const first = Math.floor(choice / 7) % (chain.incrementals.length - 1)
      const [one, two] = [chain.incrementals[first]!, chain.incrementals[first + 1]!]
      return { ...chain, incrementals: chain.incrementals.toSpliced(first, 2, two, one) }
    })
  }),
  mutation(
    "I07",
    "the first incremental has a number below that of its promoted head",
    (tree, choice) => {
      const hit = at(
        linksOf(tree).filter(({ chain, place }) =>
          place.backup === 1 && chain.incrementals.length > 1 && numbersOf(chain)[0]! > 2 && isContiguous(chain)
        ),
        choice
      )
      return hit &&
        editLink(tree, hit.place, (link) => ({ ...link, number: 2, id: BackupId.make(hit.chain.uuid, 2).text }))
    },
    { rule: "I11", why: "the number that the incremental had is missing now" },
    { rule: "I23", why: "its images still bear the number that it had" }
  )
]

const lastNumbers: ReadonlyArray<Mutation> = [
  mutation("I09", "LastNumber of the newest chain is ahead of it", (tree, choice) => {
    const hit = at(TreePath.chainsOf(tree).filter(isNewest), choice)
    return hit && editChain(tree, hit.place, (chain) => ({ ...chain, lastNumber: greatestOf(chain) + 1 }))
  }),
  mutation("I09", "the newest backup of the newest chain is gone", (tree, choice) => {
    const hit = at(
      TreePath.chainsOf(tree).filter((at) =>
        isNewest(at) && at.chain.lastNumber > 0 && at.chain.incrementals.length > 0
      ),
      choice
    )
    return hit && editChain(tree, hit.place, (chain) => ({ ...chain, incrementals: chain.incrementals.slice(0, -1) }))
  }),
  mutation("I10", "LastNumber of a chain that is not the newest is behind it", (tree, choice) => {
    const hit = at(
      TreePath.chainsOf(tree).filter((at) => !isNewest(at) && greatestOf(at.chain) > 1),
      choice
    )
    return hit && editChain(tree, hit.place, (chain) => ({ ...chain, lastNumber: greatestOf(chain) - 1 }))
  }),
  mutation(
    "I10",
    "LastNumber of the newest chain is behind it",
    (tree, choice) => {
      const hit = at(TreePath.chainsOf(tree).filter((at) => isNewest(at) && greatestOf(at.chain) > 1), choice)
      return hit && editChain(tree, hit.place, (chain) => ({ ...chain, lastNumber: greatestOf(chain) - 1 }))
    },
    { rule: "I09", why: "in the newest chain LastNumber is to be the greatest number, neither less nor more" }
  )
]

const withoutLink = (tree: BackupTree.BackupTree, hit: TreePath.BackupAt): BackupTree.BackupTree =>
  editChain(tree, hit.place, (chain) => ({
    ...chain,
    incrementals: chain.incrementals.toSpliced(hit.place.backup - 1, 1)
  }))

/** The incrementals that others follow, in chains without gaps. */
const middleLinks = (tree: BackupTree.BackupTree): ReadonlyArray<TreePath.BackupAt> =>
  linksOf(tree).filter(({ chain, place }) => place.backup < chain.incrementals.length && isContiguous(chain))

const gaps: ReadonlyArray<Mutation> = [
  mutation("I11", "an incremental in the middle of a chain is gone", (tree, choice) => {
    const hit = at(middleLinks(tree).filter(isCurrent), choice)
    return hit && withoutLink(tree, hit)
  }),
  mutation(
    "I12",
    "an incremental in the middle of an old chain is gone",
    (tree, choice) => {
      const hit = at(middleLinks(tree).filter((at) => !isCurrent(at)), choice)
      return hit && withoutLink(tree, hit)
    },
    { rule: "I11", why: "what is missing in an old chain is a gap as in any other" }
  ),
  mutation("I12", "the second backup of an old chain stands in the place of the first", (tree, choice) => {
    const hit = at(
      TreePath.chainsOf(tree).filter((at) => !isCurrent(at) && at.chain.incrementals.length > 0),
      choice
    )
    return hit && editChain(tree, hit.place, (chain) => {
      const { number: _, ...promoted } = chain.incrementals[0]!
      return {
        ...chain,
        head: { ...promoted, _tag: "FullBackup", type: "f" },
        incrementals: chain.incrementals.slice(1)
      }
    })
  })
]

/** Makes the backup that a server would make after the last one of a chain. */
const following = (chain: BackupTree.BackupChain, position: number): BackupTree.IncrementalBackup => {
  const last = chain.incrementals.at(-1)!
  const number = last.number + position
  const image = (name: string): string => name.replace(/\.\d+\.qcow2$/, `.${number}.qcow2`)
  return {
    ...last,
    number,
    id: BackupId.make(chain.uuid, number).text,
    images: last.images.map(image),
    disks: last.disks && { ...last.disks, list: last.disks.list.map((disk) => ({ ...disk, name: image(disk.name) })) }
  }
}

const lengths: ReadonlyArray<Mutation> = [
  mutation("I41", "a chain has outgrown the limit", (tree, choice) => {
    const hit = at(
      TreePath.chainsOf(tree).filter((at) =>
        isCurrent(at) && at.chain.incrementals.length > 0 && at.chain.lastNumber === greatestOf(at.chain)
      ),
      choice
    )
    return hit && editChain(tree, hit.place, (chain) => {
      const more = Array.from(
        { length: longestChain - chain.incrementals.length },
        (_, index) => following(chain, index + 1)
      )
      return {
        ...chain,
        incrementals: [...chain.incrementals, ...more],
        lastNumber: chain.lastNumber + more.length
      }
    })
  })
]

/** The faults of numbers. */
export const numberingMutations: ReadonlyArray<Mutation> = [...ascendingNumbers, ...lastNumbers, ...gaps, ...lengths]
