/**
 * JSON Schemas (draft 2020-12) of the documents in `JsonDocument`, for programs in other languages.
 *
 * The package has them as files: `@backup-tree/formats/schema/listing.json`.
 *
 * @since 0.2.0
 */
import * as JsonHeader from "@backup-tree/core/json/JsonHeader"
import * as Schema from "effect/Schema"
import * as JsonDocument from "./JsonDocument.ts"

/**
 * Returns the JSON Schema of a kind of document.
 *
 * It allows fields that it does not name, because a newer minor version may add some.
 *
 * **Example**
 *
 * ```ts
 * JsonSchema.of("listing")["$schema"] // "https://json-schema.org/draft/2020-12/schema"
 * ```
 *
 * @category rendering
 * @since 0.2.0
 */
export const of = (kind: JsonDocument.Kind): { readonly [keyword: string]: unknown } => {
  const { definitions, schema } = Schema.toJsonSchemaDocument(JsonDocument.schemas[kind])
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: `https://backup-tree.github.io/schema/${JsonHeader.version}/${kind}.json`,
    title: titles[kind],
    ...schema,
    ...(Object.keys(definitions).length === 0 ? {} : { $defs: definitions })
  }
}

const titles: { readonly [K in JsonDocument.Kind]: string } = {
  listing: "A listing of backups",
  check: "A check of backups, with its listing",
  forensic: "The whole content of a backup directory",
  "restore-plan": "A plan to restore a backup",
  "removal-plan": "A plan to remove backups",
  "environment-removal-plan": "A plan to remove all backups of a VM or container",
  "retention-plan": "A plan of what a retention policy keeps and removes",
  "retention-plans": "The retention plans of several servers",
  "retention-simulation": "A simulation of what a retention policy holds over time",
  usage: "The space that backups occupy",
  diff: "The differences between two listings",
  error: "The failure of a command"
}
