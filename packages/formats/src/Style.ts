/**
 * The mark-up of text: terminal colours, or none.
 *
 * @since 0.2.0
 */

/**
 * The role of a piece of text.
 *
 * @category models
 * @since 0.2.0
 */
export type Role = "title" | "error" | "warning" | "info" | "good" | "faint"

/**
 * Marks up a text by its role.
 *
 * @category models
 * @since 0.2.0
 */
export type Style = (role: Role, text: string) => string

/**
 * Adds no mark-up. Use it for files, pipes and terminals without colours.
 *
 * @category rendering
 * @since 0.2.0
 */
export const plain: Style = (_role, text) => text

const sequences: { readonly [R in Role]: string } = {
  title: "1",
  error: "1;31",
  warning: "33",
  info: "36",
  good: "32",
  faint: "2"
}

/**
 * Adds terminal colours (ANSI escape sequences).
 *
 * @category rendering
 * @since 0.2.0
 */
export const ansi: Style = (role, text) => text === "" ? "" : `\u001B[${sequences[role]}m${text}\u001B[0m`
