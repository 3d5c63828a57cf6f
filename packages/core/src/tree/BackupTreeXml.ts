/**
 * Backup trees as XML: the documents of a server, and the `.metadata` files of its store.
 *
 * All readers share one mapping: {@link decode} reads a whole document, a {@link Reader} reads one that arrives in
 * parts. Two modes decide what is accepted, reported and refused.
 *
 * @see [Semantics 9](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s9)
 * @since 0.2.0
 */
import type * as Data from "effect/Data"
import * as Result from "effect/Result"
import * as PrintableText from "../text/PrintableText.ts"
import * as XmlDocument from "../xml/XmlDocument.ts"
import type { XmlElement } from "../xml/XmlElement.ts"
import { XmlError } from "../xml/XmlError.ts"
import type * as BackupTree from "./BackupTree.ts"
import { attributesAsChildren, environmentLevel, headLevel, incrementalLevel, settle } from "./internal/levels.ts"
import { Mapper, type Mode } from "./internal/mapper.ts"
import * as Writer from "./internal/writer.ts"
import type { Note, NotedTree } from "./Note.ts"

export type { Mode }

/**
 * The mode of a reading, and its limits.
 *
 * @category models
 * @since 0.2.0
 */
export interface DecodeOptions extends Omit<XmlDocument.ParseOptions, "forbiddenCharacters"> {
  readonly mode: Mode
  /** The limit of memory that one environment takes while it arrives, estimated in bytes (default: no limit). */
  readonly maxHeldBytes?: number | undefined
}

// The mapping throws XmlError only.
const attempt = <A>(read: () => A): Result.Result<A, XmlError> => {
  try {
    return Result.succeed(read())
  } catch (cause) {
    if (cause instanceof XmlError) return Result.fail(cause)
    throw cause
  }
}

const parse = (text: string, options: DecodeOptions): Result.Result<XmlElement, XmlError> =>
  XmlDocument.parse(text, { ...options, forbiddenCharacters: options.mode === "strict" ? "refuse" : "keep" })

/**
 * Returns the error of a document with an unexpected root element.
 *
 * @category errors
 * @since 0.2.0
 */
export const wrongRoot = (name: string, expected = "<BackupTree>"): XmlError =>
  new XmlError({ reason: "root", detail: `the root element is <${PrintableText.excerpt(name)}>, not ${expected}` })

/**
 * Decodes the XML text of a backup tree.
 *
 * **Example**
 *
 * ```ts
 * BackupTreeXml.decode("<BackupTree dyn_lists=\"VmItem 0\" id=\"-1\"/>", { mode: "tolerant" })
 * // the empty tree, without notes
 * ```
 *
 * @category codecs
 * @since 0.2.0
 */
export const decode = (text: string, options: DecodeOptions): Result.Result<NotedTree, XmlError> =>
  Result.flatMap(parse(text, options), (root) => fromElement(root, options))

/**
 * Decodes a tree from its root element, as {@link decode} does.
 *
 * @category codecs
 * @since 0.2.0
 */
export const fromElement = (
  root: XmlElement,
  options: { readonly mode: Mode }
): Result.Result<NotedTree, XmlError> => {
  if (root.name !== "BackupTree") return Result.fail(wrongRoot(root.name))
  const reader = makeReader(options)
  const environments: Array<BackupTree.VirtualEnvironment> = []
  for (const child of root.children) {
    if (typeof child === "string") continue
    const environment = reader.read(child)
    if (Result.isFailure(environment)) return Result.fail(environment.failure)
    if (environment.success !== undefined) environments.push(environment.success)
  }
  const { kept, notes } = reader.finish()
  return Result.succeed({ tree: { environments, kept }, notes })
}

/**
 * Decodes a tree from the children of its root element, one after the other.
 *
 * @category models
 * @since 0.2.0
 */
export interface Reader {
  /**
   * Decodes the next child of the root: an environment, or `undefined` for an unknown element that is only kept.
   *
   * A failure ends the reading.
   */
  readonly read: (child: XmlElement) => Result.Result<BackupTree.VirtualEnvironment | undefined, XmlError>
  /** Returns the rest of the tree and the notes of the whole reading. */
  readonly finish: () => Pick<BackupTree.BackupTree, "kept"> & Pick<NotedTree, "notes">
}

/**
 * Creates the reader of one tree.
 *
 * @category constructors
 * @since 0.2.0
 */
