/** What the readers of documents accept, and their limits. */
import { XmlError } from "../XmlError.ts"

/**
 * The default limit of nested elements. Source: PROTOCOL 10.
 *
 * @category constants
 * @since 0.2.0
 */
export const defaultMaxDepth = 64

/**
 * The highest limit of nested elements. No option raises it, because fast-xml-parser is recursive.
 *
 * @category constants
 * @since 0.2.0
 */
export const maxDepth = 1000

/**
 * The default limit of elements and attributes in one document.
 *
 * A listing of 64 MiB has half as many. A heap of 4 GB holds about as many if they are all empty and read as a whole.
 *
 * @category constants
 * @since 0.2.0
 */
export const defaultMaxElements = 4_000_000

/**
 * The default limit of a document's length, in UTF-16 code units. No package is longer. Source: PROTOCOL 3.4.
 *
 * @category constants
 * @since 0.2.0
 */
export const defaultMaxLength = 2 ** 28

/**
 * What a scanner accepts.
 *
 * @category models
 * @since 0.2.0
 */
export interface ScanOptions {
  /** What to do with raw characters outside XML 1.0 (default: keep). Lone surrogates are always refused. */
  readonly forbiddenCharacters?: "keep" | "refuse" | undefined
  /** What to do with one byte order mark at the very start (default: accept). */
  readonly byteOrderMark?: "accept" | "refuse" | undefined
  /** The limit of nested elements (default: 64). */
  readonly maxDepth?: number | undefined
  /** The limit of elements and attributes (default: 4,000,000). */
  readonly maxElements?: number | undefined
}

/**
 * What a reader of documents accepts. `maxDepth` is at most {@link maxDepth}.
 *
 * @category models
 * @since 0.2.0
 */
export interface ParseOptions extends ScanOptions {
  /** The limit of the document's length, in UTF-16 code units (default: 2^28). */
  readonly maxLength?: number | undefined
}

/** Returns the error of a document that exceeds its limit of length. */
export const tooLong = (maxLength: number): XmlError =>
  new XmlError({ reason: "length", detail: `the document has more than ${maxLength} characters` })
