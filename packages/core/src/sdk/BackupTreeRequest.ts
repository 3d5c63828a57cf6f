/**
 * What can be asked for, and the parameters of `PrlSrv_GetBackupTree` that ask for it.
 *
 * A request cannot hold an invalid combination: no backup id without text, no two modes at once, no id that no server
 * reads. It is serialisable and holds no secret; what concerns one call only is in {@link CallOptions}.
 */
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { isXmlText } from "../xml/XmlText.ts"
import * as BackupFlags from "./BackupFlags.ts"
import * as BackupId from "./BackupId.ts"
import * as SecurityLevel from "./SecurityLevel.ts"

const Text = Schema.String.pipe(
  Schema.check(Schema.makeFilter((text) => isXmlText(text) || "a text that XML can carry"))
)
const EnvironmentId = Text.pipe(Schema.check(Schema.makeFilter((text) => BackupId.isServerUuid(text) || "a uuid")))
const ItemId = Text.pipe(
  Schema.check(Schema.makeFilter((text) => Result.isSuccess(BackupId.parse(text)) || "a backup id, {uuid} or {uuid}.N"))
)

/**
 * Schema of what is asked about: everything, one environment, one backup, or a backup and what follows it in its chain.
 *
 * Texts are sent as they stand; the server compares bytes.
 */
export const Subject = Schema.TaggedUnion({
  Everything: {},
  Environment: { uuid: EnvironmentId },
  Backup: { id: ItemId },
  Chain: { id: ItemId }
})
/** What is asked about. */
export type Subject = typeof Subject.Type

/** Schema of the kinds of environment that are asked for. */
export const Kinds = Schema.Literals(["vm", "ct", "vm+ct"])
/** The kinds of environment that are asked for: virtual machines, containers, or both. */
export type Kinds = typeof Kinds.Type

/** Schema of a request; without a directory the target reads its own default one. */
export const BackupTreeRequest = Schema.Struct({
  subject: Subject,
  kinds: Kinds,
  directory: Schema.Option(Text.pipe(Schema.check(Schema.isNonEmpty())))
})
/** A question for a backup tree. */
export type BackupTreeRequest = typeof BackupTreeRequest.Type

/** Requests every virtual machine and every container. */
export const everything: BackupTreeRequest = {
  subject: { _tag: "Everything" },
  kinds: "vm+ct",
  directory: Option.none()
}

/** Requests every virtual machine and no container, as a call of the SDK without flags of kinds does. */
export const sdkDefault: BackupTreeRequest = { ...everything, kinds: "vm" }

/** Where the backups are: the server's configured backup target, or another server on which the caller has a session. */
export type Target =
  | { readonly _tag: "ConfiguredTarget" }
  | {
    readonly _tag: "TargetServer"
    readonly host: string
    readonly port: number
    readonly session: Redacted.Redacted<string>
  }

/** The target that the server itself is configured with. */
export const configuredTarget: Target = { _tag: "ConfiguredTarget" }

/** How one call is made; none of it changes what is asked. */
export interface CallOptions {
  readonly target: Target
  readonly hopLevel: SecurityLevel.SecurityLevel
  readonly force: boolean
  readonly nonInteractive: boolean
  readonly cancelOnEndOfSession: boolean
}

/** The configured target, the server's own minimum level for the hop, no questions, and an end with the session. */
export const defaultCallOptions: CallOptions = {
  target: configuredTarget,
  hopLevel: "low",
  force: true,
  nonInteractive: true,
  cancelOnEndOfSession: true
}

/**
 * The parameters of `PrlSrv_GetBackupTree`, and the backup directory of `PrlSrv_GetBackupTreeEx`.
 *
 * The eighth parameter, the server handle, is the session on which the call is made. Source: PROTOCOL 6.1.
 */
export interface Parameters {
  readonly uuid: string
  readonly targetHost: string
  readonly targetPort: number
  readonly targetSessionId: Redacted.Redacted<string>
  readonly backupDirectory: string
  readonly backupFlags: BackupFlags.BackupFlags
  readonly reservedFlags: number
  readonly force: boolean
}

const kindFlags: { readonly [K in Kinds]: BackupFlags.BackupFlags } = {
  vm: BackupFlags.of("PBT_VM"),
  ct: BackupFlags.of("PBT_CT"),
  "vm+ct": BackupFlags.of("PBT_VM", "PBT_CT")
}

