/**
 * Paths in a backup directory: the parts of a reading that they lead to, and whether a request covers them.
 *
 * @since 0.2.0
 */
import * as Option from "effect/Option"
import * as BackupId from "../sdk/BackupId.ts"
import type * as BackupTreeRequest from "../sdk/BackupTreeRequest.ts"
import * as Uuid from "../sdk/Uuid.ts"
import type { DirectoryReading, ReadChain, ReadEnvironment } from "./DirectoryReading.ts"

/**
 * The environment, the chain and the entry of the chain directory that a path leads to, as far as it goes.
 *
 * @category models
 * @since 0.2.0
 */
export interface Whereabouts {
  readonly environment: ReadEnvironment | undefined
  readonly chain: ReadChain | undefined
  /** The name of a backup's directory, or of a file. */
  readonly name: string | undefined
}

/**
 * Resolves a path that is relative to the backup directory.
 *
 * @category models
 * @since 0.2.0
 */
export type Resolver = (path: string) => Whereabouts

/**
 * Creates the resolver of a reading. It is efficient for many paths.
 *
 * @category constructors
 * @since 0.2.0
 */
export const resolver = ({ environments }: Pick<DirectoryReading, "environments">): Resolver => {
  const byName = new Map(environments.map((environment) => [environment.directory, environment]))
  const chainsOf = new Map<ReadEnvironment, ReadonlyMap<string, ReadChain>>()
  return (path) => {
    const [first = "", second, name] = path.split("/")
    const environment = byName.get(first)
    if (environment === undefined || second === undefined) return { environment, chain: undefined, name }
    const chains = chainsOf.get(environment) ?? new Map(environment.chains.map((chain) => [chain.directory, chain]))
    chainsOf.set(environment, chains)
    return { environment, chain: chains.get(second), name }
  }
}

/**
 * Returns a predicate that decides whether a request covers the data at a path.
 *
 * A request for one environment or one chain does not cover others. A hidden environment with unreadable metadata has
 * no kind, so requests for any kind cover it. Without a request, every path is covered.
 *
 * @category predicates
 * @since 0.2.0
 */
export const isRequested = (
  request: Option.Option<BackupTreeRequest.BackupTreeRequest>,
  resolve: Resolver
): (path: string) => boolean => {
  if (Option.isNone(request)) return () => true
  const { kinds, subject } = request.value
  const chainId = subject._tag === "Backup" || subject._tag === "Chain" ? BackupId.split(subject.id).chain : undefined
  const isChain = ({ directory, items }: ReadChain): boolean => {
    const head = items[0]?.content
    const names = head?._tag === "Head" ? [directory, head.uuid] : [directory]
    return chainId !== undefined && names.some((name) => Uuid.equals(name, chainId))
  }
  return (path) => {
    const [first = "", second] = path.split("/")
    const { chain, environment } = resolve(path)
    const vmType = environment?.metadata?.vmType
    if (vmType !== undefined && kinds !== "vm+ct" && (kinds === "vm") !== (vmType === 0)) return false
    if (subject._tag === "Everything") return true
    if (subject._tag === "Environment") {
      return [first, environment?.metadata?.uuid ?? first].some((uuid) => Uuid.equals(uuid, subject.uuid))
    }
    return second === undefined ? environment?.chains.some(isChain) === true : chain !== undefined && isChain(chain)
  }
}
