/** Sentences on lines of a given width. */

/** Folds a text at spaces into lines of at most `width` characters. A longer word has a line of its own. */
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
