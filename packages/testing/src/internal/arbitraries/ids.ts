/** Generators of uuids and backup ids, valid and malformed. */
import * as BackupId from "@backup-tree/core/sdk/BackupId"
import * as Arbitrary from "effect/Arbitrary"
import * as Result from "effect/Result"
import { index, integer, oneOf, pick, uint32 } from "../choices.ts"
import { uuidOf } from "../storedChain.ts"

/**
 * A uuid as the product writes it: lower case, in braces.
 *
 * **Example** (Testing a key for uuids)
 *
 * ```ts
 * it.prop("braces and case make no difference to a key", [Arbitraries.uuid], ([uuid]) => {
 *   assert.strictEqual(Uuid.key(uuid.slice(1, -1).toUpperCase()), Uuid.key(uuid))
 * })
 * ```
 *
 * @category ids
 * @since 0.2.0
 */
export const uuid: Arbitrary.Arbitrary<string> = Arbitrary.map(uint32, (salt) => uuidOf(salt, 0))

/** The spellings of a uuid that a server accepts, the product's own first. */
export const uuidSpellings: ReadonlyArray<(uuid: string) => string> = [
  (uuid) => uuid,
  (uuid) => uuid.toUpperCase(),
  (uuid) => uuid.slice(1, -1),
  (uuid) => uuid.slice(1, -1).toUpperCase(),
  (uuid) => `(${uuid.slice(1, -1)})`
]

/** The spellings of a number that a server reads as that number, the product's own first. */
export const numberSpellings: ReadonlyArray<(number: number) => string> = [
  (number) => number === 1 ? "" : `.${number}`,
  (number) => `.${number}`,
  (number) => `.0${number}`,
  (number) => `.+${number}`,
  (number) => `. ${number}`,
  (number) => `.${number}\t`
]

/** Draws an index below `length`: every other time 0. */
export const mostlyFirst = (length: number): Arbitrary.Arbitrary<number> => oneOf(Arbitrary.Constant(0), index(length))

const number: Arbitrary.Arbitrary<number> = oneOf(index(7), integer(0, BackupId.maxNumber - 1))

/**
 * A backup id in any spelling that a server accepts: `{uuid}`, `{UUID}.2`, `uuid.02`, `(uuid).+2` and others.
 *
 * **Example** (Testing that ids keep their spelling)
 *
 * ```ts
 * it.prop("an id keeps its text", [Arbitraries.backupId], ([id]) => {
 *   assert.deepStrictEqual(BackupId.parse(id.text), Result.succeed(id))
 * })
 * ```
 *
 * @category ids
 * @since 0.2.0
 */
export const backupId: Arbitrary.Arbitrary<BackupId.BackupId> = Arbitrary.map(
  Arbitrary.all([uuid, mostlyFirst(uuidSpellings.length), number, mostlyFirst(numberSpellings.length)]),
  ([value, braces, position, digits]) =>
    Result.getOrThrow(BackupId.parse(uuidSpellings[braces]!(value) + numberSpellings[digits]!(position + 1)))
)

/** Ways to spoil the id of a chain: the malformed rows of SEMANTICS 2.4, and more. */
export const malformations: ReadonlyArray<(uuid: string) => string> = [
  (uuid) => `${uuid}.abc`,
  (uuid) => `${uuid}.0`,
  (uuid) => `${uuid}.2.3`,
  (uuid) => `${uuid}.`,
  (uuid) => `${uuid}.-0`,
  (uuid) => `${uuid}.-2`,
  (uuid) => `${uuid}.0x2`,
  (uuid) => `${uuid}.4294967297`,
  (uuid) => ` ${uuid}`,
  (uuid) => uuid.slice(0, -2),
  (uuid) => `${uuid.slice(0, 5)}g${uuid.slice(6)}`,
  () => ".2",
  () => "web01"
]

/**
 * A text that no server accepts as a backup id: `{uuid}.abc`, `{uuid}.0`, a uuid without its end, and others.
 *
 * **Example** (Testing that input is validated)
 *
 * ```ts
 * it.prop("a malformed id is refused", [Arbitraries.malformedId], ([text]) => {
 *   assert.isTrue(Result.isFailure(BackupId.parse(text)))
 * })
 * ```
 *
 * @category ids
 * @since 0.2.0
 */
export const malformedId: Arbitrary.Arbitrary<string> = Arbitrary.map(
  Arbitrary.all([uuid, pick(malformations)]),
  ([value, spoil]) => spoil(value)
)
