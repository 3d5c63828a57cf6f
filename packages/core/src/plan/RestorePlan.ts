/**
 * The requirements of a restore: the backups of one chain up to the selected one, in order, their files, and the amount
 * of data to read.
 *
 * @see [Semantics 4.1](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s4-1)
 * @since 0.2.0
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { BackupCatalog } from "../check/BackupCatalog.ts"
import * as StoreNames from "../directory/files/StoreNames.ts"
import * as CountText from "../text/CountText.ts"
import * as PrintableText from "../text/PrintableText.ts"
import * as ShellQuote from "../text/ShellQuote.ts"
import * as BackupDate from "../tree/BackupDate.ts"
import * as BackupTree from "../tree/BackupTree.ts"
import * as ChainVersion from "../tree/ChainVersion.ts"
import * as NumberGap from "../tree/NumberGap.ts"
import { type Choice, dated, newestBackup, productAt, productDefault } from "./internal/backupChoice.ts"
import { idWarning, imagelessWarning, isDead } from "./internal/doubts.ts"
import { type ImageFaults, imageFaultsOf, imageWarnings, restorablePart } from "./internal/imageErrors.ts"
import {
  briefly,
  directoryOf,
  directoryWarning,
  findBackup,
  findEnvironment,
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

/**
 * Schema of {@link Readings}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const Readings = Schema.Struct({
  product: Schema.UndefinedOr(Schema.String),
  person: Schema.UndefinedOr(Schema.String)
})
/**
 * The ids of the backups that the product and a person would choose to restore an environment; `undefined` for none.
 *
 * `product`: the last backup of the chain with the newest full backup, as a server chooses. `person`: the newest backup
 * of all chains. They differ if a clock was changed, an older chain was extended, or a full backup has no date: a
 * server ranks such a chain as the oldest. With a time, both consider only backups that are dated at or before it.
 *
 * @category models
 * @since 0.2.0
 */
export type Readings = typeof Readings.Type

/**
 * Schema of a {@link RestorePlan}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const RestorePlan = Schema.TaggedStruct("RestorePlan", {
  /** The id of the backup to restore, spelled as in the listing. */
  id: Schema.String,
  environment: PlanEnvironment,
  /** The uuid of the chain, which is also the name of its directory. */
  chain: Schema.String,
  /**
   * Every backup whose images the restore reads, from the full backup to the one to restore.
   *
   * The `images` of each are file names relative to the chain directory.
   */
  items: Schema.Array(PlannedBackup),
  /** The directory with the configuration of the backup, relative to the chain directory. */
  configuration: Schema.String,
  /** The total size of the items, in bytes: the amount of data to read. */
  bytes: Schema.BigInt,
  /** The total virtual size of the disks, in bytes; `undefined` if the listing lacks the size of a disk. */
  virtualSize: Schema.UndefinedOr(Schema.BigInt),
  /** The candidates for the backup; `undefined` if it was selected by its id. */
  readings: Schema.UndefinedOr(Readings),
  /** The requested time, if there is one. */
  at: Schema.UndefinedOr(Schema.DateTimeUtc),
  /** The backup directory that was read or named in the request; `undefined` for the default one of the server. */
  directory: Schema.UndefinedOr(Schema.String),
  warnings: Schema.Array(PlanWarning)
})
/**
 * A plan to restore one backup.
 *
 * @category models
 * @since 0.2.0
 */
export type RestorePlan = typeof RestorePlan.Type

/**
 * Plans to restore the backup with an id. The id may be in any spelling.
 *
 * **Example**
 *
 * ```ts
 * const catalog = BackupCatalog.fromListing(listing)
 * const plan = RestorePlan.forBackup(catalog, "{0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}.3")
 * // items: the full backup, .2 and .3
 * ```
 *
 * @category planning
 * @since 0.2.0
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
    const target = yield* findBackup(catalog, id, { outcome: () => undefined, instead })
    yield* requireImages(target.environment, target, faults, instead)
    return make(catalog, target.environment, target, { readings: undefined, at: undefined, warnings })
  })

/**
 * Plans to restore an environment, selected by its uuid or its name.
 *
 * Without a time, it chooses the product's default: the last backup of the chain with the newest full backup. With a
 * time, it chooses the newest backup made at or before it. `readings` has the candidates of both methods, and the plan
 * has a warning if they differ.
 *
 * If the chosen backup is in a broken chain, the function fails with an error that names a backup that can be restored. It never
 * restores an older backup silently.
 *
 * **Example**
 *
 * ```ts
 * const catalog = BackupCatalog.fromListing(listing)
 * const plan = RestorePlan.forEnvironment(catalog, "web01", { at: DateTime.makeUnsafe("2024-03-03T00:00:00Z") })
 * ```
 *
 * @category planning
 * @since 0.2.0
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

/**
 * Returns whether the product and a person would choose different backups.
 *
 * @category predicates
 * @since 0.2.0
 */
