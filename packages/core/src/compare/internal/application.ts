/** Applies changes to the tree that they were made from. */
import * as Result from "effect/Result"
import * as BackupId from "../../sdk/BackupId.ts"
import * as Uuid from "../../sdk/Uuid.ts"
import * as BackupTree from "../../tree/BackupTree.ts"
import { DiffDoesNotApply } from "../DiffError.ts"
import type { Change, Content, Facts, Item } from "../TreeChange.ts"
import { backupLevel, chainLevel, environmentLevel, type Level } from "./levels.ts"
import { keyed, keyWith } from "./pairing.ts"
import { sameData } from "./sameData.ts"

/** The changes of one item, and of the items in it. */
interface Node {
  readonly own: Array<Change>
  readonly parts: Map<string, Node>
}

const empty = (): Node => ({ own: [], parts: new Map() })

const nodeIn = (parent: Node, key: string): Node => {
  const node = parent.parts.get(key) ?? empty()
  parent.parts.set(key, node)
  return node
}

/** Groups changes by the items that they are about. */
const plant = (changes: Iterable<Change>): Node => {
  const root = empty()
  for (const change of changes) {
    const { backup, chain, copy = { environment: 0, chain: 0, backup: 0 }, environment } = change.item
    let node = root
    if (environment !== undefined) node = nodeIn(node, keyWith(Uuid.key(environment), copy.environment))
    if (chain !== undefined) node = nodeIn(node, keyWith(Uuid.key(chain), copy.chain))
    if (backup !== undefined) node = nodeIn(node, keyWith(BackupId.key(backup), copy.backup))
    node.own.push(change)
  }
  return root
}

type Applied<A> = Result.Result<A, DiffDoesNotApply>

const refuse = (item: Item, why: DiffDoesNotApply["why"]) => Result.fail(new DiffDoesNotApply({ item, why }))

/** Applies changes to a tree. Fails if they were not made from it. */
export const applyChanges = (tree: BackupTree.BackupTree, changes: Iterable<Change>): Applied<BackupTree.BackupTree> =>
  Result.gen(function*() {
    const root = plant(changes)
    const { kept } = yield* updated(tree, root.own)
    const environments = yield* partsAfter(tree.environments, root, {
      level: environmentLevel,
      contentOf: (content) => content._tag === "Environment" ? content.environment : undefined,
      changed: environmentAfter
    })
    return { environments, kept }
  })

const environmentAfter = (before: BackupTree.VirtualEnvironment, node: Node): Applied<BackupTree.VirtualEnvironment> =>
  Result.gen(function*() {
    const environment = yield* updated(before, node.own)
    const chains = yield* partsAfter(before.chains, node, {
      level: chainLevel,
      contentOf: (content) => content._tag === "Chain" ? content.chain : undefined,
      changed: chainAfter
    })
    return { ...environment, chains }
  })

const chainAfter = (before: BackupTree.BackupChain, node: Node): Applied<BackupTree.BackupChain> =>
  Result.gen(function*() {
    const { lastNumber, uuid } = yield* updated(before, node.own)
    const backups = yield* partsAfter(BackupTree.backups(before), node, {
      level: backupLevel,
      contentOf: (content) => content._tag === "Backup" ? content.backup : undefined,
      changed: (backup: BackupTree.Backup, { own }: Node) => updated(backup, own)
    })
    const [head, ...others] = backups.filter((backup) => backup._tag === "FullBackup")
    if (head === undefined || others.length > 0) {
      const [one] = [...node.own, ...[...node.parts.values()].flatMap(({ own }) => own)]
      return yield* refuse({ ...one!.item, backup: undefined }, "no-full-backup")
    }
    return { uuid, head, incrementals: backups.filter((backup) => backup._tag === "IncrementalBackup"), lastNumber }
  })

/** How the parts of a level are changed. */
interface Parts<A> {
  readonly level: Level<A>
  readonly contentOf: (content: Content) => A | undefined
  readonly changed: (part: A, node: Node) => Applied<A>
}

/** Returns the parts that are left, changed, and then the added ones. */
const partsAfter = <A>(
  before: ReadonlyArray<A>,
  { parts }: Node,
  { changed, contentOf, level }: Parts<A>
): Applied<ReadonlyArray<A>> =>
  Result.gen(function*() {
    const after: Array<A> = []
    const there = new Set<string>()
    for (const { key, value } of keyed(before, level)) {
      there.add(key)
      const node = parts.get(key)
      if (node === undefined) {
        after.push(value)
        continue
      }
      const [first] = node.own
      if (first?._tag === "Added") return yield* refuse(first.item, "present")
      if (first?._tag !== "Removed") after.push(yield* changed(value, node))
      else if (!sameData(contentOf(first.content), value)) return yield* refuse(first.item, "different")
    }
    for (const [key, node] of parts) {
      if (there.has(key)) continue
      const [first] = node.own
      const content = first?._tag === "Added" ? contentOf(first.content) : undefined
      if (content === undefined) return yield* refuse(itemIn(node), "missing")
      after.push(content)
    }
    return after
  })

const itemIn = ({ own, parts }: Node): Item => {
  const [first] = own
  const [part] = parts.values()
  return first?.item ?? itemIn(part!)
}

/** Returns a part with the fields that its changes set. */
const updated = <A extends object>(part: A, changes: ReadonlyArray<Change>): Applied<A> => {
  const after: Facts = {}
  for (const change of changes) {
    if (change._tag === "Added" || change._tag === "Removed" || change._tag === "Moved") continue
    for (const [key, value] of Object.entries(change.before)) {
      if (!sameData((part as { readonly [key: string]: unknown })[key], value)) {
        return refuse(change.item, "different")
      }
    }
    Object.assign(after, change.after)
  }
  const whole = { ...part, ...after }
  // Only an incremental has a number.
  if (!("_tag" in whole) || whole._tag !== "FullBackup" || !("number" in whole)) return Result.succeed(whole)
  const { number: _, ...full } = whole
  return Result.succeed(full as unknown as A)
}
