/**
 * The flags that replace the names in a listing by pseudonyms.
 */
import * as Anonymise from "@backup-tree/core/compare/Anonymise"
import type * as BackupListing from "@backup-tree/core/listing/BackupListing"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import { BackupSourceError } from "@backup-tree/io/BackupSourceError"
import * as Cooperative from "@backup-tree/io/Cooperative"
import * as TextFile from "@backup-tree/io/directory/TextFile"
import { Flag } from "effect/cli"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stdio from "effect/Stdio"
import * as crypto from "node:crypto"
import { DetailsWithheld, UsageError, wrongUsage } from "../ExitCode.ts"
import * as Output from "../Output.ts"
import * as EmptyValue from "./values/EmptyValue.ts"

/** The flags. */
export const flags = {
  anonymise: Flag.Boolean("anonymise").pipe(
    Flag.withDescription(
      "Replace names, hosts, users, paths, descriptions and uuids by pseudonyms of the same shape, for a bug report"
    ),
    Flag.withDefault(false)
  ),
  anonymiseKey: Flag.String("anonymise-key").pipe(
    Flag.withMetavar("FILE"),
    Flag.withDescription(
      "With --anonymise: the same pseudonyms in every run with this key, any text of at least 16 bytes "
        + "(default: a new key for each run)"
    ),
    Flag.optional
  )
} as const

/** The values of {@link flags}. */
export interface AnonymiseOptions {
  readonly anonymise: boolean
  readonly anonymiseKey: Option.Option<string>
}

const minKeyBytes = 16
const maxKeyBytes = 64 * 1024

/** Returns the digest that makes the pseudonyms, or `undefined` without `--anonymise`. */
export const resolve = Effect.fnUntraced(
  function*(
    given: AnonymiseOptions & { readonly forensic: boolean; readonly file: Option.Option<string> }
  ): Effect.fn.Return<Anonymise.Digest | undefined, UsageError> {
    const { anonymise, anonymiseKey, file, forensic } = given
    if (!anonymise) {
      return Option.isNone(anonymiseKey)
        ? undefined
        : yield* wrongUsage("--anonymise-key works only with --anonymise; add it, or leave out the key")
    }
    if (forensic) {
      return yield* wrongUsage(
        "--forensic shows the paths of a directory as they are; leave it out, or leave out --anonymise"
      )
    }
    yield* EmptyValue.refuse({ "anonymise-key": anonymiseKey })
    if (Option.contains(anonymiseKey, "-") && Option.contains(file, "-")) {
      return yield* wrongUsage("only one of --file and --anonymise-key can be standard input")
    }
    const key = Option.isSome(anonymiseKey) ? yield* readKey(anonymiseKey.value) : crypto.randomBytes(32)
    return (text) => crypto.createHmac("sha256", key).update(text).digest().readUInt32BE()
  }
)

const readKey = (file: string): Effect.Effect<string, UsageError> =>
  TextFile.read(file, maxKeyBytes).pipe(
    Effect.mapError(({ detail }) => detail),
    Effect.filterOrFail(
      (key) => Buffer.byteLength(key) >= minKeyBytes,
      () => `it has fewer than ${minKeyBytes} bytes. Create one with: openssl rand -hex 32`
    ),
    Effect.mapError((why) => new UsageError({ message: `the key ${PrintableText.quote(file)} cannot be used: ${why}` }))
  )

/** Hides the texts of a failure if listings are anonymised: they can be names of the listing, or of its source. */
export const withhold = <A, E, R>(
  self: Effect.Effect<A, E, R>,
  digest: Anonymise.Digest | undefined
): Effect.Effect<A, E | DetailsWithheld, R> =>
  digest === undefined ? self : Effect.mapError(self, (error) => new DetailsWithheld({ reason: tagOf(error) }))

/** Anonymises a listing that is still to be fetched. */
export const apply = <A extends { readonly listing: BackupListing.BackupListing }, E, R>(
  fetched: Effect.Effect<A, E, R>,
  digest: Anonymise.Digest
): Effect.Effect<A, E | DetailsWithheld, R | Stdio.Stdio> =>
  Effect.flatMap(withhold(withoutProgress(fetched), digest), (fetched) =>
    Effect.map(
      Cooperative.run(() => Anonymise.steps(fetched.listing, digest)),
      (listing) => ({ ...fetched, listing })
    ))

/** The status line on a terminal names the source. */
const withoutProgress = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R | Stdio.Stdio> =>
  Effect.updateService(
    self,
    Stdio.Stdio,
    (stdio): Stdio.Stdio => ({ ...stdio, stderrIsTerminal: Effect.succeed(false) })
  )

/** Prints that servers could not be queried, without their names. */
export const noteFailures = (failures: ReadonlyArray<BackupSourceError>) =>
  Effect.forEach(
    failures,
    ({ reason }) =>
      Output.note(
        `backup-tree: a server is missing from the listing (${reason._tag}). Run the same command without --anonymise to `
          + "see which one."
      ),
    { discard: true }
  )

const tagOf = (error: unknown): string =>
  error instanceof BackupSourceError ? error.reason._tag : error instanceof Error ? error.name : "unknown"
