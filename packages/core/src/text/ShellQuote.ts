/**
 * Words for a POSIX shell: what a person copies from a plan into a terminal.
 */

// effect/process/CommandLine quotes too, but it is unstable, and core uses stable modules alone. Unlike it, this module
// is total: a NUL is left out, and no word is refused.

const plainWord = /^[A-Za-z0-9_./-]+$/

/**
 * Writes a text as one word in single quotes, which a POSIX shell reads back unchanged.
 *
 * A NUL cannot be in a word of a command, and is left out. A line feed or a control character stays as it is inside the
 * quotes: safe for the shell, not for the terminal that shows it.
 */
export const quote = (text: string): string => `'${text.replaceAll("\0", "").replaceAll("'", "'\\''")}'`

/**
 * Writes a command line: words of letters, digits and `_./-` as they are, all others quoted.
 *
 * **Example**
 *
 * ```ts
 * ShellQuote.command(["prlctl", "restore", "-n", "Bob's VM"]) // prlctl restore -n 'Bob'\''s VM'
 * ```
 */
export const command = (words: ReadonlyArray<string>): string =>
  words.map((word) => plainWord.test(word) ? word : quote(word)).join(" ")
