/**
 * How text is marked up: with the colours of a terminal, or not at all.
 */

/** What a piece of text is, for a reader. */
export type Role = "title" | "error" | "warning" | "info" | "good" | "faint"

/** Marks a text as having a role. */
export type Style = (role: Role, text: string) => string

/** No marks: for files, pipes, and terminals without colours. */
export const plain: Style = (_role, text) => text

const sequences: { readonly [R in Role]: string } = {
  title: "1",
  error: "1;31",
  warning: "33",
  info: "36",
  good: "32",
  faint: "2"
}

/** The colours of a terminal (ANSI). */
export const ansi: Style = (role, text) => text === "" ? "" : `\u001B[${sequences[role]}m${text}\u001B[0m`
