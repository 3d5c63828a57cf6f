/**
 * Quotes words for a POSIX shell, so that the commands of a plan can be pasted.
 *
 * @since 0.2.0
 */

// effect/process/CommandLine quotes too, but it is unstable, and core uses stable modules alone. Unlike it, this module
// is total: a NUL is left out, and no word is refused.

const plainWord = /^[A-Za-z0-9_./-]+$/

/**
 * Formats a text as one word in single quotes, which a POSIX shell reads back unchanged.
 *
 * A command cannot carry a NUL, so it is left out. Line feeds and control characters stay as they are inside the
 * quotes: they are safe for the shell, but not for a terminal.
 *
 * @category rendering
 * @since 0.2.0
 */
export const quote = (text: string): string => `'${text.replaceAll("\0", "").replaceAll("'", "'\\''")}'`

/**
 * Formats a command line. Words of letters, digits and `_./-` stay as they are; all others are quoted.
 *
 * **Example**
 *
 * ```ts
 * ShellQuote.command(["prlctl", "restore", "-n", "Bob's VM"]) // prlctl restore -n 'Bob'\''s VM'
 * ```
 *
 * @category rendering
 * @since 0.2.0
 */
export const command = (words: ReadonlyArray<string>): string =>
  words.map((word) => plainWord.test(word) ? word : quote(word)).join(" ")
