/** What readers of documents accept, and how far they go. */
import { XmlError } from "../XmlError.ts"

/** How deep elements may be nested by default. Source: PROTOCOL 10. */
export const defaultMaxDepth = 64

/** How deep elements may be nested at most: fast-xml-parser recurses, so that no option raises this. */
export const maxDepth = 1000

/**
 * How many elements, counted with their attributes, a document may hold by default.
 *
 * Twice as many as a listing of 64 MiB has, and as many as the usual heap of 4 GB holds when they are all empty and read
 * as a whole.
 */
export const defaultMaxElements = 4_000_000

/** How long a document may be by default, in UTF-16 code units; no package is longer (PROTOCOL 3.4). */
export const defaultMaxLength = 2 ** 28

/** What a scanner accepts. */
export interface ScanOptions {
  /** What to do with raw characters outside XML 1.0 (default: keep). Lone surrogates are always refused. */
  readonly forbiddenCharacters?: "keep" | "refuse" | undefined
  /** What to do with one byte order mark at the very start (default: accept). */
  readonly byteOrderMark?: "accept" | "refuse" | undefined
  /** How deep elements may be nested (default: 64). */
  readonly maxDepth?: number | undefined
  /** How many elements and attributes the document may hold (default: 4,000,000). */
  readonly maxElements?: number | undefined
}

/** What a reader of a document accepts, and how long the document may be; `maxDepth` is at most {@link maxDepth}. */
export interface ParseOptions extends ScanOptions {
  /** How long the document may be, in UTF-16 code units (default: 2^28). */
  readonly maxLength?: number | undefined
}

/** The error of a document beyond its limit of length. */
export const tooLong = (maxLength: number): XmlError =>
  new XmlError({ reason: "length", detail: `the document has more than ${maxLength} characters` })
