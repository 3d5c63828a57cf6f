/**
 * Texts of servers and files, made safe to show: names and descriptions may hold anything.
 */

// Control characters, halves of surrogate pairs, line and paragraph separators, the marks that change the direction of
// what follows, and the byte order mark: what can move a cursor, start a sequence, hide or reorder text.
const unprintable = /[\p{Cc}\p{Cs}\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF\uFFFE\uFFFF]/gu

const named: { readonly [character: string]: string } = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\u001B": "\\e" }

/**
 * Writes what a terminal, a log or a report must not interpret as a visible escape, such as `\n`, `\e` or `\u{202e}`.
 *
 * **Example**
 *
 * ```ts
 * PrintableText.escape("web\u001b[31m01") // "web\\e[31m01"
 * ```
 */
export const escape = (text: string): string =>
  text.replace(unprintable, (character) => named[character] ?? `\\u{${character.charCodeAt(0).toString(16)}}`)

/** Writes a text as {@link escape} does, at most `limit` characters of it, an ellipsis where it was longer. */
export const excerpt = (text: string, limit = 80): string =>
  text.length <= limit ? escape(text) : `${escape(text.slice(0, limit))}…`

/** Writes a text in quotes, safe to show, at most `limit` characters of it. */
export const quote = (text: string, limit = 80): string => `"${excerpt(text, limit)}"`
