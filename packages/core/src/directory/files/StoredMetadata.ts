/**
 * The contents of a `.metadata` file in a backup directory, or the reason why they are unknown.
 *
 * @since 0.2.0
 */
import type * as Data from "effect/Data"
import * as Result from "effect/Result"
import type * as BackupTree from "../../tree/BackupTree.ts"
import * as BackupTreeXml from "../../tree/BackupTreeXml.ts"
import type { Note } from "../../tree/Note.ts"
import * as StoreNames from "./StoreNames.ts"
import type * as StoreSkip from "./StoreSkip.ts"

/**
 * The reason why the text of a file is unknown.
 *
 * `Unread`: permission denied, an I/O error, or a link that is not followed. `NoText`: too long, or not UTF-8.
 *
 * @category models
 * @since 0.2.0
 */
export type TextFault = Data.TaggedEnum<{
  Unread: { readonly detail: string }
  NoText: { readonly detail: string }
}>

/**
 * The text of a file, `undefined` if there is no file, or the reason why the text is unknown.
 *
 * @category models
 * @since 0.2.0
 */
export type StoredText = Result.Result<string | undefined, TextFault>

/**
 * The result of reading a `.metadata` file. An `Unread` one may be healthy; its reader reports it.
 *
 * @category models
 * @since 0.2.0
 */
export type StoredMetadata = Data.TaggedEnum<{
  Missing: {}
  Unread: {}
  Invalid: { readonly detail: string }
  Read: { readonly decoded: BackupTreeXml.DecodedMetadata }
}>

/**
 * Decodes a `.metadata` file. Like a server, it refuses one that lacks a required element.
 *
 * @see [Semantics 1.13](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s1-13)
 * @category codecs
 * @since 0.2.0
 */
export const decode = (
  text: StoredText,
  options: Omit<BackupTreeXml.DecodeOptions, "mode"> = {}
): StoredMetadata => {
  if (Result.isFailure(text)) return text.failure._tag === "Unread" ? { _tag: "Unread" } : invalid(text.failure.detail)
  if (text.success === undefined) return { _tag: "Missing" }
  const decoded = BackupTreeXml.decodeMetadata(text.success, { ...options, mode: "tolerant" })
  if (Result.isFailure(decoded)) return invalid(decoded.failure.fault)
  const missing = decoded.success.notes.find(({ rule }) => rule === "missing-required")
  return missing === undefined ? { _tag: "Read", decoded: decoded.success } : invalid(missing.message)
}

const invalid = (detail: string): StoredMetadata => ({ _tag: "Invalid", detail: `${StoreNames.metadata}: ${detail}` })

/**
 * Returns the detail of a skip for metadata whose root element is not the expected one.
 *
 * @category rendering
 * @since 0.2.0
 */
export const notThe = (wanted: BackupTreeXml.Metadata["_tag"], { metadata }: BackupTreeXml.DecodedMetadata): string =>
  `${StoreNames.metadata} describes a ${metadata._tag}, not a ${wanted}`

/**
 * Returns the backup that metadata describes, if it describes one.
 *
 * @category accessors
 * @since 0.2.0
 */
export const describedBy = (metadata: StoredMetadata): BackupTree.Backup | undefined =>
  metadata._tag !== "Read"
    ? undefined
    : metadata.decoded.metadata._tag === "BackupItem"
    ? metadata.decoded.metadata.chain.head
    : metadata.decoded.metadata._tag === "PartialBackupItem"
    ? metadata.decoded.metadata.backup
    : undefined

/**
 * The reason why a server hides something, and its detail.
 *
 * @category models
 * @since 0.2.0
 */
export interface Problem {
  readonly reason: StoreSkip.Reason
  readonly detail: string
}

/**
 * The metadata of an environment, and the notes of its reader. Without metadata, a server hides the environment.
 *
 * @category models
 * @since 0.2.0
 */
export interface EnvironmentMetadata {
  readonly metadata: Omit<BackupTree.VirtualEnvironment, "chains"> | undefined
  readonly notes: ReadonlyArray<Note>
  /** `undefined` if there is none, or if the metadata could not be read, which its reader reports. */
  readonly problem: Problem | undefined
}

/**
 * Returns the environment that metadata describes, or the reason why it is hidden.
 *
 * @category accessors
 * @since 0.2.0
 */
export const ofEnvironment = (stored: StoredMetadata): EnvironmentMetadata => {
  const hidden = (problem?: Problem): EnvironmentMetadata => ({ metadata: undefined, notes: [], problem })
  switch (stored._tag) {
    case "Unread":
      return hidden()
    case "Missing":
      return hidden({ reason: "vm-metadata-missing", detail: `it has no ${StoreNames.metadata}` })
    case "Invalid":
      return hidden({ reason: "vm-metadata-invalid", detail: stored.detail })
    case "Read": {
      const { metadata, notes } = stored.decoded
      if (metadata._tag !== "VmItem") {
        return hidden({ reason: "vm-metadata-invalid", detail: notThe("VmItem", stored.decoded) })
      }
      const { chains: _, ...environment } = metadata.environment
      return { metadata: environment, notes, problem: undefined }
    }
  }
}
