/** Finding what a plan is about in a catalog, or saying why it is not there. */
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as BackupCatalog from "../../check/BackupCatalog.ts"
import type { Finding } from "../../check/Finding.ts"
import * as BackupListing from "../../listing/BackupListing.ts"
import * as BackupId from "../../sdk/BackupId.ts"
import * as Uuid from "../../sdk/Uuid.ts"
import * as CountText from "../../text/CountText.ts"
import * as PrintableText from "../../text/PrintableText.ts"
import * as BackupTree from "../../tree/BackupTree.ts"
import { keepChainVersion } from "../../tree/ChainVersion.ts"
import type { PlanEnvironment, PlannedBackup, PlanWarning } from "../Plan.ts"
import * as PlanError from "../PlanError.ts"
import * as Hidden from "./hiddenBackups.ts"

/** A proven backup; `environment` is that of the listing, with its quarantined chains too. */
export interface Target extends BackupCatalog.CatalogEntry {
  readonly environment: BackupTree.VirtualEnvironment
}

/** Lets whole listings pass, with a warning where nobody knows whether they are. */
export const wholeListing = (
  catalog: BackupCatalog.BackupCatalog
): Result.Result<ReadonlyArray<PlanWarning>, PlanError.IncompleteListing> => {
  const { completeness } = catalog.listing
  if (completeness === "partial") return Result.fail(new PlanError.IncompleteListing({ source: sourceOf(catalog) }))
  return Result.succeed(
    completeness === "complete" ? [] : [{
      code: "unknown-completeness",
      message:
        "Nobody wrote down what was asked for this tree: if it is the answer to one backup id, backups are missing"
        + " from it, and from this plan."
    }]
  )
}

/** Returns the backup directory that was read, or asked for by name; a command line of prlctl is not known to take one. */
export const directoryOf = ({ listing: { request, source } }: BackupCatalog.BackupCatalog): string | undefined =>
  Option.getOrElse(
    Option.flatMap(request, ({ directory }) => directory),
    () => source._tag === "Directory" ? source.path : undefined
  )

/** Warns that a plan has no command line, where that is so. */
export const directoryWarning = (directory: string | undefined): ReadonlyArray<PlanWarning> =>
  directory === undefined ? [] : [{
    code: "other-directory",
    message: `The listing is of the directory ${PrintableText.quote(directory)}. A command with the id alone reads the`
      + " default directory, where the same id may name something else."
  }]

/**
 * Warns of what a server hides of an environment; only a backup directory shows it.
 *
 * A newer backup may be hidden, and a removal takes what is hidden with the rest (SEMANTICS 4.2).
 */
export const hiddenWarning = (
  { listing: { directory } }: BackupCatalog.BackupCatalog,
  { uuid }: BackupTree.VirtualEnvironment
): ReadonlyArray<PlanWarning> => {
  const hidden = directory === undefined ? [] : Hidden.ofEnvironment(directory, uuid)
  if (hidden.length === 0) return []
  const shown = CountText.list(
    hidden,
    ({ path, why }) => `${PrintableText.quote(path, 400)} (${why.map(({ reason }) => reason).join(", ")})`,
    { most: shownHidden }
  )
  return [{
    code: "hidden-backups",
    message:
      `The directory holds more of this environment than a server shows, which this plan does not count: ${shown}. A newer backup may be among it, and it goes with the directory it lies in.`
  }]
}

const shownHidden = 5

/** What the errors of a look-up say besides. */
interface LookupAdvice {
  /** What a server does with an id that is not there. */
  readonly answer: () => PlanError.ServerAnswer | undefined
  /** The id of a backup that does as well as one of a broken chain. */
  readonly instead: (environment: BackupTree.VirtualEnvironment) => string | undefined
}

/** Finds a backup by any spelling of its id. */
export const findBackup = (
  catalog: BackupCatalog.BackupCatalog,
  id: string,
  { answer, instead }: LookupAdvice
): Result.Result<Target, Exclude<PlanError.BackupLookupError, PlanError.IncompleteListing>> => {
  const found = Option.getOrUndefined(BackupCatalog.get(catalog, id))
  const key = BackupId.key(id)
  const { environments } = catalog.listing.tree
  const chains = environments.flatMap((environment) => environment.chains.map((chain) => ({ environment, chain })))
  if (found !== undefined) {
    const { ancestors, backup, chain } = found
    const owner = chains.find((one) => one.chain === chain)
    return Result.succeed({ environment: owner?.environment ?? found.environment, chain, ancestors, backup })
  }
  const parsed = BackupId.parse(id)
  const name = Result.isSuccess(parsed) ? parsed.success.chain : undefined
  const hit = chains.find(({ chain }) => BackupTree.backups(chain).some((backup) => BackupId.key(backup.id) === key))
    ?? chains.find(({ chain }) => name !== undefined && Uuid.equals(chain.uuid, name))
  if (hit !== undefined && !isProven(catalog, hit.chain)) {
    return Result.fail(quarantineOf(catalog, hit.environment, hit.chain, instead(hit.environment)))
  }
  const { directory } = catalog.listing
  const hidden = directory && Hidden.findBackup(directory, id)
  if (hidden !== undefined) return Result.fail(new PlanError.BackupHidden({ id, ...hidden, answer: answer() }))
  if (Result.isFailure(parsed)) {
    return Result.fail(new PlanError.MalformedId({ text: id, why: parsed.failure.why, answer: answer() }))
  }
  if (hit === undefined) {
    return Result.fail(new PlanError.UnknownId({ id, source: sourceOf(catalog), answer: answer() }))
  }
  const { chain, environment: { name: called, uuid } } = hit
  const listed = BackupTree.backups(chain).map((backup) => backup.id)
  return Result.fail(
    new PlanError.StaleId({ id, environment: { uuid, name: called }, chain: chain.uuid, listed, answer: answer() })
  )
}

