/**
 * The state file with the baseline of earlier checks. It is written completely or not at all, and validated when read.
 */
import type * as Baseline from "@backup-tree/core/check/Baseline"
import * as BackupListing from "@backup-tree/core/listing/BackupListing"
import * as Uuid from "@backup-tree/core/sdk/Uuid"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import * as BackupTreeXml from "@backup-tree/core/tree/BackupTreeXml"
import * as TextFile from "@backup-tree/io/directory/TextFile"
import * as RandomUuid from "@backup-tree/io/dispatcher/RandomUuid"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import type { PlatformError } from "effect/PlatformError"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as path from "node:path"
import { UsageError } from "./ExitCode.ts"

const version = 2

// The longest reply of a server, with its escapes.
const maxBytes = 2 ** 28

const Missing = Schema.Struct({
  environment: Schema.String,
  name: Schema.String,
  chain: Schema.String,
  backup: Schema.String,
  dateTime: Schema.String,
  wasNewest: Schema.Boolean,
  since: Schema.DateTimeUtcFromString,
  checks: Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 1, maximum: 2 ** 31 })))
}).pipe(Schema.encodeKeys({ checks: "looks" }))

const StateText = Schema.fromJsonString(Schema.Struct({
  schema: Schema.Struct({ name: Schema.Literal("backup-tree/state"), version: Schema.Literal(version) }),
  source: Schema.String,
  fetchedAt: Schema.String,
  gone: Schema.Array(Schema.String),
  missing: Schema.Array(Missing),
  xml: Schema.String
}))

const VersionText = Schema.fromJsonString(Schema.Struct({
  schema: Schema.Struct({ name: Schema.Literal("backup-tree/state"), version: Schema.Int })
}))

/** Reads the baseline of a source. Returns `None` if the file does not exist, and fails if it is not a valid state. */
export const read = Effect.fnUntraced(
  function*(
    file: string,
    source: BackupListing.Source
  ): Effect.fn.Return<Option.Option<Baseline.Baseline>, UsageError, FileSystem.FileSystem> {
    if (!(yield* isThere(file))) return Option.none()
    const text = yield* Effect.mapError(TextFile.read(file, maxBytes), ({ detail }) => refused(file, detail))
    const state = Schema.decodeUnknownResult(StateText)(text)
    if (Result.isFailure(state)) return yield* Effect.fail(refused(file, whyNot(text)))
    const { gone, missing, source: recorded, xml } = state.success
    if (recorded !== keyOf(source)) {
      return yield* Effect.fail(refused(file, `it belongs to another source, ${PrintableText.quote(recorded)}`))
    }
    const decoded = BackupTreeXml.decode(xml, { mode: "tolerant" })
    if (Result.isFailure(decoded)) return yield* Effect.fail(refused(file, "its listing cannot be read"))
    const { tree } = decoded.success
    const known = new Set(tree.environments.map(({ uuid }) => Uuid.key(uuid)))
    return [...gone, ...missing.map(({ environment }) => Uuid.key(environment))].every((key) => known.has(key))
      ? Option.some({ tree, gone, missing })
      : yield* Effect.fail(refused(file, "it refers to a VM or container that it does not contain"))
  }
)

const whyNot = (text: string): string => {
  const other = Schema.decodeUnknownResult(VersionText)(text)
  return Result.isSuccess(other) && other.success.schema.version !== version
    ? `it has version ${other.success.schema.version}, but this program requires version ${version}`
    : "it is incomplete or not a state file"
}

const isThere = Effect.fnUntraced(
  function*(file: string): Effect.fn.Return<boolean, UsageError, FileSystem.FileSystem> {
    const fileSystem = yield* FileSystem.FileSystem
    const info = yield* Effect.result(fileSystem.stat(file))
    if (Result.isSuccess(info)) {
      return info.success.type === "File" ? true : yield* Effect.fail(refused(file, "it is not a regular file"))
    }
    if (info.failure.reason._tag !== "NotFound") {
      return yield* Effect.fail(refused(file, TextFile.explain(info.failure)))
    }
    const link = yield* Effect.result(fileSystem.readLink(file))
    return Result.isFailure(link) ? false : yield* Effect.fail(refused(file, "it is a broken symbolic link"))
  }
)

// Resolves paths, so that a file has one name.
const keyOf = (source: BackupListing.Source): string =>
  source._tag === "Directory" || (source._tag === "File" && source.path !== "standard input")
    ? path.resolve(source.path)
    : BackupListing.printSource(source)

/**
 * Writes a state to a temporary file next to the state file, which proves that it can be written. Run the returned
 * effect to replace the state file. If the scope closes first, the temporary file is removed and the state file is
 * unchanged.
 */
export const prepare = Effect.fnUntraced(
  function*(
    file: string,
    listing: BackupListing.BackupListing,
    baseline: Baseline.Baseline
  ): Effect.fn.Return<Effect.Effect<void, UsageError>, UsageError, FileSystem.FileSystem | Scope.Scope> {
    const fileSystem = yield* FileSystem.FileSystem
    const text = Schema.encodeSync(StateText)({
      schema: { name: "backup-tree/state", version },
      source: keyOf(listing.source),
      fetchedAt: DateTime.formatIso(listing.fetchedAt),
      gone: baseline.gone,
      missing: baseline.missing,
      xml: BackupTreeXml.encode(baseline.tree)
    })
    // Keeps symbolic links and the permissions of the file.
    const place = yield* Effect.orElseSucceed(fileSystem.realPath(file), () => file)
    const mode = yield* Effect.match(fileSystem.stat(place), {
      onFailure: () => 0o600,
      onSuccess: ({ mode }) => mode & 0o777
    })
    const beside = `${place}.${(yield* RandomUuid.next).slice(1, -1)}.tmp`
    yield* Effect.addFinalizer(() => Effect.ignore(fileSystem.remove(beside)))
    yield* Effect.scoped(Effect.gen(function*() {
      const open = yield* fileSystem.open(beside, { flag: "wx", mode })
      yield* open.writeAll(new TextEncoder().encode(`${text}\n`))
      // Without a sync, a power failure after the rename could leave an empty file.
      yield* open.sync
    })).pipe(Effect.mapError((error) => unwritable(file, error)))
    return Effect.mapError(fileSystem.rename(beside, place), (error) => unwritable(file, error))
  }
)

const unwritable = (file: string, error: PlatformError): UsageError =>
  new UsageError({
    message: `the state file ${PrintableText.quote(file)} cannot be written: ${TextFile.explain(error)}`
  })

const refused = (file: string, why: string): UsageError =>
  new UsageError({
    message:
      `the state file ${PrintableText.quote(file)} cannot be used: ${why.replace(/\.$/, "")}. It was not changed. `
      + "Inspect it, or use another file."
  })
