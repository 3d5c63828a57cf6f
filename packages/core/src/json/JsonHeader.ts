/**
 * The field `schema` of every JSON document: its kind and the version of its form.
 *
 * Within a version, a field may be added, and a text for people may change. Such an addition increases `minor`. A field
 * that is removed, or changes its type or meaning, increases `version`. So a reader has to ignore fields that it does not
 * know, and refuse versions that it does not know.
 *
 * @since 0.2.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as PrintableText from "../text/PrintableText.ts"
import { JsonError } from "./JsonError.ts"

/**
 * The version of the form of all documents.
 *
 * @category constants
 * @since 0.2.0
 */
export const version = 2

/**
 * The number of additions to the form since the version began.
 *
 * @category constants
 * @since 0.2.0
 */
export const minor = 0

/**
 * Creates the schema of the header of a kind of document.
 *
 * @category schemas
 * @since 0.2.0
 */
export const schemaOf = <const Kind extends string>(kind: Kind) =>
  Schema.Struct({
    name: Schema.Literal(`backup-tree/${kind}`),
    version: Schema.Literal(version),
    minor: Schema.Int.pipe(Schema.check(Schema.isGreaterThanOrEqualTo(0)))
  })

/**
 * Creates the header of a kind of document.
 *
 * @category constructors
 * @since 0.2.0
 */
export const make = <const Kind extends string>(kind: Kind) =>
  ({ name: `backup-tree/${kind}` as const, version, minor }) as const

const Header = Schema.Struct({ schema: Schema.Struct({ name: Schema.String, version: Schema.Number }) })
const decodeHeader = Schema.decodeUnknownResult(Header)

/**
 * Returns the kind of a document, if it is one of the given kinds and of the version that this library reads.
 *
 * @category codecs
 * @since 0.2.0
 */
export const kindOf = <const Kind extends string>(
  value: unknown,
  kinds: ReadonlyArray<Kind>
): Result.Result<Kind, JsonError> => {
  const header = decodeHeader(value)
  if (Result.isFailure(header)) {
    return fail(
      "document",
      "this is not a document of backup-tree, because it has no `schema` with a name and a version"
    )
  }
  const { schema } = header.success
  const kind = kinds.find((kind) => schema.name === `backup-tree/${kind}`)
  if (kind === undefined) {
    return fail(
      "document",
      `this is a document of the kind ${PrintableText.quote(schema.name)}, not ${
        kinds.map((kind) => `"backup-tree/${kind}"`).join(" or ")
      }`
    )
  }
  return schema.version === version
    ? Result.succeed(kind)
    : fail("version", `the document has version ${schema.version}, and this release reads version ${version}`)
}

const fail = (reason: "document" | "version", detail: string) =>
  Result.fail(new JsonError({ reason, detail, path: "schema" }))
