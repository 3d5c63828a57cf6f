/** Look-ups of the subject of a plan in a catalog, with an error that explains why it is missing. */
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
import * as NumberGap from "../../tree/NumberGap.ts"
import type { PlanEnvironment, PlannedBackup, PlanWarning } from "../Plan.ts"
import * as PlanError from "../PlanError.ts"
import * as Hidden from "./hiddenBackups.ts"

/** A proven backup. `environment` is the one in the listing, including its quarantined chains. */
export interface Target extends BackupCatalog.CatalogEntry {
  readonly environment: BackupTree.VirtualEnvironment
}

/** Accepts complete listings, warns about those of unknown completeness, and refuses partial ones. */
export const wholeListing = (
  catalog: BackupCatalog.BackupCatalog
): Result.Result<ReadonlyArray<PlanWarning>, PlanError.IncompleteListing | PlanError.SeveralServers> => {
  const { completeness } = catalog.listing
  const several = severalServers(catalog)
  if (several !== undefined) return Result.fail(several)
  if (completeness === "partial") return Result.fail(new PlanError.IncompleteListing({ source: sourceOf(catalog) }))
  return Result.succeed(
    completeness === "complete" ? [] : [{
      code: "unknown-completeness",
      message:
        "The request behind this listing is unknown. If it covered only one backup id, backups are missing from the"
        + " listing and from this plan."
    }]
  )
}

// A saved listing has the servers of its chains, and the file as its source.
const severalServers = (
  { listing: { origins = [], source } }: BackupCatalog.BackupCatalog
): PlanError.SeveralServers | undefined => {
  const servers = source._tag === "Servers" ? source.endpoints : origins.flatMap(({ endpoints }) => endpoints)
  const distinct = [...new Set(servers)]
  return distinct.length > 1 ? new PlanError.SeveralServers({ servers: distinct }) : undefined
}

/** Accepts complete listings of one server only. */
export const completeListing = (
  catalog: BackupCatalog.BackupCatalog
): Result.Result<void, PlanError.IncompleteListing | PlanError.SeveralServers | PlanError.UnknownCompleteness> =>
  Result.flatMap(wholeListing(catalog), (warnings) =>
    warnings.length === 0
      ? Result.void
      : Result.fail(new PlanError.UnknownCompleteness({ source: sourceOf(catalog) })))

/** Returns the backup directory that was read or named in the request. No prlctl option is known to select one. */
export const directoryOf = ({ listing: { request, source } }: BackupCatalog.BackupCatalog): string | undefined =>
  Option.getOrElse(
    Option.flatMap(request, ({ directory }) => directory),
    () => source._tag === "Directory" ? source.path : undefined
  )

/** Warns that a removal is planned on a saved listing. */
export const fileWarning = (
  { listing }: BackupCatalog.BackupCatalog,
  consequence = "Backups may have been created or removed since."
): ReadonlyArray<PlanWarning> =>
  listing.source._tag !== "File" ? [] : [{
    code: "from-file",
    message:
      `This plan is based on a file, not on a server. ${consequence} Plan again on a fresh listing before you run any`
      + " command."
  }]

/** Warns if a plan has no command line. */
export const directoryWarning = (directory: string | undefined): ReadonlyArray<PlanWarning> =>
  directory === undefined ? [] : [{
    code: "other-directory",
    message:
      `The listing is of directory ${PrintableText.quote(directory)}. A command with only the id uses the default`
      + " directory, where the same id may belong to another backup."
  }]

/**
 * Warns about the hidden backups of an environment. Only the reading of a backup directory has them.
 *
 * A hidden backup may be newer, and a removal also destroys hidden backups (SEMANTICS 4.2).
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
      `The directory has data of this VM or container that a server does not list, and this plan leaves it out: ${shown}`
      + ". A newer backup may be among it. If its directory is removed, this data is removed too."
  }]
}

const shownHidden = 5

/** Additional facts for the errors of a look-up. */
interface LookupAdvice {
  /** What a server does with an id that is not listed. */
  readonly outcome: () => PlanError.ServerOutcome | undefined
  /** The id of a backup to use instead of one in a broken chain. */
  readonly instead: (environment: BackupTree.VirtualEnvironment) => string | undefined
}

