/**
 * What a restore needs: the backups of one chain up to the one wanted, in order, their files, and how much there is to
 * read. Source: SEMANTICS 4.1.
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { BackupCatalog } from "../check/BackupCatalog.ts"
import * as StoreNames from "../directory/StoreNames.ts"
import * as PrintableText from "../text/PrintableText.ts"
import * as ShellQuote from "../text/ShellQuote.ts"
import * as BackupDate from "../tree/BackupDate.ts"
import * as BackupTree from "../tree/BackupTree.ts"
import * as ChainVersion from "../tree/ChainVersion.ts"
import { type Choice, dated, newestBackup, productAt, productDefault } from "./internal/backupChoice.ts"
import { type ImageFaults, imageFaultsOf, imageWarnings, restorablePart } from "./internal/imageFaults.ts"
import {
  briefly,
  directoryOf,
  directoryWarning,
  findBackup,
  findEnvironment,
  gapBetween,
  gapWarning,
  hiddenWarning,
  isProven,
  planEnvironment,
  planned,
  provenPart,
  quarantineOf,
  wholeListing
} from "./internal/lookup.ts"
import { PlanEnvironment, PlannedBackup, PlanWarning } from "./Plan.ts"
import * as PlanError from "./PlanError.ts"

/** Schema of {@link Readings}. */
export const Readings = Schema.Struct({ product: Schema.UndefinedOr(Schema.String), person: Schema.UndefinedOr(Schema.String) })
/**
 * Two ways to choose a backup of an environment, as ids; null where there is none to choose.
 *
 * `product`: the last backup of the chain whose full backup is newest, as a server does. `person`: the newest backup of
 * all chains. They differ where a clock was moved or an older chain was extended, and on undated full backups, which a
 * server ranks oldest. With a time, both look only at backups that are dated and not made after it.
 */
export type Readings = typeof Readings.Type

/** Schema of a {@link RestorePlan}. */
export const RestorePlan = Schema.TaggedStruct("RestorePlan", {
  /** The id of the backup to restore, as the listing spells it. */
  id: Schema.String,
  environment: PlanEnvironment,
  /** The uuid of the chain, which names its directory. */
  chain: Schema.String,
  /**
   * Every backup whose images the restore reads, the head first and the backup to restore last.
   *
   * The `images` of each are file names relative to the chain directory.
   */
  items: Schema.Array(PlannedBackup),
  /** The directory with the configuration of the backup to restore, relative to the chain directory. */
  configuration: Schema.String,
  /** The sum of the sizes of the items, in bytes: what is to be read. */
  bytes: Schema.BigInt,
  /** The sum of the virtual sizes of the disks, in bytes; null where the listing does not say them all. */
  virtualSize: Schema.UndefinedOr(Schema.BigInt),
  /** How the backup was chosen; null where it was asked for by its id. */
  readings: Schema.UndefinedOr(Readings),
  /** The time that was asked for. */
  at: Schema.UndefinedOr(Schema.DateTimeUtc),
  /** The backup directory that was read, or that the server was asked for by name; null for the server's own. */
  directory: Schema.UndefinedOr(Schema.String),
  warnings: Schema.Array(PlanWarning)
})
/** A plan to restore one backup. */
export type RestorePlan = typeof RestorePlan.Type

/**
 * Plans to restore the backup of an id, in any spelling of it.
 *
 * **Example**
 *
 * ```ts
 * const catalog = BackupCatalog.fromListing(listing)
 * const plan = RestorePlan.forBackup(catalog, "{0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}.3")
 * // items: the full backup, .2 and .3
 * ```
 */
export const forBackup = (
  catalog: BackupCatalog,
  id: string
): Result.Result<RestorePlan, PlanError.BackupLookupError | PlanError.ImagesBroken> =>
  Result.gen(function*() {
    const warnings = yield* wholeListing(catalog)
    const faults = imageFaultsOf(catalog.listing)
    const instead = (environment: BackupTree.VirtualEnvironment) =>
      newestBackup(restorablePart(provenPart(catalog, environment), faults))?.backup.id
    const target = yield* findBackup(catalog, id, { answer: () => undefined, instead })
    yield* requireImages(target.environment, target, faults, instead)
    return make(catalog, target.environment, target, { readings: undefined, at: undefined, warnings })
  })

