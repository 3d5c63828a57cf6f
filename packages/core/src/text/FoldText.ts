/**
 * Sentences on lines of a given width.
 *
 * @since 0.2.0
 */

/**
 * Folds a text at spaces into lines of at most `width` characters. A longer word has a line of its own.
 *
 * **Example**
 *
 * ```ts
 * FoldText.fold("The chain is missing number 4", 12) // ["The chain is", "missing", "number 4"]
 * ```
 *
 * @category rendering
 * @since 0.2.0
 */
export const fold = (text: string, width: number): ReadonlyArray<string> => {
  const folded: Array<string> = []
  let line = ""
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      folded.push(line)
      line = word
    } else line = line === "" ? word : `${line} ${word}`
  }
  return [...folded, line]
}
