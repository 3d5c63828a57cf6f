/** Single faults, one kind for each rule of `Invariants` that is an error. */
import * as BackupId from "@backup-tree/core/BackupId"
import * as BackupTree from "@backup-tree/core/BackupTree"
import * as InvariantRule from "@backup-tree/core/InvariantRule"
import * as Arbitrary from "effect/Arbitrary"
import * as Result from "effect/Result"
import { choice, richTree } from "./trees.ts"

/** Another rule that a fault breaks by its nature, and why it cannot be otherwise. */
export interface Companion {
  readonly rule: string
  readonly why: string
}

/**
 * One fault: the rule that it breaks, what it does, and the rules that break with it.
 *
 * `apply` chooses a place by number; a tree that has no place for the fault gives `undefined`. On a healthy tree it adds
 * findings of `rule` and of each companion, and of no other rule.
 */
export interface Mutation {
  readonly rule: string
  readonly change: string
  readonly companions: ReadonlyArray<Companion>
  readonly apply: (tree: BackupTree.BackupTree, choice: number) => BackupTree.BackupTree | undefined
}

const at = <A>(values: ReadonlyArray<A>, choice: number): A | undefined => values[choice % Math.max(values.length, 1)]

/** Another value than the first choice, chosen by the same number. */
const another = <A>(values: ReadonlyArray<A>, choice: number): A | undefined => {
  const others = values.toSpliced(choice % Math.max(values.length, 1), 1)
  return at(others, Math.floor(choice / Math.max(values.length, 1)))
}

type EnvironmentEdit = (environment: BackupTree.VirtualEnvironment) => BackupTree.VirtualEnvironment
type ChainEdit = (chain: BackupTree.BackupChain) => BackupTree.BackupChain

const editEnvironment = (
  tree: BackupTree.BackupTree,
  place: { readonly environment: number },
  edit: EnvironmentEdit
): BackupTree.BackupTree => ({
  ...tree,
  environments: tree.environments.map((environment, e) => e === place.environment ? edit(environment) : environment)
})

const editChain = (
  tree: BackupTree.BackupTree,
  place: { readonly environment: number; readonly chain: number },
  edit: ChainEdit
): BackupTree.BackupTree =>
  editEnvironment(tree, place, (environment) => ({
    ...environment,
    chains: environment.chains.map((chain, c) => c === place.chain ? edit(chain) : chain)
  }))

const editLink = (
  tree: BackupTree.BackupTree,
  place: { readonly environment: number; readonly chain: number; readonly backup: number },
  edit: (link: BackupTree.IncrementalBackup) => BackupTree.IncrementalBackup
): BackupTree.BackupTree =>
  editChain(tree, place, (chain) => ({
    ...chain,
    incrementals: chain.incrementals.map((link, l) => l === place.backup - 1 ? edit(link) : link)
  }))

const linksOf = (tree: BackupTree.BackupTree): ReadonlyArray<InvariantRule.BackupAt> =>
  InvariantRule.backupsOf(tree).filter(({ backup }) => backup._tag === "IncrementalBackup")

const withoutBraces = (uuid: string): string => uuid.slice(1, -1)

// No generator makes it, so that it is nobody else's.
const strangeUuid = "{ffffffff-ffff-4fff-afff-ffffffffffff}"

const mutation = (
  rule: string,
  change: string,
  apply: Mutation["apply"],
  ...companions: ReadonlyArray<Companion>
): Mutation => ({ rule, change, companions, apply })

const environmentUuids: ReadonlyArray<Mutation> = [
  mutation("I01", "an environment has the uuid of another", (tree, choice) => {
    const environments = InvariantRule.environmentsOf(tree)
    const [hit, other] = [at(environments, choice), another(environments, choice)]
    return hit && other &&
      editEnvironment(tree, hit.place, (environment) => ({ ...environment, uuid: other.environment.uuid }))
  }),
  mutation("I01", "an environment's uuid has lost its braces", (tree, choice) => {
    const hit = at(InvariantRule.environmentsOf(tree), choice)
    return hit &&
      editEnvironment(tree, hit.place, (environment) => ({ ...environment, uuid: withoutBraces(environment.uuid) }))
  })
]

const chainUuids: ReadonlyArray<Mutation> = [
  mutation(
    "I03",
    "a chain is copied to another place",
    (tree, choice) => {
      const hit = at(InvariantRule.chainsOf(tree), choice)
      const to = at(InvariantRule.environmentsOf(tree), Math.floor(choice / 7))
      return hit && to && editEnvironment(tree, to.place, (environment) => ({
        ...environment,
        chains: [...environment.chains, hit.chain]
      }))
    },
    { rule: "I06", why: "the copy of a chain has the ids of its backups too" }
  ),
  mutation("I03", "a chain's uuid has lost its braces", (tree, choice) => {
    const hit = at(InvariantRule.chainsOf(tree), choice)
    return hit && editChain(tree, hit.place, (chain) => ({ ...chain, uuid: withoutBraces(chain.uuid) }))
  })
]

