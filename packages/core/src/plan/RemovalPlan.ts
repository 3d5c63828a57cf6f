/**
 * What a removal would destroy, and what would be left: a preview, worked out on a listing. Source: SEMANTICS 4.2.
 *
 * A server does not refuse an id whose number it does not have: it removes the whole chain. So only ids of the listing
 * are planned, and a plan is as good as its listing is fresh.
 */
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { BackupCatalog } from "../check/BackupCatalog.ts"
import { isUnseen } from "../directory/StoreSkip.ts"
import type { BackupListing } from "../listing/BackupListing.ts"
import * as BackupId from "../sdk/BackupId.ts"
import { codes } from "../sdk/ReturnCode.ts"
import * as BackupStore from "../server/BackupStore.ts"
import * as NextBackup from "../server/NextBackup.ts"
import * as ServerModel from "../server/ServerModel.ts"
import * as ShellQuote from "../text/ShellQuote.ts"
import * as BackupDate from "../tree/BackupDate.ts"
import * as BackupTree from "../tree/BackupTree.ts"
import * as ChainVersion from "../tree/ChainVersion.ts"
import {
  directoryOf,
  directoryWarning,
  findBackup,
  gapBetween,
  gapWarning,
  hiddenWarning,
  planEnvironment,
  planned,
  type Target,
  wholeListing
} from "./internal/lookup.ts"
import { PlanEnvironment, PlannedBackup, PlanWarning } from "./Plan.ts"
import * as PlanError from "./PlanError.ts"

/** Schema of a {@link RemovalScope}. */
export const RemovalScope = Schema.Literals(["backups", "chain", "environment"])
/**
 * How far a removal goes: some backups of a chain, the whole chain, or the whole directory of the environment.
 *
 * A server removes the directory of an environment with its only backup.
 */
export type RemovalScope = typeof RemovalScope.Type

/** Schema of a {@link RemovalPlan}. */
export const RemovalPlan = Schema.TaggedStruct("RemovalPlan", {
  /** The id to remove, as the listing spells it. */
  id: Schema.String,
  keepChain: Schema.Boolean,
  environment: PlanEnvironment,
  chain: Schema.String,
  scope: RemovalScope,
  /** Every backup that vanishes. */
  removed: Schema.Array(PlannedBackup),
  /** The sum of the sizes of what vanishes, in bytes; with keep-chain, part of it moves into the next backup. */
  bytes: Schema.BigInt,
  /** The whole listing afterwards. */
  remaining: BackupTree.BackupTree,
  /** The ids in `remaining` whose size the server will measure anew; the tree has the old one. */
  resized: Schema.Array(Schema.String),
  /** The id of the incremental that becomes the full backup of the chain, or null. */
  promoted: Schema.UndefinedOr(Schema.String),
  /** What the next backup of the environment is, without and with the removal. */
  nextBackup: Schema.Struct({ before: NextBackup.NextBackup, after: NextBackup.NextBackup }),
  /** The backup directory that was read, or that the server was asked for by name; null for the server's own. */
  directory: Schema.UndefinedOr(Schema.String),
  warnings: Schema.Array(PlanWarning)
})
/** A plan to remove one backup, with what depends on it or merged into the next one. */
export type RemovalPlan = typeof RemovalPlan.Type

/** What to remove, and whether what depends on it is kept by merging. */
export interface RemovalRequest {
  readonly id: string
  readonly keepChain?: boolean | undefined
}

/**
 * Works out what a removal would do.
 *
 * Without keep-chain, a backup and all that follow it in its chain vanish; a full backup takes its whole chain along.
 * With keep-chain, only the backup itself vanishes: it is merged into the next one, which becomes the full backup if the
 * head goes. The error for an id that is not listed says what a server would do with it.
 */
