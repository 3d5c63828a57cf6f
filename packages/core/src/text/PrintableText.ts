/**
 * Makes the texts of servers and files safe to show. Names and descriptions can hold any character.
 *
 * @since 0.2.0
 */

/**
 * Describes the characters that can move a cursor, start a sequence, hide text or change its order.
 *
 * These are control characters, halves of surrogate pairs, line and paragraph separators, and every invisible character
 * of Unicode: marks of direction, joiners, blanks of zero width, fillers, tags and the byte order mark. Variation
 * selectors are not among them. The text is a class of a regular expression with the flag `v`, and can be nested in
 * another class.
 *
 * @category constructors
 * @since 0.2.0
 */
export const unprintable =
  "[[\\p{Cc}\\p{Cs}\\u2028\\u2029\\uFFF9-\\uFFFB\\uFFFE\\uFFFF\\p{Default_Ignorable_Code_Point}]--\\p{Variation_Selector}]"

const allUnprintable = new RegExp(unprintable, "gv")

const named: { readonly [character: string]: string } = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\u001B": "\\e" }

/**
 * Replaces every character that a terminal or a log could interpret, and every invisible one, with a visible escape,
 * such as `\n`, `\e` or `\u{202e}`.
 *
 * Joiners are escaped everywhere, so an emoji of several parts is shown as its parts with `\u{200d}` between them.
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
  text.replace(allUnprintable, (character) => named[character] ?? `\\u{${character.codePointAt(0)!.toString(16)}}`)

/**
 * Escapes a text as {@link escape} does and cuts it after `limit` UTF-16 code units, or one less within a surrogate
 * pair. An ellipsis marks the cut.
 *
 * @category rendering
 * @since 0.2.0
 */
export const excerpt = (text: string, limit = 80): string =>
  text.length <= limit ? escape(text) : `${escape(text.slice(0, cutAt(text, limit)))}…`

const cutAt = (text: string, limit: number): number => text.codePointAt(limit - 1)! > 0xffff ? limit - 1 : limit

/**
 * Formats a text in double quotes, escaped and cut after `limit` characters.
 *
 * @category rendering
 * @since 0.2.0
 */
export const quote = (text: string, limit = 80): string => `"${excerpt(text, limit)}"`
