/** Faults of dates, letters, flags, sizes, kinds, origins and texts. */
import * as TreePath from "@backup-tree/core/tree/TreePath"
import {
  at,
  editBackup,
  editChain,
  editEnvironment,
  editLink,
  isUniformOf,
  linksOf,
  type Mutation,
  mutation
} from "./mutation.ts"

const dates: ReadonlyArray<Mutation> = [
  mutation("I13", "an incremental has lost its date", (tree, choice) => {
    const hit = at(linksOf(tree), choice)
    return hit && editLink(tree, hit.place, (link) => ({ ...link, dateTime: "" }))
  }),
  mutation("I13", "an incremental is of a day that no calendar has", (tree, choice) => {
    const hit = at(linksOf(tree), choice)
    return hit && editLink(tree, hit.place, (link) => ({ ...link, dateTime: "2024-02-30 02:00:07" }))
  }),
  mutation("I14", "an incremental is older than its full backup", (tree, choice) => {
    const hit = at(linksOf(tree), choice)
    return hit && editLink(tree, hit.place, (link) => ({ ...link, dateTime: "2010-01-01 00:00:00" }))
  }),
  mutation("I15", "two full backups of an environment are of one second", (tree, choice) => {
    // The later one takes the date of the earlier, which then may be the newest: it has lost nothing.
    const hit = at(
      TreePath.chainsOf(tree).flatMap(({ environment, place }) => {
        const before = environment.chains[place.chain - 1]
        const last = before?.incrementals.at(-1)?.number ?? 1
        return before !== undefined && (before.lastNumber === 0 || before.lastNumber === last)
          ? [{ before, place }]
          : []
      }),
      choice
    )
    return hit && editChain(tree, hit.place, (chain) => ({
      ...chain,
      head: { ...chain.head, dateTime: hit.before.head.dateTime }
    }))
  })
]

const letters: ReadonlyArray<Mutation> = [
  mutation("I17", "a full backup has the letter of another kind, or none", (tree, choice) => {
    const hit = at(TreePath.chainsOf(tree), choice)
    return hit && editChain(tree, hit.place, (chain) => ({
      ...chain,
      head: { ...chain.head, type: ["i", "d", "", "F"][choice % 4]! }
    }))
  }),
  mutation("I17", "an incremental has the letter of a full backup", (tree, choice) => {
    const hit = at(linksOf(tree), choice)
    return hit && editLink(tree, hit.place, (link) => ({ ...link, type: "f" }))
  })
]

const flags: ReadonlyArray<Mutation> = [
  mutation("I18", "the flags of an incremental are those of a full backup", (tree, choice) => {
    const hit = at(linksOf(tree).filter(({ backup }) => backup.flags !== 0), choice)
    return hit && editLink(tree, hit.place, (link) => ({ ...link, flags: (link.flags & ~0x1000) | 0x800 }))
  }),
  mutation("I18", "the flags of a full backup do not say that it is one", (tree, choice) => {
    const hit = at(TreePath.chainsOf(tree).filter(({ chain }) => chain.head.flags !== 0), choice)
    return hit && editChain(tree, hit.place, (chain) => ({ ...chain, head: { ...chain.head, flags: 0x1_0000 } }))
  })
]

const sizes: ReadonlyArray<Mutation> = [
  mutation("I19", "a backup is empty", (tree, choice) => {
    const hit = at(TreePath.backupsOf(tree), choice)
    return hit && editBackup(tree, hit.place, (backup) => ({ ...backup, size: 0n }))
  }),
  mutation("I20", "a backup is larger than any store", (tree, choice) => {
    const hit = at(TreePath.backupsOf(tree), choice)
    return hit && editBackup(tree, hit.place, (backup) => ({ ...backup, size: 2n ** 60n + 1n }))
  })
]

const environments: ReadonlyArray<Mutation> = [
  mutation("I27", "an environment is of a kind that nobody knows", (tree, choice) => {
    const hit = at(TreePath.environmentsOf(tree), choice)
    return hit && editEnvironment(tree, hit.place, (environment) => ({ ...environment, vmType: 4 + choice }))
  }),
  mutation(
    "I28",
    "an environment is listed without a chain",
    (tree, choice) => {
      const hit = at(TreePath.environmentsOf(tree), choice)
      return hit && editEnvironment(tree, hit.place, (environment) => ({ ...environment, chains: [] }))
    },
    { rule: "I40", why: "an environment without a backup has no fresh one" }
  )
]

const origins: ReadonlyArray<Mutation> = [
  mutation("I30", "a chain goes on at another host", (tree, choice) => {
    const hit = at(linksOf(tree).filter(({ chain }) => isUniformOf(chain, ({ host }) => host)), choice)
    return hit && editLink(tree, hit.place, (link) => ({ ...link, host: "hn9.example.com" }))
  }),
  mutation("I30", "a chain goes on at another server of the same host name", (tree, choice) => {
    const hit = at(linksOf(tree).filter(({ chain }) => isUniformOf(chain, ({ serverUuid }) => serverUuid)), choice)
    return hit &&
      editLink(tree, hit.place, (link) => ({ ...link, serverUuid: "{ffffffff-ffff-4fff-afff-ffffffffffff}" }))
  }),
  mutation("I31", "a chain is extended by another user", (tree, choice) => {
    const hit = at(linksOf(tree).filter(({ chain }) => isUniformOf(chain, ({ creator }) => creator)), choice)
    return hit && editLink(tree, hit.place, (link) => ({ ...link, creator: "admin" }))
  })
]

const texts: ReadonlyArray<Mutation> = [
  mutation("I33", "a name holds a control character", (tree, choice) => {
    const hit = at(TreePath.environmentsOf(tree), choice)
    return hit &&
      editEnvironment(tree, hit.place, (environment) => ({ ...environment, name: `${environment.name}\u0001` }))
  }),
  mutation("I33", "a description holds what is no character", (tree, choice) => {
    const hit = at(TreePath.backupsOf(tree), choice)
    return hit && editBackup(tree, hit.place, (backup) => ({ ...backup, description: "\uffff" }))
  })
]

/** The faults of dates, letters, flags, sizes, kinds, origins and texts. */
export const contentMutations: ReadonlyArray<Mutation> = [
  ...dates,
  ...letters,
  ...flags,
  ...sizes,
  ...environments,
  ...origins,
  ...texts
]
