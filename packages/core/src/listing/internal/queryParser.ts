/**
 * Parses queries by recursive descent. Effect has no parser for texts, and a grammar of six rules does not earn a
 * dependency.
 *
 * ```
 * query      = all { "or" all }
 * all        = one { "and" one }
 * one        = "not" one | "(" query ")" | "everything" | "nothing" | field operator value
 * ```
 */
import * as Result from "effect/Result"
import * as PrintableText from "../../text/PrintableText.ts"
import { and, type BackupQuery, type Comparison, everything, not, nothing, or } from "./query.ts"
import * as Values from "./queryValues.ts"

/** Why a text is not a query, and the index of the character. */
interface Fault {
  readonly offset: number
  readonly why: string
}

type Parsed = Result.Result<BackupQuery, Fault>

const maxLength = 4000
const maxDepth = 50

const token = /\s*(?:([()])|(!=|[<>]=?|=)|"((?:[^"]|"")*)"|([^\s()"=<>!]+))/uy

/** A token. `start` is its index. */
interface Token {
  readonly kind: "parenthesis" | "operator" | "quoted" | "word" | "end"
  readonly text: string
  readonly start: number
}

/** Returns whether a value needs no quotes. */
export const isBare = (text: string): boolean => /^[^\s()"=<>!]+$/u.test(text)

/** Parses a text. */
export const parse = (text: string): Parsed => {
  if (text.length > maxLength) return fail(maxLength, `a query has at most ${maxLength} characters`)
  const tokens = tokensOf(text)
  if (Result.isFailure(tokens)) return Result.fail(tokens.failure)
  const cursor: Cursor = { tokens: tokens.success, index: 0 }
  const query = parseAny(cursor, 0)
  if (Result.isFailure(query)) return query
  const rest = peek(cursor)
  return rest.kind === "end"
    ? query
    : fail(rest.start, `expected "and", "or" or the end, found ${shown(rest)}`)
}

const fail = (offset: number, why: string): Result.Result<never, Fault> => Result.fail({ offset, why })

const tokensOf = (text: string): Result.Result<ReadonlyArray<Token>, Fault> => {
  const tokens: Array<Token> = []
  const end = text.trimEnd().length
  token.lastIndex = 0
  for (let position = 0; position < end; position = token.lastIndex) {
    token.lastIndex = position
    const match = token.exec(text)
    if (match === null) {
      const start = position + text.slice(position).search(/\S/u)
      return fail(
        start,
        text[start] === "\"" ? "the quote does not end" : "expected an operator: =, !=, <, <=, > or >="
      )
    }
    const [whole, parenthesis, operator, quoted, word] = match
    const start = position + whole.length - whole.trimStart().length
    if (quoted !== undefined) tokens.push({ kind: "quoted", text: quoted.replaceAll("\"\"", "\""), start })
    else if (parenthesis !== undefined) tokens.push({ kind: "parenthesis", text: parenthesis, start })
    else if (operator !== undefined) tokens.push({ kind: "operator", text: operator, start })
    else tokens.push({ kind: "word", text: word!, start })
  }
  tokens.push({ kind: "end", text: "", start: end })
  return Result.succeed(tokens)
}

interface Cursor {
  readonly tokens: ReadonlyArray<Token>
  index: number
}

const peek = ({ index, tokens }: Cursor): Token => tokens[Math.min(index, tokens.length - 1)]!

const next = (cursor: Cursor): Token => {
  const one = peek(cursor)
  cursor.index += 1
  return one
}

/** Takes the next token if it is this word or parenthesis. */
const skip = (cursor: Cursor, kind: Token["kind"], text: string): boolean => {
  const one = peek(cursor)
  if (one.kind !== kind || one.text !== text) return false
  cursor.index += 1
  return true
}

const shown = ({ kind, text }: Token): string => kind === "end" ? "the end" : PrintableText.quote(text, 40)

const parseAny = (cursor: Cursor, depth: number): Parsed => parseList(cursor, depth, "or", parseAll)

const parseAll = (cursor: Cursor, depth: number): Parsed => parseList(cursor, depth, "and", parseOne)

const parseList = (
  cursor: Cursor,
  depth: number,
  word: "and" | "or",
  parse: (cursor: Cursor, depth: number) => Parsed
): Parsed => {
  const queries: Array<BackupQuery> = []
  do {
    const one = parse(cursor, depth)
    if (Result.isFailure(one)) return one
    queries.push(one.success)
  } while (skip(cursor, "word", word))
  return Result.succeed(word === "and" ? and(...queries) : or(...queries))
}

const parseOne = (cursor: Cursor, depth: number): Parsed => {
  const first = peek(cursor)
  if (depth > maxDepth) return fail(first.start, `a query has at most ${maxDepth} levels`)
  if (skip(cursor, "word", "not")) return Result.map(parseOne(cursor, depth + 1), not)
  if (skip(cursor, "word", "everything")) return Result.succeed(everything)
  if (skip(cursor, "word", "nothing")) return Result.succeed(nothing)
  if (skip(cursor, "parenthesis", "(")) {
    const query = parseAny(cursor, depth + 1)
    if (Result.isFailure(query) || skip(cursor, "parenthesis", ")")) return query
    const rest = peek(cursor)
    return fail(rest.start, `expected ")", found ${shown(rest)}`)
  }
  return parseComparison(cursor)
}

const parseComparison = (cursor: Cursor): Parsed => {
  const field = next(cursor)
  if (field.kind !== "word") {
    return fail(field.start, `expected a comparison such as name=web*, found ${shown(field)}`)
  }
  if (!Values.isField(field.text)) {
    const isValue = peek(cursor).kind !== "operator"
    return fail(
      field.start,
      isValue ? `expected a comparison such as name=web*, found ${shown(field)}` : Values.unknownField(field.text)
    )
  }
  const operator = next(cursor)
  if (operator.kind !== "operator") {
    return fail(operator.start, `expected an operator after ${field.text}: =, !=, <, <=, > or >=`)
  }
  const value = next(cursor)
  if (value.kind !== "word" && value.kind !== "quoted") {
    return fail(value.start, `expected a value, found ${shown(value)}. Quote values with blanks or one of ()"=<>!`)
  }
  const isNegated = operator.text === "!="
  // The other operators are comparisons.
  const comparison = isNegated ? "=" : operator.text as Comparison
  const query = Result.mapError(
    Values.predicate(field.text, comparison, value.text),
    (why): Fault => ({ offset: why.includes("has no order") ? operator.start : value.start, why })
  )
  return isNegated ? Result.map(query, not) : query
}