/**
 * Plans to restore an environment, named by its uuid or its name.
 *
 * Without a time it takes what the product takes by default, the last backup of the chain with the newest head. With a
 * time it takes the newest backup not made after it. `readings` says what the other way to choose comes to, and a warning
 * says so where they differ.
 *
 * A choice that falls on a broken chain is an error that names a sound backup: a restore that silently takes an older
 * one would be a worse surprise.
 */
export const forEnvironment = (
  catalog: BackupCatalog,
  uuidOrName: string,
  options: { readonly at?: DateTime.Utc | undefined } = {}
): Result.Result<RestorePlan, PlanError.EnvironmentLookupError> =>
  Result.gen(function*() {
    const whole = yield* wholeListing(catalog)
    const environment = yield* findEnvironment(catalog, uuidOrName)
    const at = options.at
    const { chosen, product, person } = choose(environment, at)
    if (chosen === undefined) return yield* Result.fail(nothingToChoose(environment, at))
    const faults = imageFaultsOf(catalog.listing)
    const instead = () => choose(restorablePart(provenPart(catalog, environment), faults), at).chosen?.backup.id
    if (!isProven(catalog, chosen.chain)) {
      return yield* Result.fail(quarantineOf(catalog, environment, chosen.chain, instead()))
    }
    yield* requireImages(environment, chosen, faults, instead)
    const readings = { product: product?.backup.id, person: person?.backup.id }
    const warnings = [...whole, ...readingsWarning(readings, at), ...undatedWarning(environment, at)]
    return make(catalog, environment, chosen, { readings, at, warnings })
  })

/** Tells whether the product and a person would choose different backups. */
export const readingsDiffer = ({ readings }: RestorePlan): boolean => readings !== undefined && differ(readings)

/**
 * Writes the command line that restores what is planned.
 *
 * None where the listing is of a directory that was read, or asked for by name: the command would look in another.
 */
export const commandLine = ({ directory, id }: RestorePlan): Option.Option<string> =>
  directory === undefined ? Option.some(ShellQuote.command(["prlctl", "restore", "-t", id])) : Option.none()

/** Refuses a backup whose image, or that of one it needs, is gone or damaged. */
const requireImages = (
  environment: BackupTree.VirtualEnvironment,
  { backup, chain }: Choice,
  faults: ImageFaults,
  instead: (environment: BackupTree.VirtualEnvironment) => string | undefined
): Result.Result<void, PlanError.ImagesBroken> => {
  if (faults.size === 0) return Result.void
  const backups = BackupTree.backups(chain)
  const findings = backups.slice(0, backups.indexOf(backup) + 1).flatMap((needed) => faults.get(needed) ?? [])
  return findings.length === 0 ? Result.void : Result.fail(
    new PlanError.ImagesBroken({
      environment: { uuid: environment.uuid, name: environment.name },
      id: backup.id,
      findings: briefly(findings),
      instead: instead(environment)
    })
  )
}

const choose = (environment: BackupTree.VirtualEnvironment, at: DateTime.Utc | undefined) => {
  const product = at === undefined ? productDefault(environment) : productAt(environment, at)
  const person = newestBackup(environment, at, product)
  return { chosen: at === undefined ? product : person, product, person }
}

