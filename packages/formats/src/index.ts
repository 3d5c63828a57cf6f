/**
 * Pure renderings of backup trees, findings and plans as text and JSON.
 *
 * @since 0.2.0
 */
export * as BackupRows from "./BackupRows.ts"
export * as ByteCount from "./ByteCount.ts"
export * as DiffText from "./DiffText.ts"
export * as FindingsText from "./FindingsText.ts"
export * as ForensicText from "./ForensicText.ts"
export * as JsonDocument from "./json/JsonDocument.ts"
export * as JsonSchema from "./json/JsonSchema.ts"
export * as JsonText from "./json/JsonText.ts"
export * as Nagios from "./Nagios.ts"
export * as OverviewText from "./OverviewText.ts"
export * as PlanText from "./PlanText.ts"
export * as PrlctlText from "./PrlctlText.ts"
export * as PrometheusText from "./PrometheusText.ts"
export * as RetentionText from "./RetentionText.ts"
export * as SalvageText from "./SalvageText.ts"
export * as Style from "./Style.ts"
export * as TreeText from "./TreeText.ts"
export * as UsageText from "./UsageText.ts"
