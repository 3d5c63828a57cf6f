/**
 * Findings as lines for people: by environment, each with what it means for a restore and what to do.
 */
import type * as BackupListing from "@backup-tree/core/BackupListing"
import * as CoverageFindings from "@backup-tree/core/CoverageFindings"
import type { Severity } from "@backup-tree/core/InvariantRule"
import * as Invariants from "@backup-tree/core/Invariants"
import * as MissingBackups from "@backup-tree/core/MissingBackups"
import * as PrintableText from "@backup-tree/core/PrintableText"
import { fold } from "./internal/fold.ts"
import * as Style from "./Style.ts"
import * as TreeText from "./TreeText.ts"

/** How findings are written. */
export interface FindingsTextOptions {
  readonly style?: Style.Style | undefined
  /** Lines are folded at this many characters; 100 unless told. */
  readonly width?: number | undefined
}

/** Writes findings as lines, grouped by environment in the order of the listing. */
export const lines = (
  listing: BackupListing.BackupListing,
  findings: ReadonlyArray<Invariants.Finding>,
  options: FindingsTextOptions = {}
): ReadonlyArray<string> => {
  const style = options.style ?? Style.plain
  const width = options.width ?? 100
  const groups = Map.groupBy(findings, ({ place }) => place.environment ?? -1)
  return [...groups.keys()].toSorted((a, b) => a - b).flatMap((index, position) => {
    const environment = listing.tree.environments[index]
    const title = environment === undefined
      ? "the listing as a whole"
      : `${TreeText.name(environment)}  ${PrintableText.escape(environment.uuid)}`
    return [
      ...(position === 0 ? [] : [""]),
      style("title", title),
      ...groups.get(index)!.flatMap((finding) => findingLines(finding, style, width))
    ]
  })
}

const severityText: { readonly [S in Severity]: string } = { error: "ERROR", warning: "WARNING", info: "NOTE" }

const findingLines = (finding: Invariants.Finding, style: Style.Style, width: number): ReadonlyArray<string> => {
  const rule = Invariants.rule(finding.rule) ?? CoverageFindings.rule(finding.rule) ?? MissingBackups.rule(finding.rule)
  const explained = rule === undefined ? [] : [
    ...fold(`What it means: ${rule.meaning}`, width - 4),
    ...fold(`What to do: ${rule.advice}`, width - 4)
  ]
  return [
    `  ${style(finding.severity, severityText[finding.severity])} ${finding.rule}  ${
      PrintableText.escape(finding.message)
    }`,
    `    ${style("faint", `at ${finding.path}`)}`,
    ...explained.map((line) => `    ${line}`)
  ]
}

/** Counts findings by severity, as one line: `1 error, 2 warnings`, or `no findings`. */
export const summary = (findings: ReadonlyArray<Invariants.Finding>): string => {
  const parts = (["error", "warning", "info"] as const).flatMap((severity) => {
    const number = findings.filter((finding) => finding.severity === severity).length
    return number === 0 ? [] : [TreeText.count(number, severity === "info" ? "note" : severity)]
  })
  return parts.length === 0 ? "no findings" : parts.join(", ")
}
