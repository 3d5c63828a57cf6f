/**
 * Positions and element paths in a document, for messages.
 *
 * @since 0.2.0
 */
import * as PrintableText from "../text/PrintableText.ts"

/** The longest part of an element name that a path shows. */
const maxNameLength = 80

/**
 * Formats one step of an element path. Omit the ordinal for an element that occurs only once.
 *
 * @category rendering
 * @since 0.2.0
 */
export const step = (name: string, ordinal?: number): string =>
  ordinal === undefined ? PrintableText.excerpt(name, maxNameLength) : `${step(name)}[${ordinal}]`

/**
 * The position of a character. Line and column count from 1.
 *
 * @category models
 * @since 0.2.0
 */
export interface Position {
  readonly line: number
  readonly column: number
}

const indexOrNever = (text: string, mark: string, from: number): number => {
  const index = text.indexOf(mark, from)
  return index === -1 ? Infinity : index
}

/**
 * Returns line and column of an index, counted from the position at which the text starts.
 *
 * @category accessors
 * @since 0.2.0
 */
export const positionOf = (text: string, index: number, start: Position): Position => {
  let line = start.line
  let from = 0
  if (!text.includes("\r")) {
    // The common case. It must be fast, because a large document has very many lines.
    for (let next; (next = text.indexOf("\n", from)) !== -1 && next < index; from = next + 1) line++
    return { line, column: index - from + (line === start.line ? start.column : 1) }
  }
  let feed = indexOrNever(text, "\n", 0)
  let back = indexOrNever(text, "\r", 0)
  while (true) {
    // CR LF is one line break.
    const next = feed < back ? feed + 1 : feed === back + 1 ? back + 2 : back + 1
    if (next > index) break
    line++
    from = next
    if (feed < next) feed = indexOrNever(text, "\n", next)
    if (back < next) back = indexOrNever(text, "\r", next)
  }
  return { line, column: index - from + (line === start.line ? start.column : 1) }
}

const endOfTag = (text: string, from: number): number => {
  for (let at = from; at < text.length; at++) {
    const character = text[at]
    if (character === ">") return at
    if (character === "\"" || character === "'") {
      at = text.indexOf(character, at + 1)
      if (at === -1) break
    }
  }
  return text.length
}

const after = (text: string, mark: string, from: number): number => {
  const at = text.indexOf(mark, from)
  return at === -1 ? text.length : at + mark.length
}

/**
 * Returns the path of the element that is open at an index, each step with its ordinal, or `undefined` at the root.
 *
 * The text before the index must be well-formed. It is called once, after a document has been refused, so that the
 * scanner need not count siblings.
 *
 * @category accessors
 * @since 0.2.0
 */
export const pathAt = (text: string, index: number): string | undefined => {
  const steps: Array<string> = []
  const counts: Array<Map<string, number>> = []
  let at = text.indexOf("<")
  while (at !== -1 && at < index) {
    if (text.startsWith("<!--", at)) at = after(text, "-->", at + 4)
    else if (text.startsWith("<![CDATA[", at)) at = after(text, "]]>", at + 9)
    else if (text.startsWith("<?", at)) at = after(text, "?>", at + 2)
    else if (text.startsWith("</", at)) {
      at = after(text, ">", at)
      if (at > index || text[at - 1] !== ">") break
      steps.pop()
    } else {
      const end = endOfTag(text, at)
      const name = /^[^\s/>]*/.exec(text.slice(at + 1, Math.min(end, at + 1 + 4 * maxNameLength)))![0]
      const siblings = counts[steps.length] ??= new Map()
      const ordinal = (siblings.get(name) ?? 0) + 1
      siblings.set(name, ordinal)
      if (end >= index || text[end - 1] !== "/") {
        steps.push(step(name, ordinal))
        counts[steps.length] = new Map()
      }
      if (end >= index) break
      at = end
    }
    at = text.indexOf("<", at)
  }
  return steps.length < 2 ? undefined : steps.slice(1).join("/")
}
