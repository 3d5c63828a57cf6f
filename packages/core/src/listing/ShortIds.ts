/**
 * Short forms of the uuids and backup ids of a tree, for people to read and type.
 *
 * A short form is the beginning of a uuid, without braces, and long enough to be unique in the tree. A server needs the
 * whole id, so {@link resolve} a short form before it is passed on.
 *
 * @since 0.2.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as BackupId from "../sdk/BackupId.ts"
import * as Uuid from "../sdk/Uuid.ts"
import * as CountText from "../text/CountText.ts"
import * as PrintableText from "../text/PrintableText.ts"
import type * as BackupTree from "../tree/BackupTree.ts"

/**
 * A short form that is the beginning of several uuids.
 *
 * @category errors
 * @since 0.2.0
 */
export class AmbiguousShortId extends Schema.TaggedError<AmbiguousShortId>()("AmbiguousShortId", {
  text: Schema.String,
  /** The first uuids that begin with it. */
  candidates: Schema.Array(Schema.String),
  /** The number of all of them. */
  total: Schema.Int
}) {
  override get message(): string {
    return `${PrintableText.quote(this.text)} is ambiguous: ${
      CountText.list(this.candidates, (uuid) => PrintableText.excerpt(uuid), { most: maxCandidates, total: this.total })
    } begin with it. Use more characters.`
  }
}

const maxCandidates = 5

/** The lengths of short forms: up to the end of each group of digits. */
const lengths = [8, 13, 18, 23, 36] as const

/** The least number of characters that a short form needs to be one. */
const minLength = 4

const shape = /^([0-9a-f-]{4,36})(?:\.([1-9][0-9]{0,9}))?$/

const uuidsOf = ({ environments }: Pick<BackupTree.BackupTree, "environments">): ReadonlyArray<string> =>
  environments.flatMap(({ chains, uuid }) => [uuid, ...chains.map((chain) => chain.uuid)])

/**
 * Returns a function that shortens the uuids and backup ids of a tree to what is unique in it: 8 characters, or more if
 * two uuids begin alike. A text that is no uuid or id is returned unchanged.
 *
 * **Example**
 *
 * ```ts
 * const shorten = ShortIds.shortener(listing.tree)
 * shorten("{0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}.3") // "0b8f6d1e.3"
 * ```
 *
 * @category rendering
 * @since 0.2.0
 */
export const shortener = (tree: Pick<BackupTree.BackupTree, "environments">): (id: string) => string => {
  const keys = new Set(uuidsOf(tree).map(Uuid.key))
  const length = lengths.find((length) => new Set([...keys].map((key) => key.slice(0, length))).size === keys.size)
  return (id) => {
    const { chain, suffix } = BackupId.split(id)
    if (!Uuid.isUuid(chain)) return id
    const short = Uuid.key(chain).slice(0, length)
    return suffix === undefined ? short : `${short}.${suffix}`
  }
}

/**
 * Returns the id of a backup that a person typed: the whole id for a short form, and any other text unchanged.
 *
 * A short form has at least 4 characters of the uuid of a chain, and the number of the backup after a dot, unless it is
 * the first. Its case does not matter.
 *
 * @category accessors
 * @since 0.2.0
 */
export const resolve = (
  { environments }: Pick<BackupTree.BackupTree, "environments">,
  text: string
): Result.Result<string, AmbiguousShortId> => {
  const [, part = "", number] = shape.exec(text.toLowerCase()) ?? []
  // A whole uuid can be one that is in the tree, or one that is not: that is for others to say.
  if (part.length < minLength || Uuid.isUuid(part)) return Result.succeed(text)
  const found = new Map<string, string>()
  for (const { chains } of environments) {
    for (const { uuid } of chains) {
      if (Uuid.isUuid(uuid) && Uuid.key(uuid).startsWith(part)) found.set(Uuid.key(uuid), uuid)
    }
  }
  const [uuid, ...others] = found.values()
  if (uuid === undefined) return Result.succeed(text)
  return others.length === 0
    ? Result.succeed(number === undefined ? uuid : `${uuid}.${number}`)
    : Result.fail(
      new AmbiguousShortId({ text, candidates: [uuid, ...others].slice(0, maxCandidates), total: found.size })
    )
}
