/** What the reader of a backup directory left out: which rule tells of it, and where in the tree. */
import * as Option from "effect/Option"
import { wasStored } from "../../directory/ChainImages.ts"
import * as DirectoryReading from "../../directory/DirectoryReading.ts"
import * as StoreNames from "../../directory/StoreNames.ts"
import type { Reason, StoreSkip } from "../../directory/StoreSkip.ts"
import type { BackupListing } from "../../listing/BackupListing.ts"
import * as BackupId from "../../sdk/BackupId.ts"
import * as Uuid from "../../sdk/Uuid.ts"
import * as PrintableText from "../../text/PrintableText.ts"
import type { Place } from "../../tree/TreePath.ts"
import type { FindingSubject, Violation } from "../Rule.ts"

type Reading = DirectoryReading.DirectoryReading

/** Where something lies, as far as its path is one of an environment, a chain, and what is in its directory. */
export interface Whereabouts {
  readonly environment: DirectoryReading.ReadEnvironment | undefined
  readonly chain: DirectoryReading.ReadChain | undefined
  /** The name of an item's directory, or of a file. */
  readonly name: string | undefined
}

/** Finds where a path of a backup directory leads. */
export type Finder = (path: string) => Whereabouts

/** Makes the finder of a reading. */
export const finder = ({ environments }: Reading): Finder => {
  const byName = new Map(environments.map((environment) => [environment.directory, environment]))
  const chainsOf = new Map<DirectoryReading.ReadEnvironment, ReadonlyMap<string, DirectoryReading.ReadChain>>()
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
 * Returns the id of the rule that tells of a skip, so that nothing is told twice.
 *
 * I36 looks for missing images itself. A directory without metadata is what a running backup leaves, and one that broke
 * off: I38, unless its backup is known to have been stored. Then it is lost to the server, and the reason speaks.
 */
const tellerOf = (find: Finder, { path, reason }: StoreSkip): string => {
  switch (reason) {
    case "missing-image":
      return "I36"
    case "orphan-image":
    case "temp-file":
      return "I38"
    case "chain-empty":
      return "I39"
    case "base-without-metadata":
    case "link-without-metadata": {
      const { chain, name } = find(path)
      const number = StoreNames.itemNumber(name ?? "")
      return chain !== undefined && number !== undefined && wasStored(chain, number) === true ? reason : "I38"
    }
    default:
      return reason
  }
}

/**
 * Tells of a path of the directory whether a listing is about it.
 *
 * The answer to a question about one environment, or one chain, says nothing about others. What is hidden has no kind, if
 * its metadata cannot be read: it is told whatever kind was asked for.
 */
export const isAskedFor = (listing: BackupListing, find: Finder): (path: string) => boolean => {
  const request = Option.getOrUndefined(listing.request)
  if (request === undefined) return () => true
  const { kinds, subject } = request
  const chainId = subject._tag === "Backup" || subject._tag === "Chain" ? BackupId.split(subject.id).chain : undefined
  const isChain = ({ directory, items }: DirectoryReading.ReadChain): boolean => {
    const head = items[0]?.content
    const names = head?._tag === "Head" ? [directory, head.uuid] : [directory]
    return chainId !== undefined && names.some((name) => Uuid.equals(name, chainId))
  }
  return (path) => {
    const [first = "", second] = path.split("/")
    const { chain, environment } = find(path)
    const vmType = environment?.metadata?.vmType
    if (vmType !== undefined && kinds !== "vm+ct" && (kinds === "vm") !== (vmType === 0)) return false
    if (subject._tag === "Everything") return true
    if (subject._tag === "Environment") {
      return [first, environment?.metadata?.uuid ?? first].some((uuid) => Uuid.equals(uuid, subject.uuid))
    }
    return second === undefined ? environment?.chains.some(isChain) === true : chain !== undefined && isChain(chain)
  }
}

/** Returns the skips of some reasons that a rule tells of in a listing. */
export const skipsOf = (
  listing: BackupListing,
  reading: Reading,
  rule: string,
  reasons: ReadonlyArray<Reason>
): ReadonlyArray<StoreSkip> => {
  const skips = reading.skips.filter(({ reason }) => reasons.includes(reason))
  if (skips.length === 0) return []
  const find = finder(reading)
  const isAsked = isAskedFor(listing, find)
  return skips.filter((skip) => tellerOf(find, skip) === rule && isAsked(skip.path))
}

/** Finds the place in the tree that is nearest to a path of the directory, and what stands at that path. */
const placer = (
  { tree }: BackupListing,
  reading: Reading
): (path: string) => { readonly place: Place; readonly subject: FindingSubject } => {
  const located = DirectoryReading.locate(reading)
  const places = new Map<string, Place>()
  tree.environments.forEach(({ chains }, environment) =>
    chains.forEach(({ head }, chain) => {
      const at = located.get(head)
      if (at === undefined) return
      places.set(at.environment.directory, { environment })
      places.set(`${at.environment.directory}/${at.chain.directory}`, { environment, chain })
    })
  )
  const find = finder(reading)
  return (path) => {
    const [first = "", second] = path.split("/")
    const { chain, environment } = find(path)
    const place = places.get(`${first}/${second ?? ""}`) ?? places.get(first) ?? {}
    const shown = tree.environments[place.environment ?? -1]
    return {
      place,
      subject: {
        environment: shown?.uuid ?? environment?.directory,
        name: shown?.name ?? environment?.metadata?.name ??
          (environment && DirectoryReading.configuredName(environment)),
        chain: shown?.chains[place.chain ?? -1]?.uuid ?? chain?.directory
      }
    }
  }
}

/** Writes a path of the directory, which may hold anything. */
export const printPath = (path: string): string => PrintableText.quote(path, 400)

/** Makes what is wrong at paths of the directory into breaches. */
export const violationsAt = (
  listing: BackupListing,
  reading: Reading,
  wrong: ReadonlyArray<Pick<Violation, "message" | "severity"> & { readonly path: string }>
): ReadonlyArray<Violation> => {
  if (wrong.length === 0) return []
  const placeOf = placer(listing, reading)
  return wrong.map(({ message, path, severity }) => ({ ...placeOf(path), message, severity }))
}

/** Writes the detail of a skip behind what is said of it. */
export const withDetail = (text: string, { detail }: StoreSkip): string =>
  detail === "" ? text : `${text}: ${PrintableText.excerpt(detail, 200)}`
