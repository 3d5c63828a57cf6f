/** The page about all rules: `docs/rules.md`, which `npm run rules` writes. */
import { type RuleText, Severity } from "@backup-tree/core/check/Rule"
import * as RuleExample from "@backup-tree/core/check/RuleExample"
import * as RuleTable from "@backup-tree/core/check/RuleTable"

const needs: { readonly [need: string]: string } = {
  baseline: "the state of earlier checks (`--state`)",
  cadence: "`--cadence`",
  directory: "a backup directory (`--directory`)",
  inventory: "an inventory (`--inventory`)",
  maxAge: "a limit (`--max-age`)",
  maxChainLength: "a limit (`--max-chain`)"
}

const needsOf = ({ needs: own = [] }: RuleText): string => {
  const shown = own.flatMap((need) => needs[need] ?? [])
  return shown.length === 0 ? "" : `\n\nNeeds ${shown.join(" and ")}.`
}

const entry = (rule: RuleText): string =>
  `### ${rule.id}: ${rule.name}

${rule.statement}${needsOf(rule)}

- Severity: ${rule.severity}
- Meaning: ${rule.meaning}
- Fix: ${rule.advice}
- Example: \`${RuleExample.of(rule) ?? ""}\`
`

/** The text of the page. */
export const rulesPage = (): string => {
  const sections = Severity.literals.map((severity) =>
    [
      `## ${severity === "info" ? "Info" : `${severity[0]!.toUpperCase()}${severity.slice(1)}s`}`,
      ...RuleTable.all.filter((rule) => rule.severity === severity).map(entry)
    ].join("\n\n")
  )
  return `# Rules

\`backup-tree check\` judges a listing by these rules. A rule is skipped if something that it needs is missing. The
severity of a finding can differ from that of its rule, where its message says why.

\`check --explain RULE\` prints the same on the command line. \`check --ignore RULE\` counts the findings of a rule apart
([configuration](configuration.md)).

${sections.join("\n\n")}`.replaceAll(/\n{3,}/g, "\n\n").trimEnd() + "\n"
}