export const preview = (
  catalog: BackupCatalog,
  { id, keepChain = false }: RemovalRequest
): Result.Result<
  RemovalPlan,
  PlanError.BackupLookupError | PlanError.UnsupportedKeepChain | PlanError.RemovalRefused
> =>
  Result.gen(function*() {
    const whole = yield* wholeListing(catalog)
    const target = yield* findBackup(catalog, id, {
      answer: () => serverAnswer(catalog.listing, id, keepChain),
      instead: () => undefined
    })
    const { backup, chain, environment } = target
    const version = ChainVersion.of(environment, chain)
    if (keepChain && version < ChainVersion.keepChainVersion) {
      const { name, uuid } = environment
      return yield* Result.fail(
        new PlanError.UnsupportedKeepChain({ id: backup.id, environment: { uuid, name }, version })
      )
    }
    // Of what is hidden in a backup directory the listing knows nothing, and a server does.
    const answer = catalog.listing.directory && serverAnswer(catalog.listing, backup.id, keepChain)
    if (answer && answer.code !== codes.PRL_ERR_SUCCESS) {
      const { name, uuid } = environment
      return yield* Result.fail(
        new PlanError.RemovalRefused({ id: backup.id, environment: { uuid, name }, code: answer.code })
      )
    }
    const { after, next, removed } = outcomeOf(target, keepChain)
    const left = chainsAfter(environment.chains, chain, after)
    const directory = directoryOf(catalog)
    return {
      _tag: "RemovalPlan" as const,
      id: backup.id,
      keepChain,
      environment: planEnvironment(environment),
      chain: chain.uuid,
      scope: scopeOf(answer, target, after),
      removed: removed.map((item) => planned(chain, item)),
      bytes: removed.reduce((sum, { size }) => sum + size, 0n),
      remaining: treeAfter(catalog.listing.tree, environment, left),
      resized: next === undefined ? [] : [next.id],
      promoted: next !== undefined && after?.head.id === next.id ? next.id : undefined,
      nextBackup: { before: NextBackup.nextBackup(environment), after: NextBackup.nextBackup({ chains: left }) },
      directory,
      warnings: [
        ...whole,
        ...sourceWarning(catalog),
        ...directoryWarning(directory),
        ...hiddenWarning(catalog, environment),
        ...keepChain ? mergeWarnings(target, next) : []
      ]
    }
  })

/**
 * Writes the command line that removes what is planned.
 *
 * None where the listing is of a directory that was read, or asked for by name: the command would look in another.
 */
export const commandLine = ({ directory, id, keepChain }: RemovalPlan): Option.Option<string> =>
  directory === undefined
    ? Option.some(ShellQuote.command(["prlctl", "backup-delete", "-t", id, ...keepChain ? ["--keep-chain"] : []]))
    : Option.none()

interface Outcome {
  readonly removed: ReadonlyArray<BackupTree.Backup>
  /** What is left of the chain. */
  readonly after: BackupTree.BackupChain | undefined
  /** The backup that takes over the images of the one removed. */
  readonly next: BackupTree.IncrementalBackup | undefined
}

const outcomeOf = ({ ancestors, backup, chain }: Target, keepChain: boolean): Outcome => {
  const position = ancestors.length
  if (!keepChain) {
    return {
      removed: BackupTree.backups(chain).slice(position),
      after: position === 0 ? undefined : { ...chain, incrementals: chain.incrementals.slice(0, position - 1) },
      next: undefined
    }
  }
  const next = chain.incrementals[position]
  if (position > 0) {
    return { removed: [backup], after: { ...chain, incrementals: chain.incrementals.toSpliced(position - 1, 1) }, next }
  }
  const after = next && { ...chain, head: promote(chain.head, next), incrementals: chain.incrementals.slice(1) }
  return { removed: [backup], after, next }
}

// It keeps what is its own, and takes over the flags of the old head. What this library does not understand of it is not
// copied by the product, which writes the new head field by field.
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

