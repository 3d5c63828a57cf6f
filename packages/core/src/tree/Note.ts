/** What a tolerant reader of a tree reports about its text. */
import type { BackupTree } from "./BackupTree.ts"

/**
 * Something that a tolerant reading tolerated.
 *
 * `path` leads from the root element, which it leaves out, to the element: `VmItem[3]/BackupItem[1]/Size`. `text` is
 * the value as it stood there, which may hold anything; `environment` and `backup` are the uuid and the id of what it
 * belongs to, as written. Source: SEMANTICS 9.
 */
export interface Note {
  readonly rule:
    | "forbidden-character"
    | "missing-required"
    | "junk-number"
    | "bad-date"
    | "bad-letter"
    | "unknown-element"
    | "duplicate-element"
  readonly path: string
  readonly message: string
  readonly text?: string | undefined
  readonly environment?: string | undefined
  readonly backup?: string | undefined
}

/** A tree, and the notes of its reader: none in strict mode. The paths of the notes lead into the tree. */
export interface NotedTree {
  readonly tree: BackupTree
  readonly notes: ReadonlyArray<Note>
}
