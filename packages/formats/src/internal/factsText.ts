/** The fields in which an item differs, as text. */
import type { Facts } from "@backup-tree/core/compare/TreeChange"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as ByteCount from "../ByteCount.ts"

type Field = keyof Facts

const labels: { readonly [F in Field]: string } = {
  uuid: "uuid",
  name: "name",
  vmType: "kind",
  version: "version",
  lastNumber: "highest number",
  _tag: "type",
  number: "number",
  id: "id",
  host: "host",
  serverUuid: "host uuid",
  dateTime: "date",
  creator: "creator",
  size: "size",
  type: "type letter",
  description: "description",
  images: "images",
  originalSize: "original size",
  bundlePermissions: "permissions",
  flags: "flags",
  disks: "disks",
  kept: "unknown elements"
}

/** Writes each field that differs with its value before and after. Lists are only named. */
export const factsText = (before: Facts, after: Facts): string =>
  [...new Set([...Object.keys(before), ...Object.keys(after)] as ReadonlyArray<Field>)]
    .map((field) => fieldText(field, before, after))
    .join(", ")

const fieldText = (field: Field, before: Facts, after: Facts): string => {
  if (typeof before[field] === "bigint" && typeof after[field] === "bigint") {
    return sizesText(labels[field], before[field], after[field])
  }
  const [from, to] = [valueText(field, before), valueText(field, after)]
  // Long texts are cut, so different ones can look the same.
  return from === undefined || to === undefined || from === to
    ? `${labels[field]} changed`
    : `${labels[field]} ${from} → ${to}`
}

/** Writes two sizes, in bytes if they would look the same otherwise. */
const sizesText = (label: string, before: bigint, after: bigint): string => {
  const [from, to] = [ByteCount.print(before), ByteCount.print(after)]
  return from === to ? `${label} ${before} B → ${after} B` : `${label} ${from} → ${to}`
}

/** Returns `undefined` for a list, and for a field that is missing. */
const valueText = (field: Field, facts: Facts): string | undefined => {
  const value = facts[field]
  if (field === "vmType") return BackupTree.kindName({ vmType: facts.vmType ?? 0 })
  if (field === "_tag") return facts._tag === "FullBackup" ? "full" : "incremental"
  if (typeof value === "string") return PrintableText.quote(value, 40)
  return typeof value === "number" ? String(value) : undefined
}
