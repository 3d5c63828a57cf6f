/** Mutations of dates, letters, flags, sizes, kinds, origins and texts. */
import * as TreePath from "@backup-tree/core/tree/TreePath"
import { editBackup, editChain, editEnvironment, editIncremental } from "./edits.ts"
import { type Mutation, mutation } from "./mutation.ts"
import { at, incrementalsOf, isUniformOf } from "./places.ts"

const dates: ReadonlyArray<Mutation> = [
  mutation("I13", "an incremental has lost its date", (tree, choice) => {
    const target = at(incrementalsOf(tree), choice)
    return target && editIncremental(tree, target.place, (incremental) => ({ ...incremental, dateTime: "" }))
  }),
  mutation("I13", "the date of an incremental does not exist", (tree, choice) => {
    const target = at(incrementalsOf(tree), choice)
    return target &&
      editIncremental(tree, target.place, (incremental) => ({ ...incremental, dateTime: "2024-02-30 02:00:07" }))
  }),
  mutation("I14", "an incremental is older than its full backup", (tree, choice) => {
    const target = at(incrementalsOf(tree), choice)
    return target &&
      editIncremental(tree, target.place, (incremental) => ({ ...incremental, dateTime: "2010-01-01 00:00:00" }))
  }),
  mutation("I15", "two full backups of an environment have the same date", (tree, choice) => {
    // The later one gets the date of the earlier. That may be the newest then, so it must have all its backups.
    const target = at(
      TreePath.chainsOf(tree).flatMap(({ environment, place }) => {
        const before = environment.chains[place.chain - 1]
        const last = before?.incrementals.at(-1)?.number ?? 1
        return before !== undefined && (before.lastNumber === 0 || before.lastNumber === last)
          ? [{ before, place }]
          : []
      }),
      choice
    )
    return target && editChain(tree, target.place, (chain) => ({
      ...chain,
      head: { ...chain.head, dateTime: target.before.head.dateTime }
    }))
  })
]

const letters: ReadonlyArray<Mutation> = [
  mutation("I17", "a full backup has a wrong letter, or none", (tree, choice) => {
    const target = at(TreePath.chainsOf(tree), choice)
    return target && editChain(tree, target.place, (chain) => ({
      ...chain,
      head: { ...chain.head, type: ["i", "d", "", "F"][choice % 4]! }
    }))
  }),
  mutation("I17", "an incremental has the letter of a full backup", (tree, choice) => {
    const target = at(incrementalsOf(tree), choice)
    return target && editIncremental(tree, target.place, (incremental) => ({ ...incremental, type: "f" }))
  })
]

const flags: ReadonlyArray<Mutation> = [
  mutation("I18", "the flags of an incremental are those of a full backup", (tree, choice) => {
    const target = at(incrementalsOf(tree).filter(({ backup }) => backup.flags !== 0), choice)
    return target &&
      editIncremental(
        tree,
        target.place,
        (incremental) => ({ ...incremental, flags: (incremental.flags & ~0x1000) | 0x800 })
      )
  }),
  mutation("I18", "the flags of a full backup lack PBT_FULL", (tree, choice) => {
    const target = at(TreePath.chainsOf(tree).filter(({ chain }) => chain.head.flags !== 0), choice)
    return target && editChain(tree, target.place, (chain) => ({ ...chain, head: { ...chain.head, flags: 0x1_0000 } }))
  })
]

const sizes: ReadonlyArray<Mutation> = [
  mutation("I19", "a backup is empty", (tree, choice) => {
    const target = at(TreePath.backupsOf(tree), choice)
    return target && editBackup(tree, target.place, (backup) => ({ ...backup, size: 0n }))
  }),
  mutation("I20", "a backup is impossibly large", (tree, choice) => {
    const target = at(TreePath.backupsOf(tree), choice)
    return target && editBackup(tree, target.place, (backup) => ({ ...backup, size: 2n ** 60n + 1n }))
  })
]

const environments: ReadonlyArray<Mutation> = [
  mutation("I27", "an environment has an unknown kind", (tree, choice) => {
    const target = at(TreePath.environmentsOf(tree), choice)
    return target && editEnvironment(tree, target.place, (environment) => ({ ...environment, vmType: 4 + choice }))
  }),
  mutation(
    "I28",
    "an environment has no chain",
    (tree, choice) => {
      const target = at(TreePath.environmentsOf(tree), choice)
      return target && editEnvironment(tree, target.place, (environment) => ({ ...environment, chains: [] }))
    },
    { rule: "I40", why: "an environment without backups has no fresh one" }
  )
]

const origins: ReadonlyArray<Mutation> = [
  mutation("I30", "a chain continues on another host", (tree, choice) => {
    const target = at(incrementalsOf(tree).filter(({ chain }) => isUniformOf(chain, ({ host }) => host)), choice)
    return target && editIncremental(tree, target.place, (incremental) => ({ ...incremental, host: "hn9.example.com" }))
  }),
  mutation("I30", "a chain continues on another server with the same host name", (tree, choice) => {
    const target = at(
      incrementalsOf(tree).filter(({ chain }) => isUniformOf(chain, ({ serverUuid }) => serverUuid)),
      choice
    )
    return target &&
      editIncremental(
        tree,
        target.place,
        (incremental) => ({ ...incremental, serverUuid: "{ffffffff-ffff-4fff-afff-ffffffffffff}" })
      )
  }),
  mutation("I31", "another user continues a chain", (tree, choice) => {
    const target = at(incrementalsOf(tree).filter(({ chain }) => isUniformOf(chain, ({ creator }) => creator)), choice)
    return target && editIncremental(tree, target.place, (incremental) => ({ ...incremental, creator: "admin" }))
  })
]

const texts: ReadonlyArray<Mutation> = [
  mutation("I33", "a name contains a control character", (tree, choice) => {
    const target = at(TreePath.environmentsOf(tree), choice)
    return target &&
      editEnvironment(tree, target.place, (environment) => ({ ...environment, name: `${environment.name}\u0001` }))
  }),
  mutation("I33", "a description contains U+FFFF", (tree, choice) => {
    const target = at(TreePath.backupsOf(tree), choice)
    return target && editBackup(tree, target.place, (backup) => ({ ...backup, description: "\uffff" }))
  })
]

/** The mutations of this kind. */
export const contentMutations: ReadonlyArray<Mutation> = [
  ...dates,
  ...letters,
  ...flags,
  ...sizes,
  ...environments,
  ...origins,
  ...texts
]
