/** Rules about the answer itself: what its reader noted, and whether it is empty. */
import * as Option from "effect/Option"
import type { BackupListing } from "../../BackupListing.ts"
import type { Note } from "../../BackupTreeXml.ts"
import { type InvariantRule, parsePlace, type Severity } from "../../InvariantRule.ts"

const noteRule = (
  id: Note["rule"],
  severity: Severity,
  texts: Pick<InvariantRule, "statement" | "meaning" | "advice">
): InvariantRule => ({
  id,
  name: id.replaceAll("-", " "),
  severity,
  ...texts,
  source: "SEMANTICS 9",
  check: ({ notes }) =>
    notes.filter(({ rule }) => rule === id).map(({ message, path }) => ({ place: parsePlace(path), path, message }))
})

const noteRules: ReadonlyArray<InvariantRule> = [
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

const asksForOne = (listing: BackupListing): boolean =>
  Option.isSome(listing.request) && listing.request.value.subject._tag !== "Everything"

const emptyAnswer: InvariantRule = {
  id: "empty-answer",
  name: "an answer is not empty",
  statement: "An answer holds at least one environment.",
  severity: "warning",
  meaning: "Nothing can be restored from here. A server whose backup store is not mounted answers just like this.",
  advice: "Check that the backup store is mounted on the server, and that the id or the directory is the right one.",
  source: "SEMANTICS 6",
  check: (listing) =>
    listing.tree.environments.length > 0 ? [] : asksForOne(listing)
      ? [{ place: {}, severity: "error", message: "the server knows no readable backup of what was asked for" }]
      : [{ place: {}, message: "the answer holds no backup at all" }]
}

/** The rules about the answer itself. */
export const answerRules: ReadonlyArray<InvariantRule> = [emptyAnswer, ...noteRules]
