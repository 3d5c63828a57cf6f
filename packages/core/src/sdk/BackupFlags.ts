/**
 * The flag word of a backup call: named bits, a security level, and bits that this library does not know.
 *
 * A word is an unsigned 32-bit number. Its two low bits are a {@link SecurityLevel}: join them with `max`, never with a
 * bitwise or. The named bits form a Boolean algebra; unknown bits survive every operation.
 *
 * @see [Protocol 9](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p9)
 * @since 0.2.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as PrintableText from "../text/PrintableText.ts"
import * as SecurityLevel from "./SecurityLevel.ts"

/**
 * The named bits, under their SDK names. The two bits of the security level are not among them.
 *
 * @category constants
 * @since 0.2.0
 */
export const bits = {
  PACF_NON_INTERACTIVE_MODE: 0x0000_0004,
  PACF_CANCEL_TASK_ON_END_SESSION: 0x0000_0008,
  PBT_FULL: 0x0000_0800,
  PBT_INCREMENTAL: 0x0000_1000,
  PBT_DIFFERENTIAL: 0x0000_2000,
  PBT_RESTORE_TO_COPY: 0x0000_4000,
  PBT_IGNORE_NOT_EXISTS: 0x0000_8000,
  PBT_UNCOMPRESSED: 0x0001_0000,
  PBT_VM: 0x0002_0000,
  PBT_CT: 0x0004_0000,
  PBT_BACKUP_ID: 0x0008_0000,
  PBT_CHAIN: 0x0010_0000,
  PBT_KEEP_CHAIN: 0x0020_0000,
  PBT_DIRECT_DATA_CONNECTION: 0x0040_0000,
  PBT_RESTORE_RUNNING: 0x0080_0000,
  PBT_DIRECT_DELTA: 0x0100_0000
} as const

/**
 * The name of a flag.
 *
 * @category models
 * @since 0.2.0
 */
export type FlagName = keyof typeof bits

/**
 * Every flag name, in the order of the bits.
 *
 * @category constants
 * @since 0.2.0
 */
export const names: ReadonlyArray<FlagName> = Object.keys(bits) as Array<FlagName>

/**
 * A flag word: an integer from 0 to 2^32 - 1.
 *
 * @category models
 * @since 0.2.0
 */
export type BackupFlags = number

/**
 * The two bits that hold the security level.
 *
 * @category constants
 * @since 0.2.0
 */
export const levelMask: BackupFlags = 0b11

/**
 * All named bits.
 *
 * @category constants
 * @since 0.2.0
 */
export const known: BackupFlags = names.reduce((word, name) => (word | bits[name]) >>> 0, 0)

/**
 * The word without flags, at level low.
 *
 * @category constants
 * @since 0.2.0
 */
export const none: BackupFlags = 0

const unknownMask = ~(known | levelMask) >>> 0

/**
 * Creates a word from flag names, at level low.
 *
 * @category constructors
 * @since 0.2.0
 */
export const of = (...flags: ReadonlyArray<FlagName>): BackupFlags =>
  flags.reduce((word, name) => (word | bits[name]) >>> 0, none)

/**
 * Returns the names of the flags that are set, in the order of the bits.
 *
 * @category accessors
 * @since 0.2.0
 */
export const toNames = (word: BackupFlags): ReadonlyArray<FlagName> => names.filter((name) => has(word, name))

/**
 * Returns whether a flag is set.
 *
 * @category predicates
 * @since 0.2.0
 */
export const has = (word: BackupFlags, name: FlagName): boolean => (word & bits[name]) !== 0

/**
 * Returns the bits that have no name in this library. Servers ignore them.
 *
 * @category accessors
 * @since 0.2.0
 */
export const unknown = (word: BackupFlags): BackupFlags => (word & unknownMask) >>> 0

/**
 * Returns the security level of a word.
 *
 * @category accessors
 * @since 0.2.0
 */
export const level = (word: BackupFlags): SecurityLevel.SecurityLevel => SecurityLevel.fromBits(word)

/**
 * Sets the security level of a word and leaves the rest unchanged.
 *
 * @category combinators
 * @since 0.2.0
 */
export const withLevel = (word: BackupFlags, value: SecurityLevel.SecurityLevel): BackupFlags =>
  ((word & ~levelMask) | SecurityLevel.toNumber(value)) >>> 0

/**
 * Joins two words: the flags of either, and the stronger of the two levels.
 *
 * @category combinators
 * @since 0.2.0
 */
export const union = (self: BackupFlags, that: BackupFlags): BackupFlags =>
  withLevel((self | that) >>> 0, SecurityLevel.max(level(self), level(that)))

