/**
 * What is remembered of earlier checks, kept in a file: written whole or not at all, and never trusted.
 */
import type * as BackupListing from "@backup-tree/core/BackupListing"
import { printSource } from "@backup-tree/core/BackupListing"
import * as BackupTreeXml from "@backup-tree/core/BackupTreeXml"
import type * as MissingBackups from "@backup-tree/core/MissingBackups"
import * as PrintableText from "@backup-tree/core/PrintableText"
import * as RandomUuid from "@backup-tree/io/RandomUuid"
import * as TextFile from "@backup-tree/io/TextFile"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import type { PlatformError } from "effect/PlatformError"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { UsageError } from "./ExitCode.ts"

const version = 2

// A listing of the longest reply, and its escapes.
const maxBytes = 2 ** 28

const Time = Schema.DateTimeUtcFromString

const Missing = Schema.Struct({
  environment: Schema.String,
  name: Schema.String,
  chain: Schema.String,
  backup: Schema.NullOr(Schema.String),
  madeAt: Schema.NullOr(Time),
  wasNewest: Schema.Boolean,
  since: Time,
  looks: Schema.Int
})

const StateJson = Schema.Struct({
  schema: Schema.Struct({ name: Schema.Literal("backup-tree/state"), version: Schema.Literal(version) }),
  source: Schema.String,
  fetchedAt: Schema.String,
  missing: Schema.Array(Missing),
  xml: Schema.String
})

const StateText = Schema.fromJsonString(StateJson)

/** Reads the state of a source; a file that is not there is a first check. Anything else that is no state is refused. */
export const read = (
  path: string,
  source: BackupListing.Source
): Effect.Effect<Option.Option<MissingBackups.Memory>, UsageError, FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const fileSystem = yield* FileSystem.FileSystem
    if (!(yield* Effect.mapError(fileSystem.exists(path), (error) => refused(path, TextFile.explain(error))))) {
      return Option.none()
    }
    const text = yield* Effect.mapError(TextFile.read(path, maxBytes), ({ detail }) => refused(path, detail))
    const json = Schema.decodeUnknownResult(StateText)(text)
    if (Result.isFailure(json)) return yield* Effect.fail(refused(path, "it is half written, or of another version"))
    if (json.success.source !== printSource(source)) {
      return yield* Effect.fail(
        refused(path, `it remembers ${PrintableText.quote(json.success.source)}, another source`)
      )
    }
    const decoded = BackupTreeXml.decode(json.success.xml, { mode: "tolerant" })
    if (Result.isFailure(decoded)) return yield* Effect.fail(refused(path, decoded.failure.message))
    return Option.some({ tree: decoded.success.tree, missing: json.success.missing })
  })

/** Writes a state: to a file beside it, which then takes its place. */
export const write = (
  path: string,
  listing: BackupListing.BackupListing,
  memory: MissingBackups.Memory
): Effect.Effect<void, UsageError, FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const fileSystem = yield* FileSystem.FileSystem
    const content: typeof StateJson.Type = {
      schema: { name: "backup-tree/state", version },
      source: printSource(listing.source),
      fetchedAt: DateTime.formatIso(listing.fetchedAt),
      missing: memory.missing,
      xml: BackupTreeXml.encode(memory.tree)
    }
    const beside = `${path}.${(yield* RandomUuid.next).slice(1, -1)}.tmp`
    yield* fileSystem.writeFileString(beside, `${Schema.encodeSync(StateText)(content)}\n`, { mode: 0o600 }).pipe(
      Effect.andThen(fileSystem.rename(beside, path)),
      Effect.tapError(() => Effect.ignore(fileSystem.remove(beside))),
      Effect.mapError((error: PlatformError) =>
        new UsageError({
          message: `the state file ${PrintableText.quote(path)} cannot be written: ${TextFile.explain(error)}`
        })
      )
    )
  })

const refused = (path: string, why: string): UsageError =>
  new UsageError({
    message:
      `the state file ${PrintableText.quote(path)} is not used: ${why}. It is left as it is; look at it, or name `
      + "another file."
  })
