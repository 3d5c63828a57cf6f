/** What a tolerant reader of a tree reports about its text. */

/**
 * Something that a tolerant reading let pass.
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