/** Finds a backup by its id, in any spelling. */
export const findBackup = (
  catalog: BackupCatalog.BackupCatalog,
  id: string,
  { instead, outcome }: LookupAdvice
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
  if (hidden !== undefined) return Result.fail(new PlanError.BackupHidden({ id, ...hidden, outcome: outcome() }))
  if (Result.isFailure(parsed)) {
    return Result.fail(new PlanError.MalformedId({ text: id, why: parsed.failure.why, outcome: outcome() }))
  }
  if (hit === undefined) {
    return Result.fail(
      new PlanError.UnknownId({
        id,
        source: sourceOf(catalog),
        coversBothKinds: Option.exists(catalog.listing.request, ({ kinds }) => kinds === "vm+ct"),
        outcome: outcome()
      })
    )
  }
  const { chain, environment: { name: called, uuid } } = hit
  const listed = BackupTree.backups(chain).map((backup) => backup.id)
  return Result.fail(
    new PlanError.StaleId({ id, environment: { uuid, name: called }, chain: chain.uuid, listed, outcome: outcome() })
  )
}

/**
 * Finds an environment in the listing by its uuid, in any spelling, or by its name.
 *
 * A text that is a uuid is never treated as a name, because a machine can be named like the uuid of another.
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
  // Two environments with the same uuid are both quarantined, a more precise error. A hidden one may be the right one.
  const meant = byUuid ? hits : [...hits, ...hidden]
  const uuids = [...new Map(meant.map(({ uuid }) => [Uuid.key(uuid), uuid])).values()]
  return uuids.length === 1
    ? Result.succeed(hit)
    : Result.fail(new PlanError.AmbiguousName({ name: text, uuids }))
}

/** Returns whether a chain of the listing is in the catalog. */
export const isProven = (catalog: BackupCatalog.BackupCatalog, chain: BackupTree.BackupChain): boolean =>
  catalog.entries.get(BackupId.key(chain.head.id))?.chain === chain

/** Returns the environment with only its proven chains. */
export const provenPart = (
  catalog: BackupCatalog.BackupCatalog,
  environment: BackupTree.VirtualEnvironment
): BackupTree.VirtualEnvironment => ({
  ...environment,
  chains: environment.chains.filter((chain) => isProven(catalog, chain))
})

/** Summarises findings for an error: rule id, path and message. */
export const briefly = (findings: ReadonlyArray<Finding>): PlanError.ChainQuarantined["findings"] =>
  findings.map(({ message, path, rule }) => ({ rule: rule.id, path, message }))

/** Creates the error for a chain that is not in the catalog. */
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

/** Describes an environment for a plan. */
export const planEnvironment = (environment: BackupTree.VirtualEnvironment): PlanEnvironment => ({
  uuid: environment.uuid,
  name: environment.name,
  kind: BackupTree.kindName(environment)
})

/** Describes a backup of a proven chain for a plan. */
export const planned = (chain: BackupTree.BackupChain, backup: BackupTree.Backup): PlannedBackup => ({
  id: backup.id,
  // The number of a proven head is known (I04).
  number: BackupTree.number(chain, backup) ?? 1,
  backup
})

/**
 * Warns about gaps. `effect` describes the consequence for the plan if the missing backups are hidden.
 *
 * A listing does not show whether a backup was merged away or has damaged metadata (SEMANTICS 4.3).
 */
export const gapWarning = (
  gaps: ReadonlyArray<NumberGap.NumberGap>,
  effect: string,
  version: number = keepChainVersion
): ReadonlyArray<PlanWarning> => {
  if (gaps.length === 0) return []
  const size = NumberGap.size(gaps)
  return [{
    code: "gap",
    message:
      `${CountText.plural(size, "Number")} ${NumberGap.print(gaps)} of the chain ${
        CountText.plural(size, "is", "are")
      } not in the `
      + (version < keepChainVersion
        ? `listing. In a chain of version ${version} no backup can be merged away, so metadata is damaged; ${effect}.`
        : `listing: either merged away, which is fine, or hidden by damaged metadata. If hidden, ${effect}.`)
  }]
}

const sourceOf = (catalog: BackupCatalog.BackupCatalog): string => BackupListing.printSource(catalog.listing.source)
