/** Mutations of uuids and ids. */
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as TreePath from "@backup-tree/core/tree/TreePath"
import { editChain, editEnvironment, editIncremental } from "./edits.ts"
import { type Mutation, mutation } from "./mutation.ts"
import { another, at, incrementalsOf, isPlain } from "./places.ts"

const withoutBraces = (uuid: string): string => uuid.slice(1, -1)

// No generator yields it.
const strangeUuid = "{ffffffff-ffff-4fff-afff-ffffffffffff}"

const environmentUuids: ReadonlyArray<Mutation> = [
  mutation("I01", "an environment has the uuid of another", (tree, choice) => {
    const environments = TreePath.environmentsOf(tree)
    const [target, other] = [at(environments, choice), another(environments, choice)]
    return target && other &&
      editEnvironment(tree, target.place, (environment) => ({ ...environment, uuid: other.environment.uuid }))
  }),
  mutation("I01", "an environment's uuid has lost its braces", (tree, choice) => {
    const target = at(TreePath.environmentsOf(tree), choice)
    return target &&
      editEnvironment(tree, target.place, (environment) => ({ ...environment, uuid: withoutBraces(environment.uuid) }))
  })
]

const chainUuids: ReadonlyArray<Mutation> = [
  mutation(
    "I03",
    "a chain exists twice in its environment",
    (tree, choice) => {
      const target = at(TreePath.chainsOf(tree).filter(({ chain }) => isPlain(chain)), choice)
      return target && editEnvironment(tree, target.place, (environment) => ({
        ...environment,
        chains: [...environment.chains, target.chain]
      }))
    },
    { rule: "I06", why: "the copy of a chain has the same backup ids" },
    { rule: "I15", why: "the copy of a full backup has the same date" }
  ),
  mutation("I03", "a chain's uuid has lost its braces", (tree, choice) => {
    const target = at(TreePath.chainsOf(tree), choice)
    return target && editChain(tree, target.place, (chain) => ({ ...chain, uuid: withoutBraces(chain.uuid) }))
  })
]

const headIds: ReadonlyArray<Mutation> = [
  mutation("I04", "a head has the id of another chain", (tree, choice) => {
    const target = at(TreePath.chainsOf(tree), choice)
    return target && editChain(tree, target.place, (chain) => ({ ...chain, head: { ...chain.head, id: strangeUuid } }))
  }),
  mutation("I04", "a head's id spells its number unusually", (tree, choice) => {
    const target = at(TreePath.chainsOf(tree), choice)
    return target && editChain(tree, target.place, (chain) => {
      const number = BackupTree.number(chain, chain.head) ?? 1
      return { ...chain, head: { ...chain.head, id: `${chain.uuid}.${number === 1 ? "" : "0"}${number}` } }
    })
  })
]

const incrementalIds: ReadonlyArray<Mutation> = [
  mutation("I05", "an incremental's id has another number", (tree, choice) => {
    const target = at(incrementalsOf(tree), choice)
    return target &&
      editIncremental(
        tree,
        target.place,
        (incremental) => ({ ...incremental, id: `${target.chain.uuid}.${incremental.number + 1000}` })
      )
  }),
  mutation("I05", "an incremental's id has its number padded", (tree, choice) => {
    const target = at(incrementalsOf(tree), choice)
    return target &&
      editIncremental(
        tree,
        target.place,
        (incremental) => ({ ...incremental, id: `${target.chain.uuid}.0${incremental.number}` })
      )
  }),
  mutation("I05", "an incremental has the id of another chain", (tree, choice) => {
    const target = at(incrementalsOf(tree), choice)
    return target &&
      editIncremental(
        tree,
        target.place,
        (incremental) => ({ ...incremental, id: `${strangeUuid}.${incremental.number}` })
      )
  })
]

const uniqueIds: ReadonlyArray<Mutation> = [
  mutation(
    "I06",
    "an incremental has the id of another backup",
    (tree, choice) => {
      const backups = TreePath.backupsOf(tree)
      const target = at(incrementalsOf(tree), choice)
      const other = target && at(backups.filter(({ backup }) => backup !== target.backup), Math.floor(choice / 7))
      return other && editIncremental(tree, target.place, (incremental) => ({ ...incremental, id: other.backup.id }))
    },
    { rule: "I05", why: "the id of another backup does not match the number of the incremental" }
  )
]

const idSpellings: ReadonlyArray<Mutation> = [
  mutation("I42", "a head's id has lost its braces", (tree, choice) => {
    const target = at(TreePath.chainsOf(tree).filter(({ chain }) => isPlain(chain)), choice)
    return target && editChain(tree, target.place, (chain) => ({
      ...chain,
      head: { ...chain.head, id: chain.head.id.replace(/[{}]/g, "") }
    }))
  }),
  mutation("I42", "an incremental's id has lost its braces", (tree, choice) => {
    const target = at(incrementalsOf(tree), choice)
    return target &&
      editIncremental(
        tree,
        target.place,
        (incremental) => ({ ...incremental, id: incremental.id.replace(/[{}]/g, "") })
      )
  })
]

/** The mutations of this kind. */
export const identityMutations: ReadonlyArray<Mutation> = [
  ...environmentUuids,
  ...chainUuids,
  ...headIds,
  ...incrementalIds,
  ...uniqueIds,
  ...idSpellings
]
