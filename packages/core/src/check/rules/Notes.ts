/** Rules about the text of a response: the notes of its reader. */
import type { Note } from "../../tree/Note.ts"
import { parsePlace } from "../../tree/TreePath.ts"
import type { Rule, Severity } from "../Rule.ts"

const noteRule = <const Id extends Note["rule"]>(
  id: Id,
  severity: Severity,
  texts: Pick<Rule, "name" | "statement" | "meaning" | "advice">
): Rule<Id> => ({
  id,
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

const checkMetadata = "Check the .metadata of this item on the backup server."

/** The notes of the reader as rules. */
export const noteRules = [
  noteRule("missing-required", "error", {
    name: "required elements are present",
    statement: "Every required element is present.",
    meaning: "Part of the metadata of a backup is lost. Virtuozzo rejects a stored file like this.",
    advice: checkMetadata
  }),
  noteRule("junk-number", "error", {
    name: "numbers are valid",
    statement: "Every numeric element contains a number.",
    meaning: "The value is read as 0, as in Virtuozzo. Do not rely on the size, number or flags of this item.",
    advice: checkMetadata
  }),
  noteRule("forbidden-character", "warning", {
    name: "characters are valid",
    statement: "Texts contain only characters that XML 1.0 allows.",
    meaning: "The backup is intact, but tools with a strict XML parser reject the whole listing.",
    advice: "Rename the environment, or change the description, and leave out control characters."
  }),
  noteRule("bad-date", "warning", {
    name: "dates are valid",
    statement: "Every date is a valid calendar date and time.",
    meaning: "The age of this backup is unknown, and Virtuozzo ranks it as the oldest.",
    advice: checkMetadata
  }),
  noteRule("bad-letter", "warning", {
    name: "type letters are valid",
    statement: "A full backup has type f; an incremental has type i.",
    meaning: "No effect on restores: Virtuozzo goes by the position of the element, not by its letter.",
    advice: "Check which program produced this listing: a current server never writes such a letter."
  }),
  noteRule("duplicate-element", "warning", {
    name: "elements are not repeated",
    statement: "No element that has a single value appears twice.",
    meaning: "The last value is used, as in Virtuozzo; the others are ignored.",
    advice: checkMetadata
  }),
  noteRule("unknown-element", "info", {
    name: "elements are known",
    statement: "Every element is known.",
    meaning: "No effect on restores. The element is kept, but this program does not know its meaning.",
    advice: "Check for a newer version of this program."
  })
]
