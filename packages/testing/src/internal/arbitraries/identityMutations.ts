/** Faults of uuids and ids. */
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as TreePath from "@backup-tree/core/tree/TreePath"
import {
  another,
  at,
  editChain,
  editEnvironment,
  editLink,
  isPlain,
  linksOf,
  type Mutation,
  mutation
} from "./mutation.ts"

const withoutBraces = (uuid: string): string => uuid.slice(1, -1)

// No generator makes it, so that it is nobody else's.
const strangeUuid = "{ffffffff-ffff-4fff-afff-ffffffffffff}"

const environmentUuids: ReadonlyArray<Mutation> = [
  mutation("I01", "an environment has the uuid of another", (tree, choice) => {
    const environments = TreePath.environmentsOf(tree)
    const [hit, other] = [at(environments, choice), another(environments, choice)]
    return hit && other &&
      editEnvironment(tree, hit.place, (environment) => ({ ...environment, uuid: other.environment.uuid }))
  }),
  mutation("I01", "an environment's uuid has lost its braces", (tree, choice) => {
    const hit = at(TreePath.environmentsOf(tree), choice)
    return hit &&
      editEnvironment(tree, hit.place, (environment) => ({ ...environment, uuid: withoutBraces(environment.uuid) }))
  })
]

const chainUuids: ReadonlyArray<Mutation> = [
  mutation(
    "I03",
    "a chain is copied within its environment",
    (tree, choice) => {
      const hit = at(TreePath.chainsOf(tree).filter(({ chain }) => isPlain(chain)), choice)
      return hit && editEnvironment(tree, hit.place, (environment) => ({
        ...environment,
        chains: [...environment.chains, hit.chain]
      }))
    },
    { rule: "I06", why: "the copy of a chain has the ids of its backups too" },
    { rule: "I15", why: "the copy of a full backup has its date too" }
  ),
  mutation("I03", "a chain's uuid has lost its braces", (tree, choice) => {
    const hit = at(TreePath.chainsOf(tree), choice)
    return hit && editChain(tree, hit.place, (chain) => ({ ...chain, uuid: withoutBraces(chain.uuid) }))
  })
]

const headIds: ReadonlyArray<Mutation> = [
  mutation("I04", "a head has the id of another chain", (tree, choice) => {
    const hit = at(TreePath.chainsOf(tree), choice)
    return hit && editChain(tree, hit.place, (chain) => ({ ...chain, head: { ...chain.head, id: strangeUuid } }))
  }),
  mutation("I04", "a head's id has its number in an odd spelling", (tree, choice) => {
    const hit = at(TreePath.chainsOf(tree), choice)
    return hit && editChain(tree, hit.place, (chain) => {
      const number = BackupTree.number(chain, chain.head) ?? 1
      return { ...chain, head: { ...chain.head, id: `${chain.uuid}.${number === 1 ? "" : "0"}${number}` } }
    })
  })
]

const linkIds: ReadonlyArray<Mutation> = [
  mutation("I05", "an incremental's id has another number", (tree, choice) => {
    const hit = at(linksOf(tree), choice)
    return hit && editLink(tree, hit.place, (link) => ({ ...link, id: `${hit.chain.uuid}.${link.number + 1000}` }))
  }),
  mutation("I05", "an incremental's id has its number padded", (tree, choice) => {
    const hit = at(linksOf(tree), choice)
    return hit && editLink(tree, hit.place, (link) => ({ ...link, id: `${hit.chain.uuid}.0${link.number}` }))
  }),
  mutation("I05", "an incremental's id is of another chain", (tree, choice) => {
    const hit = at(linksOf(tree), choice)
    return hit && editLink(tree, hit.place, (link) => ({ ...link, id: `${strangeUuid}.${link.number}` }))
  })
]

const uniqueIds: ReadonlyArray<Mutation> = [
  mutation(
    "I06",
    "an incremental has the id of another backup",
    (tree, choice) => {
      const backups = TreePath.backupsOf(tree)
      const hit = at(linksOf(tree), choice)
      const other = hit && at(backups.filter(({ backup }) => backup !== hit.backup), Math.floor(choice / 7))
      return other && editLink(tree, hit.place, (link) => ({ ...link, id: other.backup.id }))
    },
    { rule: "I05", why: "an id that is another backup's cannot be the one that the incremental's own number gives" }
  )
]

/** The faults of uuids and ids. */
export const identityMutations: ReadonlyArray<Mutation> = [
  ...environmentUuids,
  ...chainUuids,
  ...headIds,
  ...linkIds,
  ...uniqueIds
]