/** Returns the text of a subject, as the parameter `sUuid` carries it. */
export const subjectText = (subject: Subject): string =>
  Subject.match(subject, {
    Everything: () => "",
    Environment: ({ uuid }) => uuid,
    Backup: ({ id }) => id,
    Chain: ({ id }) => id
  })

/** Writes a request and the options of one call as the parameters of the SDK. */
export const toParameters = (request: BackupTreeRequest, options: CallOptions = defaultCallOptions): Parameters => {
  const flags = [kindFlags[request.kinds]]
  if (request.subject._tag === "Backup") flags.push(BackupFlags.of("PBT_BACKUP_ID"))
  if (request.subject._tag === "Chain") flags.push(BackupFlags.of("PBT_CHAIN"))
  if (options.nonInteractive) flags.push(BackupFlags.of("PACF_NON_INTERACTIVE_MODE"))
  if (options.cancelOnEndOfSession) flags.push(BackupFlags.of("PACF_CANCEL_TASK_ON_END_SESSION"))
  const target = options.target
  return {
    uuid: subjectText(request.subject),
    targetHost: target._tag === "TargetServer" ? target.host : "",
    targetPort: target._tag === "TargetServer" ? target.port : 0,
    targetSessionId: target._tag === "TargetServer" ? target.session : Redacted.make(""),
    backupDirectory: Option.getOrElse(request.directory, () => ""),
    backupFlags: BackupFlags.withLevel(flags.reduce(BackupFlags.union), options.hopLevel),
    reservedFlags: 0,
    force: options.force
  }
}

/** Parameters that a server refuses with `PRL_ERR_INVALID_PARAM`, or that cannot travel to one. Source: SEMANTICS 2.1. */
export class InvalidParam extends Schema.TaggedError<InvalidParam>()("InvalidParam", { why: Schema.String }) {
  override get message(): string {
    return `PRL_ERR_INVALID_PARAM: ${this.why}`
  }
}

/** Parameters that a server accepts and that match no backup of any store. Source: SEMANTICS 2.4. */
export class NeverMatches extends Schema.TaggedError<NeverMatches>()("NeverMatches", {
  text: Schema.String,
  why: Schema.String
}) {
  override get message(): string {
    return `${JSON.stringify(this.text)} can never match a backup: ${this.why}. Take the id from a listing.`
  }
}

/** A parameter, or a part of one, that has no effect on the answer. */
export type Ignored =
  | { readonly _tag: "IgnoredFlags"; readonly flags: ReadonlyArray<BackupFlags.FlagName> }
  | { readonly _tag: "UnknownBits"; readonly bits: number }
  | { readonly _tag: "BothSecurityBits" }
  | { readonly _tag: "TargetWithoutSession"; readonly host: string; readonly port: number }
  | { readonly _tag: "ReservedFlags"; readonly value: number }

/** What a set of parameters means. */
export interface Meaning {
  readonly request: BackupTreeRequest
  readonly options: CallOptions
  readonly ignored: ReadonlyArray<Ignored>
}

/**
 * Reads the parameters of the SDK: the request they make, or why they make none.
 *
 * Not the inverse of {@link toParameters} but a retraction: parameters that mean the same give the same request, and
 * what has no effect is listed in `ignored`.
 */
export const fromParameters = (parameters: Parameters): Result.Result<Meaning, InvalidParam | NeverMatches> =>
  Result.gen(function*() {
    const flags = parameters.backupFlags
    const subject = yield* requireFindable(yield* subjectOf(parameters.uuid, flags))
    for (const text of [parameters.targetHost, parameters.backupDirectory]) {
      if (!isXmlText(text)) {
        return yield* Result.fail(
          new InvalidParam({ why: `${JSON.stringify(text)} holds characters that cannot be sent` })
        )
      }
    }
    const hasSession = Redacted.value(parameters.targetSessionId) !== ""
    return {
      request: {
        subject,
        kinds: kindsOf(flags),
        directory: parameters.backupDirectory === "" ? Option.none() : Option.some(parameters.backupDirectory)
      },
      options: {
        target: hasSession
          ? {
            _tag: "TargetServer" as const,
            host: parameters.targetHost,
            port: parameters.targetPort,
            session: parameters.targetSessionId
          }
          : configuredTarget,
        hopLevel: BackupFlags.level(flags),
        force: parameters.force,
        nonInteractive: BackupFlags.has(flags, "PACF_NON_INTERACTIVE_MODE"),
        cancelOnEndOfSession: BackupFlags.has(flags, "PACF_CANCEL_TASK_ON_END_SESSION")
      },
      ignored: ignoredOf(parameters, hasSession)
    }
  })

