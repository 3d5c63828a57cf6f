/** The values of comparisons: dates, ages, sizes and words. */
import * as DateTime from "effect/DateTime"
import * as Result from "effect/Result"
import * as Amount from "../../text/Amount.ts"
import * as PrintableText from "../../text/PrintableText.ts"
import * as SimilarTexts from "../../text/SimilarTexts.ts"
import * as BackupDate from "../../tree/BackupDate.ts"
import * as Glob from "../Glob.ts"
import type { BackupQuery, Comparison } from "./query.ts"

const kinds = ["vm", "ct", "ct-vzfs", "ct-ploop", "ct-vzwin", "unknown"] as const
const types = ["full", "incremental"] as const
const texts = ["name", "host", "creator", "description", "finding"] as const
const parts = ["uuid", "chain", "id"] as const

type Meaning = Result.Result<BackupQuery, string>

const onlyEqual = (field: string, read: (text: string) => Meaning) => (comparison: Comparison, text: string): Meaning =>
  comparison === "=" ? read(text) : Result.fail(`${field} has no order; use = or !=`)

const wordOf = <const A extends string>(words: ReadonlyArray<A>, text: string): Result.Result<A, string> => {
  const word = words.find((one) => one === text)
  return word === undefined
    ? Result.fail(`${PrintableText.quote(text, 40)} is none of ${words.join(", ")}`)
    : Result.succeed(word)
}

const amountOf = (text: string, units: Amount.Units, expected: string): Result.Result<bigint, string> => {
  const amount = Amount.parse(text, units)
  return amount === undefined
    ? Result.fail(`${PrintableText.quote(text, 40)} is not ${expected}`)
    : Result.succeed(amount)
}

/** A date is a whole day in UTC. */
const dateOf = (comparison: Comparison, text: string): Meaning => {
  const isDay = /^\d{4}-\d\d-\d\d$/.test(text)
  const time = BackupDate.parse(isDay ? `${text} 00:00:00` : text)
  if (time === undefined) {
    return Result.fail(
      `${PrintableText.quote(text, 40)} is not a date such as 2024-03-01 or 2024-03-01T02:00:00Z`
    )
  }
  const date = (comparison: Comparison, time: DateTime.Utc): BackupQuery => ({ _tag: "Date", comparison, time })
  if (!isDay) return Result.succeed(date(comparison, time))
  const next = DateTime.add(time, { days: 1 })
  switch (comparison) {
    case "<":
    case ">=":
      return Result.succeed(date(comparison, time))
    case "<=":
      return Result.succeed(date("<", next))
    case ">":
      return Result.succeed(date(">=", next))
    case "=":
      return Result.succeed({ _tag: "And", queries: [date(">=", time), date("<", next)] })
  }
}

const fields: ReadonlyMap<string, (comparison: Comparison, text: string) => Meaning> = new Map([
  ...texts.map((field) =>
    [
      field,
      onlyEqual(field, (text) => Result.succeed({ _tag: "Text", field, pattern: Glob.parse(text) }))
    ] as const
  ),
  ...parts.map((field) =>
    [
      field,
      onlyEqual(field, (part) =>
        /^\{?[0-9a-fA-F-]+\}?(?:\.\d+)?$/.test(part) && (field === "id" || !part.includes("."))
          ? Result.succeed({ _tag: "Part", field, part })
          : Result.fail(
            `${PrintableText.quote(part, 40)} is not a part of a uuid. Use its hex digits and dashes${
              field === "id" ? ", then .N for an incremental" : ""
            }.`
          ))
    ] as const
  ),
  ["kind", onlyEqual("kind", (text) => Result.map(wordOf(kinds, text), (kind) => ({ _tag: "Kind", kind })))],
  ["type", onlyEqual("type", (text) => Result.map(wordOf(types, text), (type) => ({ _tag: "Type", type })))],
  ["date", dateOf],
  [
    "age",
    (comparison, text) =>
      Result.flatMap(
        amountOf(text, Amount.timeUnits, "a whole number with a unit, such as 90m, 26h or 7d"),
        (milliseconds) =>
          milliseconds > BigInt(Number.MAX_SAFE_INTEGER)
            ? Result.fail(`${PrintableText.quote(text, 40)} is too long`)
            : Result.succeed({ _tag: "Age", comparison, milliseconds: Number(milliseconds) })
      )
  ],
  ["size", (comparison, text) =>
    Result.map(
      amountOf(
        /^\d+$/.test(text) ? `${text}B` : text,
        Amount.sizeUnits,
        "a whole number of bytes, or one with a binary unit, such as 100MiB or 10GiB"
      ),
      (bytes) => ({ _tag: "Size", comparison, bytes })
    )],
  [
    "latest",
    onlyEqual("latest", (text) =>
      /^[1-9]\d{0,8}$/.test(text)
        ? Result.succeed({ _tag: "Latest", count: Number(text) })
        : Result.fail(`${PrintableText.quote(text, 40)} is not a number of backups, such as 3`))
  ]
])

/** Returns the predicate of a comparison, or why there is none. */
export const predicate = (field: string, comparison: Comparison, text: string): Meaning =>
  fields.get(field)?.(comparison, text) ?? Result.fail(unknownField(field))

/** Returns whether a word is a field. */
export const isField = (word: string): boolean => fields.has(word)

/** Explains that a word is no field. */
export const unknownField = (word: string): string => {
  const [meant] = SimilarTexts.find(word, fields.keys())
  return `unknown field ${PrintableText.quote(word, 40)}. ${
    meant === undefined ? `Use one of ${[...fields.keys()].join(", ")}.` : `Did you mean ${meant}?`
  }`
}
