/** Rules about the text of an answer: what its reader noted. */
import type { Note } from "../../tree/Note.ts"
import { parsePlace } from "../../tree/TreePath.ts"
import type { Rule, Severity } from "../Rule.ts"

const noteRule = (
  id: Note["rule"],
  severity: Severity,
  texts: Pick<Rule, "statement" | "meaning" | "advice">
): Rule => ({
  id,
  name: id.replaceAll("-", " "),
  severity,
  scope: "reader",
  breaks: severity === "error" ? "chain" : "nothing",
  ...texts,
  source: "SEMANTICS 9",
  check: () => ({
    listing: ({ notes }) =>
      notes.filter(({ rule }) => rule === id).map(({ message, path }) => ({ place: parsePlace(path), path, message }))
  })
})

/** The notes of the reader as rules. */
export const noteRules: ReadonlyArray<Rule> = [
  noteRule("missing-required", "error", {
    statement: "Every required element is there.",
    meaning: "Part of the description of a backup is lost; the product refuses a stored file like this.",
    advice: "Look at the .metadata of this item on the backup server."
  }),
  noteRule("junk-number", "error", {
    statement: "Every number is a number.",
    meaning: "The value is read as 0, as the product does; sizes, numbers or flags of this item are not to be trusted.",
    advice: "Look at the .metadata of this item on the backup server."
  }),
  noteRule("forbidden-character", "warning", {
    statement: "Texts hold only characters of XML 1.0.",
    meaning: "The backup is fine; other tools lose the whole listing over such a character.",
    advice: "Rename the environment, or change the description, without control characters."
  }),
  noteRule("bad-date", "warning", {
    statement: "Every date is a time of the calendar.",
    meaning: "The age of this backup is unknown, and the product ranks it as the oldest.",
    advice: "Look at the .metadata of this item on the backup server."
  }),
  noteRule("bad-letter", "warning", {
    statement: "A full backup has type f, an incremental i.",
    meaning: "Nothing for a restore: the product goes by the place of the item, not by its letter.",
    advice: "Ask what produced this listing; a current server never writes such a letter."
  }),
  noteRule("duplicate-element", "warning", {
    statement: "No element that stands for one value appears twice.",
    meaning: "The last one counts, as in the product; the others are ignored.",
    advice: "Look at the .metadata of this item on the backup server."
  }),
  noteRule("unknown-element", "info", {
    statement: "Every element is known.",
    meaning: "Nothing for a restore: the element is kept, and its meaning is unknown to this program.",
    advice: "Look for a newer version of this program."
  })
]
