/**
 * Defaults of flags, from the environment and from configuration files.
 *
 * A flag comes before the environment, the environment before the user's file, and that before the system's.
 */
import * as Ignore from "@backup-tree/core/check/Ignore"
import { fromSchemaError } from "@backup-tree/core/json/JsonError"
import * as JsonReader from "@backup-tree/core/json/JsonReader"
import * as SecurityLevel from "@backup-tree/core/sdk/SecurityLevel"
import * as PrintableText from "@backup-tree/core/text/PrintableText"
import * as SimilarTexts from "@backup-tree/core/text/SimilarTexts"
import * as TextFile from "@backup-tree/io/directory/TextFile"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import * as fs from "node:fs"
import * as path from "node:path"
import { UsageError } from "./ExitCode.ts"
import * as TimeLimit from "./options/values/TimeLimit.ts"

const text = Schema.NonEmptyString
const duration = text.check(
  Schema.makeFilter((value) => Option.isSome(TimeLimit.parse(value)), { expected: "a duration such as 26h" })
)
const ignored = Schema.Struct({
  /** A rule, or a rule and a machine: `I11:web*`. */
  rule: text.check(
    Schema.makeFilter((value) => Result.isSuccess(Ignore.parse(value)), { expected: "RULE or RULE:NAME" })
  ),
  reason: text
})

/** The settings, by their names in a file. */
const fields = {
  server: Schema.Array(text),
  socket: text,
  directory: text,
  user: text,
  passwordFile: text,
  passwordCommand: text,
  securityLevel: Schema.Literals(SecurityLevel.levels),
  timeout: duration,
  stallTimeout: duration,
  maxAge: duration,
  maxChain: Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)),
  inventory: text,
  cadence: Schema.Boolean,
  color: Schema.Literals(["auto", "always", "never"]),
  ignore: Schema.Array(ignored)
} as const

type Fields = typeof fields

/** The name of a setting. */
export type Name = keyof Fields

/** The names of all settings. */
export const names = Object.keys(fields) as ReadonlyArray<Name>

/** A value, and where it comes from. */
export interface Setting<A> {
  readonly value: A
  readonly origin: string
}

/** The settings that have a value. */
export type Settings = { readonly [N in Name]?: Setting<Fields[N]["Type"]> }

/** Where settings come from. Tests replace it. */
export class Sources extends Context.Reference<{
  readonly environment: { readonly [name: string]: string | undefined }
  readonly system: string
}>("backup-tree/SettingsSources", {
  defaultValue: () => ({ environment: process.env, system: "/etc/backup-tree.json" })
}) {}

/** The settings of this run, which are read once. */
export class Current extends Context.Reference<Effect.Effect<Settings, UsageError>>("backup-tree/Settings", {
  defaultValue: () => load
}) {}

/** Returns the settings of this run. */
export const current: Effect.Effect<Settings, UsageError> = Effect.flatten(Current)

/** Reads the settings. A file that does not exist has none; one that cannot be used is wrong usage. */
export const load: Effect.Effect<Settings, UsageError> = Effect.gen(function*() {
  const { environment } = yield* Sources
  const found: Array<Settings> = [fromEnvironment(environment)]
  for (const { isRequired, path } of yield* files) {
    const settings = yield* read(path, isRequired)
    if (settings !== undefined) found.push(settings)
  }
  return found.reduceRight((less, more) => ({ ...(hasSource(more) ? withoutSource(less) : less), ...more }), {})
})

/** The settings that select a source. A more important one replaces all of them. */
const sourceNames = ["server", "socket", "directory"] as const

const hasSource = (settings: Settings): boolean => sourceNames.some((name) => settings[name] !== undefined)

const withoutSource = (settings: Settings): Settings => Struct.omit(settings, sourceNames)

/** The files that are read, the most important first. `BACKUP_TREE_CONFIG` replaces both; an empty value means none. */
export const files = Effect.map(Sources, ({ environment, system }) => {
  const named = environment["BACKUP_TREE_CONFIG"]
  if (named !== undefined) return named === "" ? [] : [{ path: named, isRequired: true }]
  const home = environment["HOME"]
  // Services can run without a home directory.
  const folder = environment["XDG_CONFIG_HOME"] || (home ? path.join(home, ".config") : undefined)
  const own = folder === undefined ? [] : [path.join(folder, "backup-tree.json")]
  return [...own, system].map((path) => ({ path, isRequired: false }))
})

const fromEnvironment = (environment: { readonly [name: string]: string | undefined }): Settings => {
  const servers = (environment["BACKUP_TREE_SERVER"] ?? "").split(/[\s,]+/).filter((server) => server !== "")
  return servers.length === 0 ? {} : { server: { value: servers, origin: "BACKUP_TREE_SERVER" } }
}

const maxFileBytes = 1_000_000

const read = Effect.fnUntraced(
  function*(file: string, isRequired: boolean): Effect.fn.Return<Settings | undefined, UsageError> {
    if (!isRequired && !fs.existsSync(file)) return undefined
    const unusable = (why: string) =>
      new UsageError({ message: `the configuration file ${PrintableText.quote(file)} cannot be used: ${why}` })
    const content = yield* Effect.mapError(TextFile.read(file, maxFileBytes), ({ detail }) => unusable(detail))
    const value = yield* Effect.mapError(
      Effect.fromResult(JsonReader.read(content)),
      ({ message }) => unusable(message)
    )
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return yield* Effect.fail(unusable("it is not a JSON object"))
    }
    const settings: Record<string, Setting<unknown>> = {}
    for (const [name, given] of Object.entries(value)) {
      if (!isName(name)) return yield* Effect.fail(unusable(unknownMessage(name)))
      const decoded = Schema.decodeUnknownResult(fields[name])(given)
      if (Result.isFailure(decoded)) {
        return yield* Effect.fail(unusable(fromSchemaError(decoded.failure, name).message))
      }
      settings[name] = { value: decoded.success, origin: file }
    }
    const sources = sourceNames.filter((name) => name in settings)
    if (sources.length > 1) return yield* Effect.fail(unusable(`it has both ${sources.join(" and ")}`))
    if (settings["passwordCommand"] !== undefined) {
      const why = whyUnsafe(file)
      if (why !== undefined) return yield* Effect.fail(unusable(why))
    }
    return settings
  }
)

const isName = (name: string): name is Name => Object.hasOwn(fields, name)

const unknownMessage = (name: string): string => {
  const [similar] = SimilarTexts.find(name, names)
  return `it has an unknown setting ${PrintableText.quote(name)}. ${
    similar === undefined ? `The settings are ${names.join(", ")}.` : `Did you mean ${similar}?`
  }`
}

/** Returns why others could choose the command that is run for the password. */
const whyUnsafe = (file: string): string | undefined => {
  const { mode, uid } = fs.statSync(file)
  const own = process.getuid?.() ?? uid
  if (uid !== own && uid !== 0) return "it names a passwordCommand, and belongs to another user"
  return (mode & 0o022) === 0
    ? undefined
    : "it names a passwordCommand, and others can write to it. Change its mode with chmod go-w"
}

/** Returns the value of a setting. */
export const valueOf = <A>(setting: Setting<A> | undefined): Option.Option<A> =>
  Option.map(Option.fromUndefinedOr(setting), ({ value }) => value)
