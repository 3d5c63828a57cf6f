/**
 * Backup trees as XML: what a server sends, and the `.metadata` files of its store.
 *
 * One mapping serves every reader: a whole document goes through {@link decode}, a document that arrives in parts
 * through a {@link Reader}. What the two modes accept, report and refuse is the table of SEMANTICS 9.
 */
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

/** The mode of a reading, and its limits. */
export interface DecodeOptions extends Omit<XmlDocument.ParseOptions, "forbiddenCharacters"> {
  readonly mode: Mode
}

// The mapping throws nothing else.
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

/** The error of a document whose root is not the one that was expected. */
export const wrongRoot = (name: string, expected = "<BackupTree>"): XmlError =>
  new XmlError({ reason: "root", detail: `the root element is <${PrintableText.excerpt(name)}>, not ${expected}` })

/**
 * Reads the text of a backup tree.
 *
 * **Example**
 *
 * ```ts
 * BackupTreeXml.decode("<BackupTree dyn_lists=\"VmItem 0\" id=\"-1\"/>", { mode: "tolerant" })
 * // the empty tree, without notes
 * ```
 */
export const decode = (text: string, options: DecodeOptions): Result.Result<NotedTree, XmlError> =>
  Result.flatMap(parse(text, options), (root) => fromElement(root, options))

/** Reads a tree from its root element, as {@link decode} does. */
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

/** Reads a tree whose root element is not there as a whole, one child after the other. */
export interface Reader {
  /** Reads the next child of the root: an environment, or `undefined` for what is only kept. A failure ends the reading. */
  readonly read: (child: XmlElement) => Result.Result<BackupTree.VirtualEnvironment | undefined, XmlError>
  /** Returns what the tree has besides its environments, and the notes of the whole reading. */
  readonly finish: () => Pick<BackupTree.BackupTree, "kept"> & Pick<NotedTree, "notes">
}

/** Makes the reader of one tree. */
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
 * Writes a tree as a server does, without a declaration.
 *
 * Every scalar is written, defaults too; a disk list only where there is one; kept elements at their positions. Reading
 * the text gives back the same tree, if its texts are XML text and its kept elements in normal form and placed as
 * {@link decode} places them. NUL becomes a blank and a lone surrogate U+FFFD. Source: SEMANTICS 1.1, 1.12.
 */
export const encode = (tree: BackupTree.BackupTree): string => XmlDocument.print(Writer.tree(tree))

/**
 * What a `.metadata` file holds, by its root element. Source: SEMANTICS 3.2, 3.3.
 *
 * An environment has no chains here and a chain no incrementals: those have files of their own.
 */
export type Metadata =
  | { readonly _tag: "VmItem"; readonly environment: BackupTree.VirtualEnvironment }
  | { readonly _tag: "BackupItem"; readonly chain: BackupTree.BackupChain }
  | { readonly _tag: "PartialBackupItem"; readonly backup: BackupTree.IncrementalBackup }

/** The content of a `.metadata` file, and what its reading let pass; nothing in strict mode. */
export interface DecodedMetadata {
  readonly metadata: Metadata
  readonly notes: ReadonlyArray<Note>
}

/**
 * Reads the text of a `.metadata` file.
 *
 * Attributes of the root stand for children that are missing (SEMANTICS 1.13). The letter is kept and not judged: that
 * of a promoted head is empty, and a server overrides it (1.5, 3.3). A server refuses a file without all its required
 * elements; in tolerant mode each is a note.
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
 * Writes the text of a `.metadata` file, with its declaration.
 *
 * Chains and incrementals are left out, and the disk list is stored empty: a server computes it from the configuration
 * (SEMANTICS 1.11, 3.3).
 */
export const encodeMetadata = (metadata: Metadata): string =>
  XmlDocument.print(storedRoot(metadata), { declaration: true })

const storedRoot = (metadata: Metadata): XmlElement =>
  metadata._tag === "VmItem"
    ? Writer.storedEnvironment(metadata.environment)
    : metadata._tag === "BackupItem"
    ? Writer.storedChain(metadata.chain)
    : Writer.storedIncremental(metadata.backup)
