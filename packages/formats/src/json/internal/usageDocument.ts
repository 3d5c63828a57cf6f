/** The space that backups occupy, as a JSON document. */
import type * as Usage from "@backup-tree/core/compare/Usage"
import * as UsageJson from "@backup-tree/core/compare/UsageJson"
import * as JsonHeader from "@backup-tree/core/json/JsonHeader"
import * as Schema from "effect/Schema"

/**
 * Schema of the space that the backups of a listing occupy.
 *
 * @category schemas
 * @since 0.2.0
 */
export const UsageDocument = Schema.Struct({
  schema: JsonHeader.schemaOf("usage"),
  ...UsageJson.UsageJson.fields
})
/**
 * The space that the backups of a listing occupy, as a JSON document.
 *
 * @category models
 * @since 0.2.0
 */
export type UsageDocument = typeof UsageDocument.Type

/**
 * Creates the document of a report on space.
 *
 * @category codecs
 * @since 0.2.0
 */
export const usage = (report: Usage.Report): UsageDocument => ({
  schema: JsonHeader.make("usage"),
  ...UsageJson.encode(report)
})
