/** The fields in which two parts differ. */
import type * as BackupTree from "../../tree/BackupTree.ts"
import type { Facts } from "../TreeChange.ts"
import { sameData } from "./sameData.ts"

/** A part of a tree, by its fields. */
export type Fields = { readonly [K in keyof Facts]?: unknown }

export const environmentKeys = ["uuid", "name", "vmType", "version", "kept"] as const
export const backupKeys = [
  "_tag",
  "number",
  "id",
  "host",
  "serverUuid",
  "dateTime",
  "creator",
  "size",
  "type",
  "description",
  "images",
  "originalSize",
  "bundlePermissions",
  "flags",
  "disks",
  "kept"
] as const

/** Returns the keys of the fields that differ. */
export const differing = <K extends keyof Facts>(before: Fields, after: Fields, keys: ReadonlyArray<K>) =>
  keys.filter((key) => !sameData(before[key], after[key]))

/** Returns the fields of two parts by some keys. A full backup has no number. */
export const difference = (
  before: Fields,
  after: Fields,
  keys: ReadonlyArray<keyof Facts>
): { readonly before: Facts; readonly after: Facts } => ({ before: pick(before, keys), after: pick(after, keys) })

const pick = (fields: Fields, keys: ReadonlyArray<keyof Facts>): Facts =>
  Object.fromEntries(keys.flatMap((key) => Object.hasOwn(fields, key) ? [[key, fields[key]]] : []))

/** Returns whether two backups are the same in every field. */
const sameBackup = (before: BackupTree.Backup, after: BackupTree.Backup): boolean =>
  before === after || differing(before as Fields, after as Fields, backupKeys).length === 0

/** Returns whether two chains have the same backups in the same order, and the same fields. */
export const sameChain = (before: BackupTree.BackupChain, after: BackupTree.BackupChain): boolean =>
  before === after
  || (before.uuid === after.uuid
    && before.lastNumber === after.lastNumber
    && before.incrementals.length === after.incrementals.length
    && sameBackup(before.head, after.head)
    && before.incrementals.every((backup, index) => sameBackup(backup, after.incrementals[index]!)))
