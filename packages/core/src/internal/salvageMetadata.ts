/**
 * Metadata to write in place of what is lost, from all that is still known. Source: SEMANTICS 1.1, 1.13, 3.3.
 *
 * What nobody knows is taken from the backup whose number is nearest, or left empty; the time is always left empty, for
 * the order of chains goes by it.
 */
import * as BackupFlags from "../BackupFlags.ts"
import type * as BackupTree from "../BackupTree.ts"
import * as BackupTreeXml from "../BackupTreeXml.ts"
import * as DirectoryReading from "../DirectoryReading.ts"
import * as ImageNames from "../ImageNames.ts"
import { type ChainAt, namedImages } from "./chainImages.ts"
import { hasLegacyImage, keepChainVersion } from "./chainVersions.ts"

/** Returns the items of a chain for which `isSuitable` says so, the nearest to a number first. */
export const nearestTo = (
  { items }: DirectoryReading.ReadChain,
  number: number,
  isSuitable: (item: DirectoryReading.ReadItem) => boolean
): ReadonlyArray<DirectoryReading.ReadItem> => {
  const distance = (item: DirectoryReading.ReadItem): number => Math.abs(item.number - number)
  return items.filter(isSuitable).toSorted((one, other) => distance(one) - distance(other))
}

/**
 * Returns the images of a backup whose metadata is lost: those that are called as the ones of the nearest backup are, in
 * that order, but for the number; where there is no such backup, all whose names say that number.
 */
export const imagesOf = (at: ChainAt, number: number): ReadonlyArray<string> => {
  const named = namedImages({ items: at.chain.items.filter((item) => item.number !== number) })
  const isFree = (image: string): boolean => at.chain.files.has(image) && !named.has(image)
  const [nearest] = nearestTo(at.chain, number, ({ described }) => (described?.images.length ?? 0) > 0)
  const siblings = nearest?.described?.images.flatMap((image) =>
    ImageNames.renumber(image, nearest.number, number) ?? []
  )
  return siblings?.filter(isFree)
    ?? [...at.chain.files.keys()].filter((image) => isFree(image) && ImageNames.numberOf(image) === number).toSorted()
}

/** Writes the metadata of an environment, by the names of its directory and what lies in it. */
export const environmentMetadata = (environment: DirectoryReading.ReadEnvironment): string => {
  const items = environment.chains.flatMap(({ items }) => items)
  const isMachine = items.some(({ configuration }) => configuration?.file === "config.pvs")
  const images = environment.chains.flatMap(({ files }) => [...files.keys()])
  return BackupTreeXml.encodeMetadata({
    _tag: "VmItem",
    environment: {
      uuid: environment.directory,
      name: DirectoryReading.configuredName(environment) ?? environment.directory,
      vmType: isMachine ? 0 : 2,
      version: hasLegacyImage(images) ? keepChainVersion - 1 : 5,
      chains: [],
      kept: []
    }
  })
}

/** Writes the metadata of the first backup of a chain. */
export const headMetadata = (at: ChainAt, number: number): string => {
  const { chain } = at
  const numbers = [...chain.items.map((item) => item.number), ...[...chain.files.keys()].map(ImageNames.numberOf)]
  const greatest = numbers.reduce((greatest: number, each = 1) => Math.max(greatest, each), number)
  const uuid = chain.directory
  const common = backupOf(at, { number, id: number === 1 ? uuid : `${uuid}.${number}` })
  const head = { ...common, _tag: "FullBackup" as const, type: "f", flags: BackupFlags.of("PBT_FULL") }
  return BackupTreeXml.encodeMetadata({
    _tag: "BackupItem",
    // It is raised with the first incremental (SEMANTICS 1.4). One that is too great costs no more than a full backup.
    chain: { uuid, head, incrementals: [], lastNumber: greatest === 1 ? 0 : greatest }
  })
}

/** Writes the metadata of an incremental. */
export const linkMetadata = (at: ChainAt, number: number): string =>
  BackupTreeXml.encodeMetadata({
    _tag: "PartialBackupItem",
    backup: {
      ...backupOf(at, { number, id: `${at.chain.directory}.${number}` }),
      _tag: "IncrementalBackup",
      number,
      type: "i",
      flags: BackupFlags.of("PBT_INCREMENTAL")
    }
  })

const backupOf = (
  at: ChainAt,
  { id, number }: { readonly id: string; readonly number: number }
): Omit<BackupTree.FullBackup, "_tag" | "type" | "flags"> => {
  const [nearest] = nearestTo(at.chain, number, ({ described }) => described !== undefined)
  const images = imagesOf(at, number)
  return {
    id,
    host: nearest?.described?.host ?? "",
    serverUuid: nearest?.described?.serverUuid ?? "",
    dateTime: "",
    creator: nearest?.described?.creator ?? "",
    size: images.reduce((sum, image) => sum + (at.chain.files.get(image)?.size ?? 0n), 0n),
    description: "",
    images,
    originalSize: 0n,
    bundlePermissions: nearest?.described?.bundlePermissions ?? 0,
    disks: { list: [], kept: [] },
    kept: []
  }
}
