/**
 * Notes: what a tolerant reading of a tree reports about its text.
 *
 * @since 0.2.0
 */
import * as Schema from "effect/Schema"
import type { BackupTree } from "./BackupTree.ts"

/**
 * Schema of a {@link Note}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const Note = Schema.Struct({
  rule: Schema.Literals([
    "forbidden-character",
    "missing-required",
    "junk-number",
    "bad-date",
    "bad-letter",
    "unknown-element",
    "duplicate-element"
  ]),
  path: Schema.String,
  message: Schema.String,
  text: Schema.optional(Schema.String),
  environment: Schema.optional(Schema.String),
  backup: Schema.optional(Schema.String)
})
/**
 * A deviation that tolerant mode accepts and strict mode refuses or ignores.
 *
 * `path` leads from the root element, which it leaves out, to the element: `VmItem[3]/BackupItem[1]/Size`. `text` is
 * the value in the document; it may contain any character. `environment` and `backup` are the uuid and the id that the
 * element belongs to, as written.
 *
 * @see [Semantics 9](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s9)
 * @category models
 * @since 0.2.0
 */
export type Note = typeof Note.Type

/**
 * A tree and the notes of its reading. The paths of the notes lead into the tree; strict mode has no notes.
 *
 * @category models
 * @since 0.2.0
 */
export interface NotedTree {
  readonly tree: BackupTree
  readonly notes: ReadonlyArray<Note>
}