export const makeReader = (options: { readonly mode: Mode }): Reader => {
  const mapper = new Mapper(options.mode, false)
  const kept: Array<BackupTree.KeptElement> = []
  const ordinals = new Map<string, number>()
  let environments = 0
  return {
    read: (child) =>
      attempt(() => {
        if (child.name === "VmItem") return mapper.environment(child, ++environments)
        const ordinal = (ordinals.get(child.name) ?? 0) + 1
        ordinals.set(child.name, ordinal)
        kept.push({ position: environments + kept.length, element: child })
        mapper.unknown(child, ordinal)
        return undefined
      }),
    finish: () => ({ kept: settle(kept, environments), notes: mapper.notes })
  }
}

/**
 * Encodes a tree as a server does, without an XML declaration.
 *
 * Every scalar is written, defaults included. A disk list is written only if there is one, and kept elements go to
 * their positions. Decoding the result returns the same tree if its texts are XML text and its kept elements are in
 * normal form, placed as {@link decode} places them. NUL becomes a blank, and a lone surrogate becomes U+FFFD.
 *
 * @see [Semantics 1.1](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s1-1)
 * @see [Semantics 1.12](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s1-12)
 * @category codecs
 * @since 0.2.0
 */
export const encode = (tree: BackupTree.BackupTree): string => XmlDocument.print(Writer.tree(tree))

/**
 * Encodes a tree as {@link encode} does, in pieces of about 64 KiB, without holding the whole text.
 *
 * Every piece but the last ends with `>`, so that the pieces can be escaped one by one.
 *
 * @category codecs
 * @since 0.2.0
 */
export const encodeInPieces = (tree: BackupTree.BackupTree): Generator<string> => XmlDocument.pieces(Writer.tree(tree))

/**
 * The content of a `.metadata` file, tagged by its root element.
 *
 * The environment has no chains and the chain no incrementals: those have files of their own.
 *
 * @see [Semantics 3.2](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s3-2)
 * @see [Semantics 3.3](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s3-3)
 * @category models
 * @since 0.2.0
 */
export type Metadata = Data.TaggedEnum<{
  VmItem: { readonly environment: BackupTree.VirtualEnvironment }
  BackupItem: { readonly chain: BackupTree.BackupChain }
  PartialBackupItem: { readonly backup: BackupTree.IncrementalBackup }
}>

/**
 * The content of a `.metadata` file, and the notes of its reading. Strict mode has no notes.
 *
 * @category models
 * @since 0.2.0
 */
export interface DecodedMetadata {
  readonly metadata: Metadata
  readonly notes: ReadonlyArray<Note>
}

/**
 * Decodes the text of a `.metadata` file.
 *
 * Attributes of the root replace missing children. The type letter is kept but not checked: a promoted head stores an
 * empty one, and servers override it. A server refuses a file that lacks a required element; tolerant mode reports a
 * note for each.
 *
 * @see [Semantics 1.5](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s1-5)
 * @see [Semantics 1.13](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s1-13)
 * @see [Semantics 3.3](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s3-3)
 * @category codecs
 * @since 0.2.0
 */
export const decodeMetadata = (text: string, options: DecodeOptions): Result.Result<DecodedMetadata, XmlError> =>
  Result.flatMap(parse(text, options), (root) =>
    attempt(() => {
      const mapper = new Mapper(options.mode, true)
      return { metadata: readMetadata(mapper, root), notes: mapper.notes }
    }))

const readMetadata = (mapper: Mapper, root: XmlElement): Metadata => {
  switch (root.name) {
    case "VmItem":
      return { _tag: root.name, environment: mapper.environment(attributesAsChildren(root, environmentLevel)) }
    case "BackupItem":
      return { _tag: root.name, chain: mapper.chain(attributesAsChildren(root, headLevel)) }
    case "PartialBackupItem":
      return { _tag: root.name, backup: mapper.incremental(attributesAsChildren(root, incrementalLevel)) }
    default:
      throw wrongRoot(root.name, "<VmItem>, <BackupItem> or <PartialBackupItem>")
  }
}

/**
 * Encodes the text of a `.metadata` file, with its XML declaration.
 *
 * Chains and incrementals are left out. The disk list is stored empty, because a server computes it from the
 * configuration.
 *
 * @see [Semantics 1.11](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s1-11)
 * @see [Semantics 3.3](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s3-3)
 * @category codecs
 * @since 0.2.0
 */
export const encodeMetadata = (metadata: Metadata): string =>
  XmlDocument.print(storedRoot(metadata), { declaration: true })

const storedRoot = (metadata: Metadata): XmlElement =>
  metadata._tag === "VmItem"
    ? Writer.storedEnvironment(metadata.environment)
    : metadata._tag === "BackupItem"
    ? Writer.storedChain(metadata.chain)
    : Writer.storedIncremental(metadata.backup)
