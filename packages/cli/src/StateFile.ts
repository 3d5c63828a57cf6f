/**
 * The state file with the baseline of earlier checks. Writes are atomic, and reads are validated.
 */
import * as Baseline from "@backup-tree/core/check/Baseline"
import * as BackupListing from "@backup-tree/core/listing/BackupListing"
import * as Uuid from "@backup-tree/core/sdk/Uuid"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import * as BackupTreeReader from "@backup-tree/core/tree/BackupTreeReader"
import * as BackupTreeXml from "@backup-tree/core/tree/BackupTreeXml"
import * as JsonText from "@backup-tree/formats/json/JsonText"
import * as Cooperative from "@backup-tree/io/Cooperative"
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
import { StateFileError } from "./ExitCode.ts"
import * as Output from "./Output.ts"
import * as StateLock from "./StateLock.ts"

const version = 2

// The limit for a reply of a server. Escapes count.
const maxBytes = 2 ** 28

// State files of earlier releases have this name.
const Missing = Schema.Struct({ ...Baseline.MissingBackup.fields, since: Schema.DateTimeUtcFromString }).pipe(
  Schema.encodeKeys({ checks: "looks" })
)

const encodeMissing = Schema.encodeSync(Missing)
const decodeMissing = Schema.decodeUnknownResult(Missing)

// Missing backups are decoded one by one.
const StateText = Schema.fromJsonString(Schema.Struct({
  schema: Schema.Struct({ name: Schema.Literal("backup-tree/state"), version: Schema.Literal(version) }),
  source: Schema.String,
  fetchedAt: Schema.String,
  gone: Baseline.Baseline.fields.gone,
  missing: Schema.Array(Schema.Unknown),
  xml: Schema.String
}))

const VersionText = Schema.fromJsonString(Schema.Struct({
  schema: Schema.Struct({ name: Schema.Literal("backup-tree/state"), version: Schema.Int })
}))

/** A state file in use. No other check uses it until the scope closes. */
export interface StateFile {
  /** The path as the user wrote it. */
  readonly file: string
  /** The path without links. */
  readonly place: string
  /** The file's state when it was opened. None if it did not exist. */
  readonly before: Option.Option<FileSystem.File.Info>
}

/**
 * Opens a state file and locks it until the scope closes.
 *
 * Refuses a file that another user could replace. Otherwise that user could plant a link and make root overwrite its
 * target.
 */
export const open = Effect.fnUntraced(
  function*(file: string): Effect.fn.Return<StateFile, StateFileError, FileSystem.FileSystem | Scope.Scope> {
    const fileSystem = yield* FileSystem.FileSystem
    const found = yield* infoOf(file, fileSystem.lstat(file))
    const isLink = Option.exists(found, ({ type }) => type === "SymbolicLink")
    if (isLink) {
      yield* requireOwn(file, "the link", Option.getOrThrow(found))
      yield* requireOwnDirectory(file, path.dirname(path.resolve(file)))
    }
    const place = Option.isNone(found)
      ? path.resolve(file)
      : yield* Effect.mapError(
        fileSystem.realPath(file),
        (error) =>
          refused(
            file,
            isLink && error.reason._tag === "NotFound" ? "it is a broken symbolic link" : TextFile.explain(error)
          )
      )
    const isRegular = (info: Option.Option<FileSystem.File.Info>) => Option.isNone(info) || info.value.type === "File"
    if (!isRegular(yield* infoOf(file, fileSystem.stat(place)))) {
      return yield* Effect.fail(refused(file, "it is not a regular file"))
    }
    yield* requireOwnDirectory(file, path.dirname(place))
    yield* StateLock.acquire(
      place,
      (pid, lock) => inUse(file, pid, lock),
      (error) => unwritable(file, error)
    )
    const before = yield* infoOf(file, fileSystem.lstat(place))
    if (!isRegular(before)) return yield* Effect.fail(refused(file, "it is not a regular file"))
    if (Option.isSome(before)) yield* requireOwn(file, "it", before.value)
    return { file, place, before }
  }
)

const infoOf = (
  file: string,
  info: Effect.Effect<FileSystem.File.Info, PlatformError>
): Effect.Effect<Option.Option<FileSystem.File.Info>, StateFileError> =>
  Effect.matchEffect(info, {
    onFailure: (error) =>
      error.reason._tag === "NotFound" ? Effect.succeedNone : Effect.fail(refused(file, TextFile.explain(error))),
    onSuccess: Effect.succeedSome
  })