const nothingToChoose = (
  environment: BackupTree.VirtualEnvironment,
  at: DateTime.Utc | undefined
): PlanError.NoBackup | PlanError.OnlyUndated | PlanError.NoBackupAt => {
  const named = { uuid: environment.uuid, name: environment.name }
  if (at === undefined || environment.chains.length === 0) return new PlanError.NoBackup({ environment: named })
  const oldest = dated(environment).reduce<{ readonly time: DateTime.Utc; readonly backup: BackupTree.Backup } | undefined>(
    (best, each) => best === undefined || DateTime.isLessThan(each.time, best.time) ? each : best,
    undefined
  )
  return oldest === undefined
    ? new PlanError.OnlyUndated({ environment: named })
    : new PlanError.NoBackupAt({ environment: named, at, oldest: oldest.backup.id, oldestAt: oldest.time })
}

// Where no backup has a date, nobody can say which is newest, and nothing differs.
const differ = ({ person, product }: Readings): boolean => person !== undefined && person !== product

const readingsWarning = (readings: Readings, at: DateTime.Utc | undefined): ReadonlyArray<PlanWarning> => {
  if (!differ(readings)) return []
  const [product, person] = [readings.product ?? "", readings.person ?? ""].map((id) => PrintableText.escape(id))
  const message = at === undefined
    ? `The newest backup is ${person}, but a restore without an id takes ${product}: the last of the chain whose full `
      + "backup is newest. To restore the newest, ask for it by its id."
    : readings.product === undefined
    ? `This plan takes ${person}, the newest backup not made after that time. The product goes by the dates of full `
      + "backups, and none of them is as old."
    : `This plan takes ${person}, the newest backup not made after that time. The product would take ${product}: the last `
      + "of the chain whose full backup is newest."
  return [{ code: "readings-differ", message }]
}

const undatedWarning = (
  environment: BackupTree.VirtualEnvironment,
  at: DateTime.Utc | undefined
): ReadonlyArray<PlanWarning> => {
  const counted = at === undefined
    // Of one chain the head's date decides nothing.
    ? environment.chains.length > 1 ? environment.chains.map(({ head }) => head) : []
    : environment.chains.flatMap(BackupTree.backups)
  const undated = counted.filter((backup) => BackupDate.createdAt(backup) === undefined).length
  if (undated === 0) return []
  return [{
    code: "undated",
    message: at === undefined
      ? `${undated} full ${
        undated === 1 ? "backup has" : "backups have"
      } no date: a server ranks such a chain as the oldest.`
      : `${undated} ${undated === 1 ? "backup has" : "backups have"} no date, and cannot be chosen by time.`
  }]
}

// Of the disks of a container, the reader of a backup directory may not know how large they are.
const virtualSizeOf = ({ disks }: BackupTree.Backup): bigint | undefined =>
  disks === undefined || disks.list.some(({ size }) => size === 0n)
    ? undefined
    : disks.list.reduce((sum, { size }) => sum + size, 0n)

const make = (
  catalog: BackupCatalog,
  environment: BackupTree.VirtualEnvironment,
  { backup, chain }: Choice,
  chosen: Pick<RestorePlan, "readings" | "at" | "warnings">
): RestorePlan => {
  const backups = BackupTree.backups(chain)
  const items = backups.slice(0, backups.indexOf(backup) + 1).map((item) => planned(chain, item))
  const { number } = planned(chain, backup)
  const gaps = items.slice(1).flatMap((item, index) => gapBetween(items[index]!.number, item.number))
  const directory = directoryOf(catalog)
  return {
    _tag: "RestorePlan",
    id: backup.id,
    environment: planEnvironment(environment),
    chain: chain.uuid,
    items,
    configuration: StoreNames.itemDirectory(number),
    bytes: items.reduce((sum, item) => sum + item.backup.size, 0n),
    virtualSize: virtualSizeOf(backup),
    readings: chosen.readings,
    at: chosen.at,
    directory,
    warnings: [
      ...chosen.warnings,
      ...directoryWarning(directory),
      ...hiddenWarning(catalog, environment),
      ...imageWarnings(catalog.listing, chain, backups.slice(0, items.length)),
      ...gapWarning(
        gaps,
        "its images are needed too, and are not in this plan",
        ChainVersion.of(environment, chain)
      )
    ]
  }
}
