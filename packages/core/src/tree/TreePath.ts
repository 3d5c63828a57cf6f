/**
 * Places in a tree, their element paths, and traversal of a tree.
 *
 * @since 0.2.0
 */
import * as Steps from "../steps/Steps.ts"
import type * as BackupTree from "./BackupTree.ts"

/**
 * A place in a tree by 0-based indices: an environment, one of its chains, one of its backups (0 is the full backup).
 *
 * Without an environment it is the tree itself.
 *
 * @category models
 * @since 0.2.0
 */
export interface Place {
  readonly environment?: number | undefined
  readonly chain?: number | undefined
  readonly backup?: number | undefined
}

/**
 * Formats a place as an element path with 1-based ordinals, such as `VmItem[3]/BackupItem[1]/PartialBackupItem[2]`.
 *
 * @category codecs
 * @since 0.2.0
 */
export const printPlace = (place: Place): string => {
  if (place.environment === undefined) return "BackupTree"
  let path = `VmItem[${place.environment + 1}]`
  if (place.chain === undefined) return path
  path += `/BackupItem[${place.chain + 1}]`
  return place.backup === undefined || place.backup === 0 ? path : `${path}/PartialBackupItem[${place.backup}]`
}

const pathShape = /^VmItem\[(\d+)\](?:\/BackupItem\[(\d+)\](?:\/PartialBackupItem\[(\d+)\])?)?/

/**
 * Parses an element path into a place. A path outside every environment is the tree itself.
 *
 * @category codecs
 * @since 0.2.0
 */
export const parsePlace = (path: string): Place => {
  const match = pathShape.exec(path)
  if (match === null) return {}
  const [, environment, chain, backup] = match
  if (chain === undefined) return { environment: Number(environment) - 1 }
  return {
    environment: Number(environment) - 1,
    chain: Number(chain) - 1,
    backup: backup === undefined ? undefined : Number(backup)
  }
}

/**
 * An environment and its place.
 *
 * @category models
 * @since 0.2.0
 */
export interface EnvironmentAt {
  readonly environment: BackupTree.VirtualEnvironment
  readonly place: { readonly environment: number }
}

/**
 * A chain, its environment and its place.
 *
 * @category models
 * @since 0.2.0
 */
export interface ChainAt {
  readonly environment: BackupTree.VirtualEnvironment
  readonly chain: BackupTree.BackupChain
  readonly place: { readonly environment: number; readonly chain: number }
}

/**
 * A backup, its chain, its environment and its place.
 *
 * @category models
 * @since 0.2.0
 */
export interface BackupAt {
  readonly environment: BackupTree.VirtualEnvironment
  readonly chain: BackupTree.BackupChain
  readonly backup: BackupTree.Backup
  readonly place: { readonly environment: number; readonly chain: number; readonly backup: number }
}

/**
 * Callbacks for the parts of a tree.
 *
 * @category models
 * @since 0.2.0
 */
export interface PartVisitor {
  readonly environment?: (at: EnvironmentAt) => void
  readonly chain?: (at: ChainAt) => void
  readonly backup?: (at: BackupAt) => void
}

/**
 * Visits an environment and its parts in order, parents first. `e` is the index of the environment in its tree.
 *
 * @category accessors
 * @since 0.2.0
 */
export const visitEnvironment = (
  environment: BackupTree.VirtualEnvironment,
  e: number,
  visitor: PartVisitor
): void => Steps.complete(visitInSteps(environment, e, visitor))

/** The number of parts that are visited in one step. */
const partsOfStep = 256

/**
 * Visits an environment as {@link visitEnvironment} does, but pauses after every few hundred parts.
 *
 * @category accessors
 * @since 0.2.0
 */
export const visitInSteps = function*(
  environment: BackupTree.VirtualEnvironment,
  e: number,
  visitor: PartVisitor
): Generator<undefined, void> {
  let parts = 0
  visitor.environment?.({ environment, place: { environment: e } })
  for (let c = 0; c < environment.chains.length; c++) {
    const at: ChainAt = { environment, chain: environment.chains[c]!, place: { environment: e, chain: c } }
    visitor.chain?.(at)
    const { length } = at.chain.incrementals
    for (let from = 0; from <= length; from += partsOfStep) {
      const to = Math.min(from + partsOfStep, length + 1)
      if (visitor.backup !== undefined) visitBackups(at, from, to, visitor.backup)
      parts += to - from
      if (parts < partsOfStep) continue
      parts = 0
      yield
    }
  }
}

/** Visits some backups of a chain, the full backup at 0. */
const visitBackups = (
  { chain, environment, place: { chain: c, environment: e } }: ChainAt,
  from: number,
  to: number,
  visit: (at: BackupAt) => void
): void => {
  for (let b = from; b < to; b++) {
    const backup = b === 0 ? chain.head : chain.incrementals[b - 1]!
    visit({ environment, chain, backup, place: { environment: e, chain: c, backup: b } })
  }
}

/**
 * Visits the parts of a tree in order, parents first.
 *
 * @category accessors
 * @since 0.2.0
 */
export const visitParts = (tree: BackupTree.BackupTree, visitor: PartVisitor): void =>
  tree.environments.forEach((environment, e) => visitEnvironment(environment, e, visitor))

/**
 * Returns every environment of a tree with its place.
 *
 * @category accessors
 * @since 0.2.0
 */
export const environmentsOf = (tree: BackupTree.BackupTree): ReadonlyArray<EnvironmentAt> => {
  const environments: Array<EnvironmentAt> = []
  visitParts(tree, { environment: (at) => environments.push(at) })
  return environments
}

/**
 * Returns every chain of a tree with its place.
 *
 * @category accessors
 * @since 0.2.0
 */
export const chainsOf = (tree: BackupTree.BackupTree): ReadonlyArray<ChainAt> => {
  const chains: Array<ChainAt> = []
  visitParts(tree, { chain: (at) => chains.push(at) })
  return chains
}

/**
 * Returns every backup of a tree with its place.
 *
 * @category accessors
 * @since 0.2.0
 */
export const backupsOf = (tree: BackupTree.BackupTree): ReadonlyArray<BackupAt> => {
  const backups: Array<BackupAt> = []
  visitParts(tree, { backup: (at) => backups.push(at) })
  return backups
}
