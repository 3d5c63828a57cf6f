/**
 * What a rule about backup trees is, and the places in a tree that it can point at.
 */
import type { BackupListing } from "./BackupListing.ts"
import * as BackupTree from "./BackupTree.ts"

/**
 * How bad a finding is: an `error` breaks restore or tooling, a `warning` is suspicious, `info` is worth knowing.
 *
 * The letters E, W and I of SEMANTICS 4.4.
 */
export type Severity = "error" | "warning" | "info"

/**
 * A place in a tree, by 0-based indices: an environment, one of its chains, one of its backups (0 is the head).
 *
 * Without an environment it is the tree itself.
 */
export interface Place {
  readonly environment?: number | undefined
  readonly chain?: number | undefined
  readonly backup?: number | undefined
}

/** A breach of a rule: where, and what is wrong there. */
export interface Violation {
  readonly place: Place
  readonly message: string
  /** An element path, where it says more than the place does. */
  readonly path?: string | undefined
  /** The severity, where it depends on the case; without it the rule's own. */
  readonly severity?: Severity | undefined
}

/**
 * A rule: a statement about trees, what its breach means for a restore, what to do about it, and the check.
 *
 * `source` names the section of the semantics that the statement comes from.
 */
export interface InvariantRule {
  readonly id: string
  readonly name: string
  readonly statement: string
  readonly severity: Severity
  readonly meaning: string
  readonly advice: string
  readonly source: string
  readonly check: (listing: BackupListing) => ReadonlyArray<Violation>
}

/** Writes a place as an element path with 1-based ordinals, such as `VmItem[3]/BackupItem[1]/PartialBackupItem[2]`. */
export const printPlace = (place: Place): string => {
  if (place.environment === undefined) return "BackupTree"
  let path = `VmItem[${place.environment + 1}]`
  if (place.chain === undefined) return path
  path += `/BackupItem[${place.chain + 1}]`
  return place.backup === undefined || place.backup === 0 ? path : `${path}/PartialBackupItem[${place.backup}]`
}

const pathShape = /^VmItem\[(\d+)\](?:\/BackupItem\[(\d+)\](?:\/PartialBackupItem\[(\d+)\])?)?/

/** Reads the place that an element path leads to; a path to no environment is the tree itself. */
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

/** An environment and its place. */
export interface EnvironmentAt {
  readonly environment: BackupTree.VirtualEnvironment
  readonly place: { readonly environment: number }
}

/** A chain, its environment, and its place. */
export interface ChainAt {
  readonly environment: BackupTree.VirtualEnvironment
  readonly chain: BackupTree.BackupChain
  readonly place: { readonly environment: number; readonly chain: number }
}

/** A backup, its chain, its environment, and its place. */
export interface BackupAt {
  readonly environment: BackupTree.VirtualEnvironment
  readonly chain: BackupTree.BackupChain
  readonly backup: BackupTree.Backup
  readonly place: { readonly environment: number; readonly chain: number; readonly backup: number }
}

/** Returns every environment of a tree with its place. */
export const environmentsOf = (tree: BackupTree.BackupTree): ReadonlyArray<EnvironmentAt> =>
  tree.environments.map((environment, index) => ({ environment, place: { environment: index } }))

/** Returns every chain of a tree with its place. */
export const chainsOf = (tree: BackupTree.BackupTree): ReadonlyArray<ChainAt> =>
  environmentsOf(tree).flatMap(({ environment, place }) =>
    environment.chains.map((chain, index) => ({ environment, chain, place: { ...place, chain: index } }))
  )

/** Returns every backup of a tree with its place. */
export const backupsOf = (tree: BackupTree.BackupTree): ReadonlyArray<BackupAt> =>
  chainsOf(tree).flatMap(({ chain, environment, place }) =>
    BackupTree.backups(chain).map((backup, index) => ({
      environment,
      chain,
      backup,
      place: { ...place, backup: index }
    }))
  )

/** Groups values that share a key, in the order of their first appearance; only groups of two or more are returned. */
export const duplicates = <A>(values: ReadonlyArray<A>, key: (value: A) => string): ReadonlyArray<ReadonlyArray<A>> =>
  [...Map.groupBy(values, key).values()].filter((group) => group.length > 1)
