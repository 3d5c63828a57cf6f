/**
 * New metadata in place of lost metadata, from everything that is still known.
 *
 * Unknown values are copied from the backup with the nearest number, or left empty. The time is always left empty,
 * because it decides the order of chains. Source: SEMANTICS 1.1, 1.13 and 3.3.
 */
import type { ChainContents } from "../../directory/ChainContents.ts"
import * as DirectoryReading from "../../directory/DirectoryReading.ts"
import * as BackupFlags from "../../sdk/BackupFlags.ts"
import * as BackupId from "../../sdk/BackupId.ts"
import type * as BackupTree from "../../tree/BackupTree.ts"
import * as BackupTreeXml from "../../tree/BackupTreeXml.ts"
import { hasLegacyImage, keepChainVersion } from "../../tree/ChainVersion.ts"
import type { BackupFault } from "./hidingReasons.ts"

/** Writes the metadata of an environment, from its readable metadata and the contents of its directory. */
export const environmentMetadata = (environment: DirectoryReading.ReadEnvironment): string => {
  const items = environment.chains.flatMap(({ items }) => items)
  const isMachine = items.some(({ configuration }) => configuration?.file === "config.pvs")
  const images = environment.chains.flatMap(({ files }) => [...files.keys()])
  // A chain of .tib images counts as one of version 3 regardless of the environment (SEMANTICS 1.3).
  const isLegacy = hasLegacyImage(images) && !images.some((image) => image.endsWith(".qcow2"))
  return BackupTreeXml.encodeMetadata({
    _tag: "VmItem",
    environment: {
      uuid: environment.directory,
      name: environment.metadata?.name ?? DirectoryReading.configuredName(environment) ?? environment.directory,
      vmType: isMachine ? 0 : 2,
      version: environment.metadata?.version ?? (isLegacy ? keepChainVersion - 1 : 5),
      chains: [],
      kept: []
    }
  })
}

/** A backup whose metadata is lost: its number and its known images. */
type LostBackup = Pick<BackupFault, "images" | "number">

/** Writes the metadata of the first backup of a chain. */
export const headMetadata = (contents: ChainContents, fault: LostBackup, uuid: string): string => {
  const { number } = fault
  const greatest = Math.max(number, contents.greatestNumber())
  const common = backupOf(contents, fault, uuid)
  const head = { ...common, _tag: "FullBackup" as const, type: "f", flags: BackupFlags.of("PBT_FULL") }
  return BackupTreeXml.encodeMetadata({
    _tag: "BackupItem",
    // 0 until the first incremental (SEMANTICS 1.4). Too great a number only causes a new full backup.
    chain: { uuid, head, incrementals: [], lastNumber: greatest === 1 ? 0 : greatest }
  })
}

/** Writes the metadata of an incremental. */
export const linkMetadata = (contents: ChainContents, fault: LostBackup, uuid: string): string =>
  BackupTreeXml.encodeMetadata({
    _tag: "PartialBackupItem",
    backup: {
      ...backupOf(contents, fault, uuid),
      _tag: "IncrementalBackup",
      number: fault.number,
      type: "i",
      flags: BackupFlags.of("PBT_INCREMENTAL")
    }
  })

const backupOf = (
  contents: ChainContents,
  { images, number }: LostBackup,
  uuid: string
): Omit<BackupTree.FullBackup, "_tag" | "type" | "flags"> => {
  const nearest = contents.nearestDescribed(number)
  const { files } = contents.at.chain
  return {
    id: BackupId.make(uuid, number).text,
    host: nearest?.described?.host ?? "",
    serverUuid: nearest?.described?.serverUuid ?? "",
    dateTime: "",
    creator: nearest?.described?.creator ?? "",
    size: images.reduce((sum, image) => sum + (files.get(image)?.size ?? 0n), 0n),
    description: "",
    images,
    originalSize: 0n,
    bundlePermissions: nearest?.described?.bundlePermissions ?? 0,
    disks: { list: [], kept: [] },
    kept: []
  }
}