const requireOwnDirectory = Effect.fnUntraced(function*(file: string, directory: string) {
  const fileSystem = yield* FileSystem.FileSystem
  const info = yield* Effect.mapError(fileSystem.stat(directory), (error) => unwritable(file, error))
  yield* requireOwn(file, `its directory ${PrintableText.quote(directory)}`, info, [0])
  // Who can write to a directory above can put another one in the place of this one.
  let below = yield* Effect.mapError(fileSystem.realPath(directory), (error) => unwritable(file, error))
  while (path.dirname(below) !== below) {
    below = path.dirname(below)
    const above = yield* Effect.mapError(fileSystem.stat(below), (error) => unwritable(file, error))
    yield* requireOwn(file, `the directory ${PrintableText.quote(below)} above it`, withoutSticky(above), [0])
  }
})

const sticky = 0o1000

/** In a sticky directory, such as /tmp, others can write, but not replace what is not theirs. */
const withoutSticky = (info: FileSystem.File.Info): FileSystem.File.Info =>
  (info.mode & sticky) === 0 ? info : { ...info, mode: info.mode & ~0o022 }

/**
 * Fails if another user owns the file or can write to it. A group with the same number as the owner is the owner's own.
 */
const requireOwn = (
  file: string,
  what: string,
  { gid, mode, type, uid }: FileSystem.File.Info,
  trusted: ReadonlyArray<number> = []
): Effect.Effect<void, StateFileError> => {
  const self = process.geteuid?.()
  const owner = Option.getOrUndefined(uid)
  if (self === undefined || owner === undefined) return Effect.void
  if (owner !== self && !trusted.includes(owner)) {
    return Effect.fail(refused(file, `${what} belongs to another user. Use a file in a directory that you own`))
  }
  const isShared = (mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && Option.getOrUndefined(gid) !== owner)
  return isShared && type !== "SymbolicLink"
    ? Effect.fail(
      refused(
        file,
        `other users can write to ${what}. Remove their permission (chmod go-w), or use a private directory`
      )
    )
    : Effect.void
}

/** Reads the baseline of a source. Returns `None` if the file does not exist, and fails if it is not a valid state. */
export const read = Effect.fnUntraced(
  function*(
    { before, file, place }: StateFile,
    source: BackupListing.Source
  ): Effect.fn.Return<Option.Option<Baseline.Baseline>, StateFileError> {
    if (Option.isNone(before)) return Option.none()
    const text = yield* Effect.mapError(TextFile.read(place, maxBytes), ({ detail }) => refused(file, detail))
    const state = Schema.decodeUnknownResult(StateText)(text)
    const missing = Result.isFailure(state)
      ? undefined
      : yield* Cooperative.run(() => decodeAllMissing(state.success.missing))
    if (Result.isFailure(state) || missing === undefined) return yield* Effect.fail(refused(file, whyNot(text)))
    const { gone, source: recorded, xml } = state.success
    if (recorded !== keyOf(source)) {
      return yield* Effect.fail(refused(file, `it belongs to another source, ${PrintableText.quote(recorded)}`))
    }
    const decoded = yield* Cooperative.run(() => BackupTreeReader.decodeInSteps(xml, { mode: "tolerant" }))
    if (Result.isFailure(decoded)) return yield* Effect.fail(refused(file, "the listing stored in it is damaged"))
    const { tree } = decoded.success
    const known = new Set(tree.environments.map(({ uuid }) => Uuid.key(uuid)))
    return [...gone, ...missing.map(({ environment }) => Uuid.key(environment))].every((key) => known.has(key))
      ? Option.some({ tree, gone, missing })
      : yield* Effect.fail(refused(file, "it lists a missing VM or container without its backups; the file is damaged"))
  }
)

/** Decodes missing backups, or returns undefined if one is invalid. */
const decodeAllMissing = function*(
  all: ReadonlyArray<unknown>
): Generator<undefined, ReadonlyArray<Baseline.MissingBackup> | undefined> {
  const missing: Array<Baseline.MissingBackup> = []
  for (const one of all) {
    const decoded = decodeMissing(one)
    if (Result.isFailure(decoded)) return undefined
    missing.push(decoded.success)
    yield
  }
  return missing
}

const whyNot = (text: string): string => {
  const other = Schema.decodeUnknownResult(VersionText)(text)
  return Result.isSuccess(other) && other.success.schema.version !== version
    ? `it has version ${other.success.schema.version}, but this program requires version ${version}`
    : "it is incomplete or not a state file"
}