/**
 * Finds an environment of the listing by any spelling of its uuid, or by its name.
 *
 * A text that is a uuid is never taken for a name, so that no machine can be named as another's uuid.
 */
export const findEnvironment = (
  catalog: BackupCatalog.BackupCatalog,
  text: string
): Result.Result<
  BackupTree.VirtualEnvironment,
  PlanError.UnknownEnvironment | PlanError.EnvironmentHidden | PlanError.AmbiguousName
> => {
  const byUuid = Uuid.isUuid(text)
  const hits = catalog.listing.tree.environments.filter(({ name, uuid }) =>
    byUuid ? Uuid.equals(uuid, text) : name === text
  )
  const [hit] = hits
  const { directory } = catalog.listing
  const hidden = directory === undefined ? [] : Hidden.findEnvironments(directory, text)
  if (hit === undefined) {
    return Result.fail(
      hidden[0] === undefined
        ? new PlanError.UnknownEnvironment({ text, source: sourceOf(catalog) })
        : new PlanError.EnvironmentHidden({ text, path: hidden[0].path, why: hidden[0].why })
    )
  }
  // Two environments of one uuid are both quarantined, which says more. A hidden one may be the one that is meant.
  const meant = byUuid ? hits : [...hits, ...hidden]
  const uuids = [...new Map(meant.map(({ uuid }) => [Uuid.key(uuid), uuid])).values()]
  return uuids.length === 1
    ? Result.succeed(hit)
    : Result.fail(new PlanError.AmbiguousName({ name: text, uuids }))
}

/** Tells whether a chain of the listing is in the catalog. */
export const isProven = (catalog: BackupCatalog.BackupCatalog, chain: BackupTree.BackupChain): boolean =>
  catalog.entries.get(BackupId.key(chain.head.id))?.chain === chain

/** Returns the environment with its proven chains only. */
export const provenPart = (
  catalog: BackupCatalog.BackupCatalog,
  environment: BackupTree.VirtualEnvironment
): BackupTree.VirtualEnvironment => ({
  ...environment,
  chains: environment.chains.filter((chain) => isProven(catalog, chain))
})

/** Returns what an error says of findings: their rules by id, where, and what is wrong there. */
export const briefly = (findings: ReadonlyArray<Finding>): PlanError.ChainQuarantined["findings"] =>
  findings.map(({ message, path, rule }) => ({ rule: rule.id, path, message }))

/** Makes the error of a chain that is not in the catalog. */
export const quarantineOf = (
  catalog: BackupCatalog.BackupCatalog,
  { name, uuid }: BackupTree.VirtualEnvironment,
  chain: BackupTree.BackupChain,
  instead: string | undefined
): PlanError.ChainQuarantined => {
  const one = catalog.quarantined.find((candidate) => candidate.chain === chain)
  const findings = briefly(one?.findings ?? [])
  return new PlanError.ChainQuarantined({ environment: { uuid, name }, chain: chain.uuid, findings, instead })
}

/** Names an environment in a plan. */
export const planEnvironment = (environment: BackupTree.VirtualEnvironment): PlanEnvironment => ({
  uuid: environment.uuid,
  name: environment.name,
  kind: BackupTree.kindName(environment)
})

/** Puts a backup of a proven chain into a plan. */
export const planned = (chain: BackupTree.BackupChain, backup: BackupTree.Backup): PlannedBackup => ({
  id: backup.id,
  // The number of a proven head is known (I04).
  number: BackupTree.number(chain, backup) ?? 1,
  backup
})

/** Numbers that are missing in a chain, the first and the last of a run. */
type Gap = readonly [first: number, last: number]

/** Returns the gap between two numbers, if there is one. */
export const gapBetween = (before: number, after: number): ReadonlyArray<Gap> =>
  after - before > 1 ? [[before + 1, after - 1]] : []

const shownGaps = 5

/**
 * Warns of gaps, `effect` saying what they mean for the plan if a backup is there that the listing hides.
 *
 * Nothing in a listing tells a backup that was merged away from one whose metadata is damaged (SEMANTICS 4.3).
 */
export const gapWarning = (
  gaps: ReadonlyArray<Gap>,
  effect: string,
  version: number = keepChainVersion
): ReadonlyArray<PlanWarning> => {
  if (gaps.length === 0) return []
  const numbers = CountText.list(
    gaps,
    ([first, last]) => first === last ? `${first}` : `${first} to ${last}`,
    { most: shownGaps }
  )
  const several = gaps.length > 1 || gaps[0]![0] !== gaps[0]![1]
  return [{
    code: "gap",
    message: `Number${several ? "s" : ""} ${numbers} of the chain ${several ? "are" : "is"} not in the `
      + (version < keepChainVersion
        ? `listing, and of a chain of version ${version} nothing can be merged away: the metadata is damaged, and ${effect}.`
        : `listing: merged away, which is fine, or hidden, for the metadata is damaged. In that case ${effect}.`)
  }]
}

const sourceOf = (catalog: BackupCatalog.BackupCatalog): string => BackupListing.printSource(catalog.listing.source)
