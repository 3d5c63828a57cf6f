/** A source that reads a file with the XML of a tree, or with a listing as JSON. */
import type * as BackupListing from "@backup-tree/core/listing/BackupListing"
import * as BackupTreeXml from "@backup-tree/core/tree/BackupTreeXml"
import * as Effect from "effect/Effect"
import * as TextFile from "../directory/TextFile.ts"
import * as JsonFile from "./jsonFile.ts"
import { makeTextSource } from "./localSource.ts"
import { decodeDocument, failing } from "./replyListing.ts"
import type { SourceImplementation, TextOptions } from "./sourceService.ts"

/** The default maximum file length. A tree takes many times the memory of its text. */
// The longest reply of a server: the file takes what `list --output xml` writes.
const defaultMaxBytes = 256 * 2 ** 20

/**
 * Options for a source that reads a file.
 *
 * @category models
 * @since 0.2.0
 */
export interface Options extends TextOptions {
  /** The path of the file, or `-` for standard input. */
  readonly path: string
  /**
   * Whether the file is a full listing (default: false, which leaves the completeness of its listings unknown). A JSON
   * listing states its own completeness.
   */
  readonly isComplete?: boolean | undefined
  /**
   * Whether a JSON listing is returned as it was stored, whatever is requested: with its own source, request and
   * completeness (default: false). Use it to compare listings.
   */
  readonly asStored?: boolean | undefined
  /** The maximum file length in bytes (default: 256 MiB, like a reply). */
  readonly maxBytes?: number | undefined
}

/** Makes a source of a file. Each request reads it again. */
export const make = (options: Options): SourceImplementation => {
  const source: BackupListing.Source = { _tag: "File", path: options.path === "-" ? "standard input" : options.path }
  const text = Effect.mapError(TextFile.read(options.path, options.maxBytes ?? defaultMaxBytes), failing(source))
  const decodeXml = decodeDocument(source, options)
  const decodeJson = (text: string) => JsonFile.decode(text, options, source)
  return {
    ...makeTextSource(source, () => text, (text, request) =>
      JsonFile.isJson(text)
        ? Effect.flatMap(decodeJson(text), (listing) =>
          options.asStored === true ? Effect.succeed(listing) : JsonFile.select(listing, request, source))
        : decodeXml(text, request)),
    getBackupTreeXml: () =>
      Effect.flatMap(text, (text) =>
        JsonFile.isJson(text)
          ? Effect.map(decodeJson(text), ({ tree }) => BackupTreeXml.encode(tree))
          : Effect.succeed(text))
  }
}
