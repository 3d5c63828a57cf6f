/**
 * Findings as lines for people: by environment, each with what it means for a restore and what to do.
 */
import type { Finding } from "@backup-tree/core/check/Finding"
import type { Severity, Subject } from "@backup-tree/core/check/Rule"
import type * as Verdict from "@backup-tree/core/check/Verdict"
import type * as BackupListing from "@backup-tree/core/listing/BackupListing"
import * as CountText from "@backup-tree/core/text/CountText"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import type * as BackupTree from "@backup-tree/core/tree/BackupTree"
import { fold } from "./internal/fold.ts"
import * as Style from "./Style.ts"
import * as TreeText from "./TreeText.ts"

/** How findings are written. */
export interface FindingsTextOptions {
  readonly style?: Style.Style | undefined
  /** Lines are folded at this many characters; 100 unless told. */
  readonly width?: number | undefined
}

/** Writes findings as lines, grouped by environment: those of the listing in its order, then what a server hides. */
export const lines = (
  listing: BackupListing.BackupListing,
  findings: ReadonlyArray<Finding>,
  options: FindingsTextOptions = {}
): ReadonlyArray<string> => {
  const style = options.style ?? Style.plain
  const width = options.width ?? 100
  const listed = Map.groupBy(findings, ({ place }) => place.environment)
  const unlisted = Map.groupBy(listed.get(undefined) ?? [], ({ subject }) => titleOf(subject))
  const groups = [
    { title: "the listing as a whole", found: unlisted.get("") ?? [] },
    ...listing.tree.environments.map(({ name, uuid }, index) => ({
      title: titleOf({ environment: uuid, name }),
      found: listed.get(index) ?? []
    })),
    ...[...unlisted].flatMap(([title, found]) => title === "" ? [] : [{ title, found }])
  ]
  return groups.filter(({ found }) => found.length > 0).flatMap(({ found, title }, position) => [
    ...(position === 0 ? [] : [""]),
    style("title", title),
    ...found.flatMap((finding) => findingLines(finding, style, width))
  ])
}

/** Names an environment by its name and its uuid, as far as they are known; empty for what is about none. */
const titleOf = ({ environment, name }: Pick<Subject, "environment" | "name">): string =>
  [
    ...(name === undefined ? [] : [TreeText.name({ name })]),
    ...(environment === undefined ? [] : [PrintableText.escape(environment)])
  ].join("  ")

const severityText: { readonly [S in Severity]: string } = { error: "ERROR", warning: "WARNING", info: "NOTE" }

const findingLines = (
  { message, path, rule, severity }: Finding,
  style: Style.Style,
  width: number
): ReadonlyArray<string> => {
  const explained = [
    ...fold(`What it means: ${rule.meaning}`, width - 4),
    ...fold(`What to do: ${rule.advice}`, width - 4)
  ]
  return [
    `  ${style(severity, severityText[severity])} ${rule.id}  ${PrintableText.escape(message)}`,
    `    ${style("faint", `at ${path}`)}`,
    ...explained.map((line) => `    ${line}`)
  ]
}

/** Writes how many findings there are of each severity, as one line: `1 error, 2 warnings`, or `no findings`. */
export const summary = (counts: Verdict.Counts): string => {
  const parts = (["error", "warning", "info"] as const).flatMap((severity) =>
    counts[severity] === 0 ? [] : [CountText.count(counts[severity], severity === "info" ? "note" : severity)]
  )
  return parts.length === 0 ? "no findings" : parts.join(", ")
}

/** Writes a verdict as one line: the findings, how many chains are sound, and what is listed and hidden. */
export const verdict = ({ chains, counts }: Verdict.Verdict, tree: BackupTree.BackupTree): string => {
  const { hidden, sound, total } = chains
  const listed = TreeText.summary(tree)
  const what = hidden === 0 ? listed : `listed: ${listed}; hidden: ${CountText.count(hidden, "chain")}`
  return `${summary(counts)}; ${sound} of ${CountText.count(total, "chain")} sound (${what})`
}