// Resolves paths, so that one file always has the same key.
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
    { before, file, place }: StateFile,
    listing: BackupListing.BackupListing,
    baseline: Baseline.Baseline
  ): Effect.fn.Return<Effect.Effect<void, StateFileError>, StateFileError, FileSystem.FileSystem | Scope.Scope> {
    const fileSystem = yield* FileSystem.FileSystem
    const mode = Option.match(before, { onNone: () => 0o600, onSome: ({ mode }) => mode & 0o777 })
    const beside = `${place}.${(yield* RandomUuid.next).slice(1, -1)}.tmp`
    yield* Effect.addFinalizer(() => Effect.ignore(fileSystem.remove(beside)))
    yield* Effect.scoped(Effect.gen(function*() {
      const open = yield* fileSystem.open(beside, { flag: "wx", mode })
      const encoder = new TextEncoder()
      let length = 0
      for (const slice of Output.slices(pieces(listing, baseline))) {
        const bytes = encoder.encode(slice)
        length += bytes.length
        if (length > maxBytes) return yield* Effect.fail(tooLarge(file))
        yield* open.writeAll(bytes)
      }
      // Without a sync, a power failure after the rename could leave an empty file.
      yield* open.sync
    })).pipe(Effect.mapError((error) => error._tag === "StateFileError" ? error : unwritable(file, error)))
    return Effect.andThen(
      requireUnchanged({ before, file, place }),
      Effect.mapError(fileSystem.rename(beside, place), (error) => unwritable(file, error))
    ).pipe(Effect.provideService(FileSystem.FileSystem, fileSystem))
  }
)

/** The text of a state, in pieces: with its escapes it could be longer than the longest string. */
const pieces = function*(
  { fetchedAt, source }: BackupListing.BackupListing,
  { gone, missing, tree }: Baseline.Baseline
): Generator<string> {
  yield `{"schema":{"name":"backup-tree/state","version":${version}},"source":${JSON.stringify(keyOf(source))}`
  yield `,"fetchedAt":"${DateTime.formatIso(fetchedAt)}","gone":`
  yield* items(gone, (key) => key)
  yield ",\"missing\":"
  yield* items(missing, encodeMissing)
  yield ",\"xml\":\""
  for (const piece of BackupTreeXml.encodeInPieces(tree)) {
    for (const part of Output.parts(piece)) yield JSON.stringify(part).slice(1, -1)
  }
  yield "\"}\n"
}

const items = function*<A>(values: ReadonlyArray<A>, encode: (value: A) => unknown): Generator<string> {
  yield "["
  for (const [index, value] of values.entries()) {
    if (index > 0) yield ","
    yield* JsonText.pieces(encode(value))
  }
  yield "]"
}

/** Fails if the file at the path was changed or replaced since `open`. */
const requireUnchanged = Effect.fnUntraced(function*({ before, file, place }: StateFile) {
  const fileSystem = yield* FileSystem.FileSystem
  const now = yield* infoOf(file, fileSystem.lstat(place))
  const key = (info: Option.Option<FileSystem.File.Info>) =>
    Option.match(info, {
      onNone: () => "",
      onSome: ({ dev, ino, mtime, size, type }) =>
        [type, dev, Option.getOrElse(ino, () => 0), size, Option.getOrUndefined(mtime)?.getTime()].map(String).join(" ")
    })
  if (key(now) !== key(before)) {
    return yield* Effect.fail(refused(file, "it was changed while the check ran"))
  }
})

const tooLarge = (file: string): StateFileError =>
  refused(file, "the listing is too large: the state file would exceed 256 MiB")

const unwritable = (file: string, error: PlatformError): StateFileError =>
  new StateFileError({
    message: `the state file ${PrintableText.quote(file)} cannot be written: ${TextFile.explain(error)}`
  })

const inUse = (file: string, pid: number, lock: string): StateFileError =>
  new StateFileError({
    message: `the state file ${PrintableText.quote(file)} is in use by another check (process ${pid}). Wait for that `
      + `check. If it no longer runs, remove the lock file ${PrintableText.quote(lock, 500)}`
  })

const refused = (file: string, why: string): StateFileError =>
  new StateFileError({
    message: `the state file ${PrintableText.quote(file)} cannot be used: ${why.replace(/\.$/, "")}. The file is `
      + "unchanged. Inspect it, or use another file."
  })