const headIds: ReadonlyArray<Mutation> = [
  mutation("I04", "a head has the id of another chain", (tree, choice) => {
    const hit = at(InvariantRule.chainsOf(tree), choice)
    return hit && editChain(tree, hit.place, (chain) => ({ ...chain, head: { ...chain.head, id: strangeUuid } }))
  }),
  mutation("I04", "a head's id has its number in an odd spelling", (tree, choice) => {
    const hit = at(InvariantRule.chainsOf(tree), choice)
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
      const backups = InvariantRule.backupsOf(tree)
      const hit = at(linksOf(tree), choice)
      const other = hit && at(backups.filter(({ backup }) => backup !== hit.backup), Math.floor(choice / 7))
      return other && editLink(tree, hit.place, (link) => ({ ...link, id: other.backup.id }))
    },
    { rule: "I05", why: "an id that is another backup's cannot be the one that the incremental's own number gives" }
  )
]

const ascendingNumbers: ReadonlyArray<Mutation> = [
  mutation("I07", "two neighbours have changed places", (tree, choice) => {
    const hit = at(InvariantRule.chainsOf(tree).filter(({ chain }) => chain.incrementals.length > 1), choice)
    return hit && editChain(tree, hit.place, (chain) => {
      const first = Math.floor(choice / 7) % (chain.incrementals.length - 1)
      const [one, two] = [chain.incrementals[first]!, chain.incrementals[first + 1]!]
      return { ...chain, incrementals: chain.incrementals.toSpliced(first, 2, two, one) }
    })
  }),
  mutation("I07", "an incremental has a number below that of its promoted head", (tree, choice) => {
    const hit = at(linksOf(tree).filter(({ chain }) => (BackupTree.number(chain, chain.head) ?? 1) > 2), choice)
    return hit &&
      editLink(tree, hit.place, (link) => ({ ...link, number: 2, id: BackupId.make(hit.chain.uuid, 2).text }))
  })
]

const lastNumbers: ReadonlyArray<Mutation> = [
  mutation("I10", "a head's LastNumber is behind its chain", (tree, choice) => {
    const hit = at(
      InvariantRule.chainsOf(tree).flatMap(({ chain, place }) => {
        const numbers = BackupTree.backups(chain).map((backup) => BackupTree.number(chain, backup) ?? 1)
        const greatest = Math.max(...numbers)
        return greatest === 1 ? [] : [{ place, greatest }]
      }),
      choice
    )
    return hit && editChain(tree, hit.place, (chain) => ({ ...chain, lastNumber: hit.greatest - 1 }))
  })
]

const otherFormat = (image: string): string =>
  image.endsWith(".tib") ? image.replace(/tib$/, "qcow2") : image.replace(/qcow2$/, "tib")

const images: ReadonlyArray<Mutation> = [
  mutation("I24", "an incremental claims an image of its head", (tree, choice) => {
    const hit = at(
      linksOf(tree).filter(({ backup, chain }) => backup.images.length > 0 && chain.head.images.length > 0),
      choice
    )
    return hit && editLink(tree, hit.place, (link) => ({
      ...link,
      images: link.images.with(0, hit.chain.head.images[0]!)
    }))
  }),
  mutation("I24", "a head lists an image twice", (tree, choice) => {
    const hit = at(InvariantRule.chainsOf(tree).filter(({ chain }) => chain.head.images.length > 0), choice)
    return hit && editChain(tree, hit.place, (chain) => ({
      ...chain,
      head: { ...chain.head, images: [...chain.head.images, chain.head.images[0]!] }
    }))
  }),
  mutation("I25", "an incremental's image has the other format", (tree, choice) => {
    const hit = at(
      linksOf(tree).filter(({ backup, chain }) => backup.images.length > 0 && chain.head.images.length > 0),
      choice
    )
    return hit &&
      editLink(tree, hit.place, (link) => ({ ...link, images: link.images.with(0, otherFormat(link.images[0]!)) }))
  })
]

const kinds: ReadonlyArray<Mutation> = [
  mutation("I27", "an environment is of a kind that nobody knows", (tree, choice) => {
    const hit = at(InvariantRule.environmentsOf(tree), choice)
    return hit && editEnvironment(tree, hit.place, (environment) => ({ ...environment, vmType: 4 + choice }))
  })
]

/** Every fault. */
export const mutations: ReadonlyArray<Mutation> = [
  ...environmentUuids,
  ...chainUuids,
  ...headIds,
  ...linkIds,
  ...uniqueIds,
  ...ascendingNumbers,
  ...lastNumbers,
  ...images,
  ...kinds
]

/** A healthy tree and the same with one fault. */
export interface Mutated {
  readonly before: BackupTree.BackupTree
  readonly after: BackupTree.BackupTree
}

/** Healthy trees that have a place for a fault, with and without it. */
export const mutated = (mutation: Mutation): Arbitrary.Arbitrary<Mutated> =>
  Arbitrary.filterMap(Arbitrary.all([richTree, choice]), ([before, choice]) => {
    const after = mutation.apply(before, choice)
    return after === undefined ? Result.fail("no place for it") : Result.succeed({ before, after })
  })