export const readingsDiffer = ({ readings }: RestorePlan): boolean => readings !== undefined && differ(readings)

/**
 * Returns the command line that executes the restore.
 *
 * Returns none if the listing is of a directory that was read or named in the request, because the command would use
 * another directory. Also returns none if a server does not find the id.
 *
 * @category rendering
 * @since 0.2.0
 */
export const commandLine = ({ directory, id, warnings }: RestorePlan): Option.Option<string> =>
  directory === undefined && !isDead(warnings)
    ? Option.some(ShellQuote.command(["prlctl", "restore", "-t", id]))
    : Option.none()

/** Fails if an image of a backup, or of a backup it needs, is missing or damaged. */
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
  const oldest = dated(environment).reduce<
    { readonly time: DateTime.Utc; readonly backup: BackupTree.Backup } | undefined
  >(
    (best, each) => best === undefined || DateTime.isLessThan(each.time, best.time) ? each : best,
    undefined
  )
  return oldest === undefined
    ? new PlanError.OnlyUndated({ environment: named })
    : new PlanError.NoBackupAt({ environment: named, at, oldest: oldest.backup.id, oldestAt: oldest.time })
}

// If no backup has a date, there is no newest one, and nothing differs.
const differ = ({ person, product }: Readings): boolean => person !== undefined && person !== product

const readingsWarning = (readings: Readings, at: DateTime.Utc | undefined): ReadonlyArray<PlanWarning> => {
  if (!differ(readings)) return []
  const [product, person] = [readings.product ?? "", readings.person ?? ""].map((id) => PrintableText.escape(id))
  const message = at === undefined
    ? `The newest backup is ${person}, but a restore without an id uses ${product}: the last backup of the chain with `
      + "the newest full backup. To restore the newest backup, select it by its id."
    : readings.product === undefined
    ? `This plan uses ${person}, the newest backup made at or before that time. Virtuozzo selects chains by the dates `
      + "of their full backups, and none of them is that old."
    : `This plan uses ${person}, the newest backup made at or before that time. Virtuozzo would use ${product}: the `
      + "last backup of the chain with the newest full backup."
  return [{ code: "readings-differ", message }]
}

const undatedWarning = (
  environment: BackupTree.VirtualEnvironment,
  at: DateTime.Utc | undefined
): ReadonlyArray<PlanWarning> => {
  const counted = at === undefined
    // With a single chain, the date of its full backup does not matter.
    ? environment.chains.length > 1 ? environment.chains.map(({ head }) => head) : []
    : environment.chains.flatMap(BackupTree.backups)
  const undated = counted.filter((backup) => BackupDate.createdAt(backup) === undefined).length
  if (undated === 0) return []
  const has = CountText.plural(undated, "has", "have")
  const chains = CountText.plural(undated, "its chain", "their chains")
  return [{
    code: "undated",
    message: at === undefined
      ? `${CountText.count(undated, "full backup")} ${has} no date, so a server ranks ${chains} as the oldest.`
      : `${CountText.count(undated, "backup")} ${has} no date and cannot be selected by time.`
  }]
}

// The reader of a backup directory may not know the sizes of a container's disks.
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
  const gaps = items.slice(1).flatMap((item, index) => NumberGap.between(items[index]!.number, item.number))
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
      ...idWarning(chain, backup),
      ...directoryWarning(directory),
      ...hiddenWarning(catalog, environment),
      ...imagelessWarning(backups.slice(0, items.length)),
      ...imageWarnings(catalog.listing, chain, backups.slice(0, items.length)),
      ...gapWarning(
        gaps,
        "the restore also needs images that are not in this plan",
        ChainVersion.of(environment, chain)
      )
    ]
  }
}
