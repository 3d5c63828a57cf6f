/** Mutations of numbers: their order, gaps, count, and the LastNumber of their chain. */
import * as BackupId from "@backup-tree/core/sdk/BackupId"
import type * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as TreePath from "@backup-tree/core/tree/TreePath"
import { longestChain } from "../arbitraries/storeHistories.ts"
import { editChain, editIncremental } from "./edits.ts"
import { type Mutation, mutation } from "./mutation.ts"
import { at, incrementalsOf, isContiguous, isCurrent, isNewest, numbersOf } from "./places.ts"

const greatestOf = (chain: BackupTree.BackupChain): number => Math.max(...numbersOf(chain))

const ascendingNumbers: ReadonlyArray<Mutation> = [
  mutation("I07", "two incrementals are in the wrong order", (tree, choice) => {
    const target = at(TreePath.chainsOf(tree).filter(({ chain }) => chain.incrementals.length > 1), choice)
    return target && editChain(tree, target.place, (chain) => {
      const first = Math.floor(choice / 7) % (chain.incrementals.length - 1)
      const [one, two] = [chain.incrementals[first]!, chain.incrementals[first + 1]!]
      return { ...chain, incrementals: chain.incrementals.toSpliced(first, 2, two, one) }
    })
  }),
  mutation(
    "I07",
    "the first incremental has a number below that of its promoted head",
    (tree, choice) => {
      const target = at(
        incrementalsOf(tree).filter(({ chain, place }) =>
          place.backup === 1 && chain.incrementals.length > 1 && numbersOf(chain)[0]! > 2 && isContiguous(chain)
        ),
        choice
      )
      return target &&
        editIncremental(
          tree,
          target.place,
          (incremental) => ({ ...incremental, number: 2, id: BackupId.make(target.chain.uuid, 2).text })
        )
    },
    { rule: "I11", why: "the former number of the incremental is missing" },
    { rule: "I23", why: "its images still have the former number in their names" }
  )
]

const lastNumbers: ReadonlyArray<Mutation> = [
  mutation("I09", "LastNumber of the newest chain is too large", (tree, choice) => {
    const target = at(TreePath.chainsOf(tree).filter(isNewest), choice)
    return target && editChain(tree, target.place, (chain) => ({ ...chain, lastNumber: greatestOf(chain) + 1 }))
  }),
  mutation("I09", "the newest backup of the newest chain is missing", (tree, choice) => {
    const target = at(
      TreePath.chainsOf(tree).filter((at) =>
        isNewest(at) && at.chain.lastNumber > 0 && at.chain.incrementals.length > 0
      ),
      choice
    )
    return target &&
      editChain(tree, target.place, (chain) => ({ ...chain, incrementals: chain.incrementals.slice(0, -1) }))
  }),
  mutation("I10", "LastNumber of an older chain is too small", (tree, choice) => {
    const target = at(
      TreePath.chainsOf(tree).filter((at) => !isNewest(at) && greatestOf(at.chain) > 1),
      choice
    )
    return target && editChain(tree, target.place, (chain) => ({ ...chain, lastNumber: greatestOf(chain) - 1 }))
  }),
  mutation(
    "I10",
    "LastNumber of the newest chain is too small",
    (tree, choice) => {
      const target = at(TreePath.chainsOf(tree).filter((at) => isNewest(at) && greatestOf(at.chain) > 1), choice)
      return target && editChain(tree, target.place, (chain) => ({ ...chain, lastNumber: greatestOf(chain) - 1 }))
    },
    { rule: "I09", why: "in the newest chain, LastNumber must equal the greatest number" }
  )
]

const withoutLink = (tree: BackupTree.BackupTree, target: TreePath.BackupAt): BackupTree.BackupTree =>
  editChain(tree, target.place, (chain) => ({
    ...chain,
    incrementals: chain.incrementals.toSpliced(target.place.backup - 1, 1)
  }))

/** Returns the incrementals that are not the last of their chain, in chains without gaps. */
const middleLinks = (tree: BackupTree.BackupTree): ReadonlyArray<TreePath.BackupAt> =>
  incrementalsOf(tree).filter(({ chain, place }) => place.backup < chain.incrementals.length && isContiguous(chain))

const gaps: ReadonlyArray<Mutation> = [
  mutation("I11", "an incremental in the middle of a chain is missing", (tree, choice) => {
    const target = at(middleLinks(tree).filter(isCurrent), choice)
    return target && withoutLink(tree, target)
  }),
  mutation(
    "I12",
    "an incremental in the middle of an old chain is missing",
    (tree, choice) => {
      const target = at(middleLinks(tree).filter((at) => !isCurrent(at)), choice)
      return target && withoutLink(tree, target)
    },
    { rule: "I11", why: "a missing number is a gap in an old chain too" }
  ),
  mutation("I12", "the second backup of an old chain takes the place of the first", (tree, choice) => {
    const target = at(
      TreePath.chainsOf(tree).filter((at) => !isCurrent(at) && at.chain.incrementals.length > 0),
      choice
    )
    return target && editChain(tree, target.place, (chain) => {
      const { number: _, ...promoted } = chain.incrementals[0]!
      return {
        ...chain,
        head: { ...promoted, _tag: "FullBackup", type: "f" },
        incrementals: chain.incrementals.slice(1)
      }
    })
  })
]

/** Returns the backup that a server would add to a chain, `position` backups after its last one. */
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
  mutation("I41", "a chain has more backups than allowed", (tree, choice) => {
    const target = at(
      TreePath.chainsOf(tree).filter((at) =>
        isCurrent(at) && at.chain.incrementals.length > 0 && at.chain.lastNumber === greatestOf(at.chain)
      ),
      choice
    )
    return target && editChain(tree, target.place, (chain) => {
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

/** The mutations of this kind. */
export const numberingMutations: ReadonlyArray<Mutation> = [...ascendingNumbers, ...lastNumbers, ...gaps, ...lengths]