/** Returns the kinds that a flag word selects; neither flag means virtual machines. Source: SEMANTICS 2.3. */
export const kindsOf = (flags: BackupFlags.BackupFlags): Kinds =>
  BackupFlags.has(flags, "PBT_CT") ? (BackupFlags.has(flags, "PBT_VM") ? "vm+ct" : "ct") : "vm"

/**
 * Returns the subject that the parameters `sUuid` and `backup_flags` name.
 *
 * As a server does, it looks at no text: an id may be one that no server finds. Source: SEMANTICS 2.1 and 2.3.
 */
export const subjectOf = (text: string, flags: BackupFlags.BackupFlags): Result.Result<Subject, InvalidParam> => {
  const byBackup = BackupFlags.has(flags, "PBT_BACKUP_ID")
  const byChain = BackupFlags.has(flags, "PBT_CHAIN")
  if ((byBackup || byChain) && text === "") {
    return Result.fail(new InvalidParam({ why: `${byBackup ? "PBT_BACKUP_ID" : "PBT_CHAIN"} needs a backup id` }))
  }
  if (byBackup && byChain) {
    return Result.fail(new InvalidParam({ why: "PBT_BACKUP_ID and PBT_CHAIN exclude each other" }))
  }
  return Result.succeed(
    byBackup
      ? { _tag: "Backup", id: text }
      : byChain
      ? { _tag: "Chain", id: text }
      : text === ""
      ? { _tag: "Everything" }
      : { _tag: "Environment", uuid: text }
  )
}

/** Refuses the subjects that no server finds. */
const requireFindable = (subject: Subject): Result.Result<Subject, NeverMatches> => {
  const text = subjectText(subject)
  if (!isXmlText(text)) {
    return Result.fail(new NeverMatches({ text, why: "it holds characters that cannot be sent" }))
  }
  if (subject._tag === "Everything") return Result.succeed(subject)
  if (subject._tag === "Environment") {
    return BackupId.isServerUuid(text)
      ? Result.succeed(subject)
      : Result.fail(new NeverMatches({ text, why: "the id of an environment is a uuid" }))
  }
  return Result.mapBoth(BackupId.parse(text), {
    onFailure: ({ why }) => new NeverMatches({ text, why }),
    onSuccess: () => subject
  })
}

const meaningful = BackupFlags.of(
  "PACF_NON_INTERACTIVE_MODE",
  "PACF_CANCEL_TASK_ON_END_SESSION",
  "PBT_VM",
  "PBT_CT",
  "PBT_BACKUP_ID",
  "PBT_CHAIN"
)

const ignoredOf = (parameters: Parameters, hasSession: boolean): ReadonlyArray<Ignored> => {
  const ignored: Array<Ignored> = []
  const flags = BackupFlags.toNames(BackupFlags.difference(parameters.backupFlags, meaningful))
  if (flags.length > 0) ignored.push({ _tag: "IgnoredFlags", flags })
  const unknown = BackupFlags.unknown(parameters.backupFlags)
  if (unknown !== 0) ignored.push({ _tag: "UnknownBits", bits: unknown })
  if ((parameters.backupFlags & BackupFlags.levelMask) === BackupFlags.levelMask) {
    ignored.push({ _tag: "BothSecurityBits" })
  }
  if (!hasSession && (parameters.targetHost !== "" || parameters.targetPort !== 0)) {
    ignored.push({ _tag: "TargetWithoutSession", host: parameters.targetHost, port: parameters.targetPort })
  }
  if (parameters.reservedFlags !== 0) ignored.push({ _tag: "ReservedFlags", value: parameters.reservedFlags })
  return ignored
}

/** Writes an ignored parameter as a sentence for people. */
export const printIgnored = (ignored: Ignored): string => {
  switch (ignored._tag) {
    case "IgnoredFlags":
      return `${ignored.flags.join(", ")}: this call ignores ${ignored.flags.length === 1 ? "it" : "them"}`
    case "UnknownBits":
      return `0x${ignored.bits.toString(16)}: the SDK gives these bits no name, and servers ignore them`
    case "BothSecurityBits":
      return "both security bits are set, which is taken as high"
    case "TargetWithoutSession":
      return `target ${ignored.host}:${ignored.port}: without a session id the server ignores host and port`
    case "ReservedFlags":
      return `reserved flags ${ignored.value}: the server ignores them`
  }
}
