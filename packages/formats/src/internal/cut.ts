import stringWidth from "string-width"

/** Cuts a text to a width, with the marks of its last character. An ellipsis marks the cut. */
export const cut = (text: string, width: number): string => {
  if (text.length <= width / 2 || stringWidth(text) <= width) return text
  let shown = ""
  let used = 1
  for (const character of text) {
    used += stringWidth(character)
    if (used > width) break
    shown += character
  }
  return `${shown}…`
}
