/**
 * Two readers of the Prometheus text format that share nothing with the writer: a parser of other people, which follows
 * the format's reference implementation and lets much pass, and a grammar that lets nothing pass.
 */
import { assert } from "@effect/vitest"
// @ts-expect-error the package has no types
import parse from "parse-prometheus-text-format"

export interface ReadFamily {
  readonly name: string
  readonly help: string
  readonly type: string
  readonly metrics: ReadonlyArray<{
    readonly value: string
    readonly labels: { readonly [name: string]: string }
  }>
}

const parser: (text: string) => ReadonlyArray<ReadFamily> = parse

const name = "[a-zA-Z_:][a-zA-Z0-9_:]*"
const labelPair = "[a-zA-Z_][a-zA-Z0-9_]*=\"(?:[^\"\\\\\\n]|\\\\[\\\\\"n])*\""
const helpLine = new RegExp(`^# HELP (${name}) (?:[^\\\\]|\\\\[\\\\n])+$`, "u")
const typeLine = new RegExp(`^# TYPE (${name}) (counter|gauge|histogram|summary|untyped)$`, "u")
const sampleLine = new RegExp(
  `^(${name})(\\{${labelPair}(?:,${labelPair})*\\}) (?:-?[0-9]+(?:\\.[0-9]+)?(?:e[+-]?[0-9]+)?|\\+Inf|-Inf|NaN)$`,
  "u"
)

/** Holds a text against the format: each family together, HELP and TYPE once and first, no series twice. */
export const assertWellFormed = (text: string): void => {
  assert.isTrue(text.isWellFormed())
  assert.strictEqual(text.at(-1), "\n")
  const seen = new Set<string>()
  const series = new Set<string>()
  let family: string | undefined
  let helped: string | undefined
  for (const line of text.slice(0, -1).split("\n")) {
    const help = helpLine.exec(line)?.[1]
    const type = typeLine.exec(line)?.[1]
    const [, of, labels] = sampleLine.exec(line) ?? []
    if (help !== undefined) helped = help
    else if (type !== undefined) {
      assert.strictEqual(type, helped, line)
      assert.isFalse(seen.has(type), line)
      seen.add(type)
      family = type
    } else {
      assert.isDefined(labels, line)
      assert.strictEqual(of, family, line)
      assert.isFalse(series.has(`${of}${labels}`), line)
      series.add(`${of}${labels}`)
    }
  }
}

/** Reads metrics by the other parser. */
export const readMetrics = (text: string): ReadonlyMap<string, ReadFamily> =>
  new Map(parser(text).map((family) => [family.name, family]))
