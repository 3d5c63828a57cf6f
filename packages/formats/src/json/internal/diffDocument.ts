/** The JSON document of a diff. */
import type { TreeDiff } from "@backup-tree/core/compare/TreeDiff"
import * as TreeDiffJson from "@backup-tree/core/compare/TreeDiffJson"
import * as JsonHeader from "@backup-tree/core/json/JsonHeader"
import * as Steps from "@backup-tree/core/steps/Steps"
import * as Schema from "effect/Schema"

/**
 * Schema of a diff of two listings.
 *
 * @category schemas
 * @since 0.2.0
 */
export const DiffDocument = Schema.Struct({ schema: JsonHeader.schemaOf("diff"), ...TreeDiffJson.TreeDiffJson.fields })
/**
 * A diff of two listings as a JSON document.
 *
 * @category models
 * @since 0.2.0
 */
export type DiffDocument = typeof DiffDocument.Type

/**
 * Creates the document of a diff.
 *
 * @category codecs
 * @since 0.2.0
 */
export const diff = (diff: TreeDiff): DiffDocument => Steps.complete(diffInSteps(diff))

/**
 * Creates the document of a diff as {@link diff} does, and pauses after each change.
 *
 * @category codecs
 * @since 0.2.0
 */
export const diffInSteps = function*(diff: TreeDiff): Generator<undefined, DiffDocument> {
  return { schema: JsonHeader.make("diff"), ...(yield* TreeDiffJson.encodeInSteps(diff)) }
}