/**
 * Keeps the named flags that both words have. Level and unknown bits are those of the first word.
 *
 * @category combinators
 * @since 0.2.0
 */
export const intersection = (self: BackupFlags, that: BackupFlags): BackupFlags => (self & (that | ~known)) >>> 0

/**
 * Removes the named flags of the second word from the first. Level and unknown bits are those of the first word.
 *
 * @category combinators
 * @since 0.2.0
 */
export const difference = (self: BackupFlags, that: BackupFlags): BackupFlags => (self & ~(that & known)) >>> 0

/**
 * Inverts the named flags. Level and unknown bits stay unchanged.
 *
 * @category combinators
 * @since 0.2.0
 */
export const complement = (self: BackupFlags): BackupFlags => (self ^ known) >>> 0

/**
 * Returns whether two words have the same named flags.
 *
 * @category predicates
 * @since 0.2.0
 */
export const sameFlags = (self: BackupFlags, that: BackupFlags): boolean => ((self ^ that) & known) === 0

/**
 * Synonyms of the flags and levels in the SDK's headers.
 *
 * `PVTF_VM` and `PVTF_CT` are missing on purpose: they have the bits of `PBT_FULL` and `PBT_INCREMENTAL`.
 *
 * @see [Protocol 9](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p9)
 */
const levelNames: ReadonlyMap<string, SecurityLevel.SecurityLevel> = new Map(
  ["PSL", "PBSL", "PVMSL"].flatMap((prefix) =>
    SecurityLevel.levels.map((value) => [`${prefix}_${value.toUpperCase()}_SECURITY`, value] as const)
  ).concat([["PACF_NORMAL_SECURITY", "normal"], ["PACF_HIGH_SECURITY", "high"]])
)

const misread: ReadonlyMap<string, string> = new Map([
  ["PVTF_VM", "it is the same bit as PBT_FULL, which this call ignores. To select virtual machines, use PBT_VM"],
  ["PVTF_CT", "it is the same bit as PBT_INCREMENTAL, which this call ignores. To select containers, use PBT_CT"],
  ["PACF_MAX", "it is a bit index, not a flag"]
])

/**
 * A text that names no flag word.
 *
 * @category errors
 * @since 0.2.0
 */
export class BackupFlagsError extends Schema.TaggedError<BackupFlagsError>()("BackupFlagsError", {
  text: Schema.String,
  why: Schema.String
}) {
  override get message(): string {
    return `${PrintableText.quote(this.text)} is not a backup flag: ${this.why}. `
      + "Use a number from 0 to 4294967295, or names such as PBT_VM and PBT_CT with a vertical bar between them."
  }
}

/**
 * Parses a flag word: a decimal or hexadecimal number, or SDK names joined by `|`, `,` or blanks.
 *
 * **Example**
 *
 * ```ts
 * BackupFlags.parse("PBT_VM|PBT_CT|PBSL_HIGH_SECURITY") // 0x60002
 * ```
 *
 * @category codecs
 * @since 0.2.0
 */
export const parse = (text: string): Result.Result<BackupFlags, BackupFlagsError> => {
  const trimmed = text.trim()
  if (/^(?:\d+|0[xX][0-9a-fA-F]+)$/.test(trimmed)) {
    const value = Number(trimmed)
    return value <= 0xffff_ffff
      ? Result.succeed(value)
      : Result.fail(new BackupFlagsError({ text, why: "it does not fit 32 bits" }))
  }
  let word = none
  for (const name of trimmed.split(/[|,\s]+/)) {
    const named = wordOf(name)
    if (named === undefined) {
      return Result.fail(
        new BackupFlagsError({ text: name, why: misread.get(name) ?? "this call has no flag of that name" })
      )
    }
    word = union(word, named)
  }
  return Result.succeed(word)
}

const wordOf = (name: string): BackupFlags | undefined => {
  const namedLevel = levelNames.get(name)
  if (namedLevel !== undefined) return withLevel(none, namedLevel)
  return Object.hasOwn(bits, name) ? bits[name as FlagName] : undefined
}

/**
 * Formats a word so that {@link parse} reads it: names joined by `|`, or a number if a bit has no name.
 *
 * @category codecs
 * @since 0.2.0
 */
export const print = (word: BackupFlags): string => {
  if (unknown(word) !== 0 || (word & levelMask) === levelMask) return `0x${word.toString(16)}`
  const value = level(word)
  const parts: Array<string> = [...toNames(word)]
  if (value !== "low" || parts.length === 0) parts.push(`PBSL_${value.toUpperCase()}_SECURITY`)
  return parts.join("|")
}