const chainsAfter = (
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

const treeAfter = (
  tree: BackupTree.BackupTree,
  environment: BackupTree.VirtualEnvironment,
  chains: ReadonlyArray<BackupTree.BackupChain>
): BackupTree.BackupTree => ({
  ...tree,
  environments: tree.environments.flatMap((each) =>
    each !== environment ? [each] : chains.length === 0 ? [] : [{ ...environment, chains }]
  )
})

const scopeOf = (
  answer: PlanError.ServerAnswer | undefined,
  { chain, environment: { chains } }: Target,
  after: BackupTree.BackupChain | undefined
): RemovalScope => {
  if (answer && answer.scope !== "nothing") return answer.scope
  if (chains.length === 1 && chain.incrementals.length === 0) return "environment"
  return after === undefined ? "chain" : "backups"
}

const sourceWarning = ({ listing }: BackupCatalog): ReadonlyArray<PlanWarning> =>
  listing.source._tag !== "File" ? [] : [{
    code: "from-file",
    message: "This plan rests on a file, not on a server. If the backup has been removed since, the same command would"
      + " remove the whole chain: plan again on a fresh listing before you run it."
  }]

const mergeWarnings = (
  { ancestors, backup, chain, environment }: Target,
  next: BackupTree.IncrementalBackup | undefined
): ReadonlyArray<PlanWarning> => {
  const { number } = planned(chain, backup)
  const gaps = gapBetween(number, next?.number ?? chain.lastNumber + 1)
  const warnings = [...gapWarning(gaps, "the server cannot rewrite it, and the merge fails")]
  if (next !== undefined && next.images.length > 1) {
    warnings.push({
      code: "multi-disk-merge",
      message:
        `The ${next.images.length} images of the next backup are merged one after the other, each within a minute.`
        + " If one fails, the merge stops half-way, and the chain stays broken."
    })
  }
  if (ancestors.length === 0 && next === undefined && environment.chains.length > 1) {
    warnings.push({
      code: "empty-chain",
      message: "An empty chain directory may stay behind, and what a server makes of it later is unknown. Without"
        + " keep-chain the same backup goes, and the directory with it."
    })
  }
  return warnings
}

/**
 * What a server that holds what the listing shows does with an id; nothing is sent.
 *
 * A backup directory shows what is hidden too. Where something of it could not be looked at, nobody can say.
 */
const serverAnswer = (
  { directory, tree }: BackupListing,
  id: string,
  keepChain: boolean
): PlanError.ServerAnswer | undefined => {
  if (directory?.skips.some(({ reason }) => isUnseen(reason)) === true) return undefined
  const before: BackupStore.BackupStore = directory ?? BackupStore.fromTree(tree)
  const result = ServerModel.remove(before, { vmUuid: "", id, keepChain, ignoreNotExists: false })
  if (Result.isFailure(result)) return { code: result.failure, removed: [], scope: "nothing" }
  const after = result.success
  const left = new Set(after.environments.flatMap(({ chains }) => chains.flatMap(({ items }) => items)))
  const chainsLeft = new Set(after.environments.flatMap(({ chains }) => chains.map(({ directory }) => directory)))
  const gone = before.environments.flatMap(({ chains }) =>
    chains.flatMap((chain) =>
      chain.items.filter((item) => !left.has(item)).map((item) => ({ id: idOf(chain, item), chain: chain.directory }))
    )
  )
  return {
    code: codes.PRL_ERR_SUCCESS,
    removed: gone.map(({ id }) => id),
    scope: after.environments.length < before.environments.length
      ? "environment"
      : gone.length === 0
      ? "nothing"
      : gone.some(({ chain }) => chainsLeft.has(chain))
      ? "backups"
      : "chain"
  }
}

const idOf = (chain: BackupStore.StoredChain, { content, number }: BackupStore.StoredItem): string =>
  content._tag === "Damaged" ? BackupId.make(chain.directory, number).text : content.backup.id
