/**
 * Makes the texts of servers and files safe to show. Names and descriptions can hold any character.
 *
 * @since 0.2.0
 */

// Control characters, halves of surrogate pairs, line and paragraph separators, the marks that change the direction of
// what follows, and the byte order mark: what can move a cursor, start a sequence, hide or reorder text.
const unprintable = /[\p{Cc}\p{Cs}\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF\uFFFE\uFFFF]/gu

const named: { readonly [character: string]: string } = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\u001B": "\\e" }

/**
 * Replaces every character that a terminal or a log could interpret with a visible escape, such as `\n`, `\e` or
 * `\u{202e}`.
 *
 * **Example**
 *
 * ```ts
 * PrintableText.escape("web\u001b[31m01") // "web\\e[31m01"
 * ```
 *
 * @category rendering
 * @since 0.2.0
 */
export const escape = (text: string): string =>
  text.replace(unprintable, (character) => named[character] ?? `\\u{${character.charCodeAt(0).toString(16)}}`)

/**
 * Escapes a text as {@link escape} does and cuts it after `limit` characters. An ellipsis marks the cut.
 *
 * @category rendering
 * @since 0.2.0
 */
export const excerpt = (text: string, limit = 80): string =>
  text.length <= limit ? escape(text) : `${escape(text.slice(0, limit))}…`

/**
 * Formats a text in double quotes, escaped and cut after `limit` characters.
 *
 * @category rendering
 * @since 0.2.0
 */
export const quote = (text: string, limit = 80): string => `"${excerpt(text, limit)}"`
