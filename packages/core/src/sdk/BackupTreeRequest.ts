/**
 * Requests for a backup tree, and the parameters of `PrlSrv_GetBackupTree` that carry them.
 *
 * A request cannot hold an invalid combination: no backup mode without an id, no two modes at once, no id that servers
 * cannot parse. It is serialisable and holds no secret. Settings of a single call are in {@link CallOptions}.
 *
 * @since 0.2.0
 */
import * as Data from "effect/Data"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as PrintableText from "../text/PrintableText.ts"
import { isXmlText } from "../xml/XmlText.ts"
import * as BackupFlags from "./BackupFlags.ts"
import * as BackupId from "./BackupId.ts"
import { type Ignored, ignoredOf, type Parameters } from "./internal/parameters.ts"
import * as SecurityLevel from "./SecurityLevel.ts"

export { Ignored, type Parameters, printIgnored } from "./internal/parameters.ts"

const Text = Schema.String.pipe(
  Schema.check(Schema.makeFilter((text) => isXmlText(text) || "a text that XML can carry"))
)
const EnvironmentId = Text.pipe(Schema.check(Schema.makeFilter((text) => BackupId.isServerUuid(text) || "a uuid")))
const ItemId = Text.pipe(
  Schema.check(Schema.makeFilter((text) => Result.isSuccess(BackupId.parse(text)) || "a backup id, {uuid} or {uuid}.N"))
)

/**
 * Schema of a {@link Subject}. Texts are sent unchanged, because the server compares bytes.
 *
 * @category schemas
 * @since 0.2.0
 */
export const Subject = Schema.TaggedUnion({
  Everything: {},
  Environment: { uuid: EnvironmentId },
  Backup: { id: ItemId },
  Chain: { id: ItemId }
})
/**
 * The subject of a request: everything, one environment, one backup, or a backup and the later backups of its chain.
 *
 * @category requests
 * @since 0.2.0
 */
export type Subject = typeof Subject.Type

/**
 * Schema of {@link Kinds}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const Kinds = Schema.Literals(["vm", "ct", "vm+ct"])
/**
 * The requested kinds of environment: virtual machines, containers, or both.
 *
 * @category requests
 * @since 0.2.0
 */
export type Kinds = typeof Kinds.Type

/**
 * Schema of a {@link BackupTreeRequest}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const BackupTreeRequest = Schema.Struct({
  subject: Subject,
  kinds: Kinds,
  directory: Schema.Option(Text.pipe(Schema.check(Schema.isNonEmpty())))
})
/**
 * A request for a backup tree. Without a directory, the target reads its default backup directory.
 *
 * @category requests
 * @since 0.2.0
 */
export type BackupTreeRequest = typeof BackupTreeRequest.Type

/**
 * Requests every virtual machine and every container.
 *
 * @category requests
 * @since 0.2.0
 */
export const everything: BackupTreeRequest = {
  subject: { _tag: "Everything" },
  kinds: "vm+ct",
  directory: Option.none()
}

/**
 * Requests every virtual machine and no container, as an SDK call without kind flags does.
 *
 * @category requests
 * @since 0.2.0
 */
export const sdkDefault: BackupTreeRequest = { ...everything, kinds: "vm" }

/**
 * The server that holds the backups: the configured backup target, or another server on which the caller has a session.
 *
 * @category requests
 * @since 0.2.0
 */
export type Target = Data.TaggedEnum<{
  ConfiguredTarget: {}
  TargetServer: { readonly host: string; readonly port: number; readonly session: Redacted.Redacted<string> }
}>

/**
 * Constructors and matchers of a {@link Target}.
 *
 * @category constructors
 * @since 0.2.0
 */
export const Target = Data.taggedEnum<Target>()

/**
 * The backup target in the configuration of the server.
 *
 * @category requests
 * @since 0.2.0
 */
export const configuredTarget: Target = Target.ConfiguredTarget()

/**
 * Options of a single call. They do not change what is requested.
 *
 * @category models
 * @since 0.2.0
 */
export interface CallOptions {
  readonly target: Target
  /** The minimum security level of the server's connection to the backup target. */
  readonly hopLevel: SecurityLevel.SecurityLevel
  readonly force: boolean
  /** Whether the server must not request confirmations from the client. */
  readonly nonInteractive: boolean
  /** Whether the job ends with the session. */
  readonly cancelOnEndOfSession: boolean
}

/**
 * The default options: the configured target, the server's own minimum level for the hop, no confirmations, and a job
 * that ends with the session.
 *
 * @category requests
 * @since 0.2.0
 */
export const defaultCallOptions: CallOptions = {
  target: configuredTarget,
  hopLevel: "low",
  force: true,
  nonInteractive: true,
  cancelOnEndOfSession: true
}

const kindFlags: { readonly [K in Kinds]: BackupFlags.BackupFlags } = {
  vm: BackupFlags.of("PBT_VM"),
  ct: BackupFlags.of("PBT_CT"),
  "vm+ct": BackupFlags.of("PBT_VM", "PBT_CT")
}

/**
 * Returns the value of the parameter `sUuid` for a subject.
 *
 * @category accessors
 * @since 0.2.0
 */
export const subjectText = (subject: Subject): string =>
  Subject.match(subject, {
    Everything: () => "",
    Environment: ({ uuid }) => uuid,
    Backup: ({ id }) => id,
    Chain: ({ id }) => id
  })

/**
 * Encodes a request and the options of one call as SDK parameters.
 *
 * @category codecs
 * @since 0.2.0
 */
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

/**
 * Parameters that a server refuses with `PRL_ERR_INVALID_PARAM`, or that cannot be sent.
 *
 * @see [Semantics 2.1](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s2-1)
 * @category errors
 * @since 0.2.0
 */
export class InvalidParam extends Schema.TaggedError<InvalidParam>()("InvalidParam", { why: Schema.String }) {
  override get message(): string {
    return `PRL_ERR_INVALID_PARAM: ${this.why}.`
  }
}

/**
 * Parameters that a server accepts, but that match no backup of any store.
 *
 * @see [Semantics 2.4](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s2-4)
 * @category errors
 * @since 0.2.0
 */
export class NeverMatches extends Schema.TaggedError<NeverMatches>()("NeverMatches", {
  text: Schema.String,
  why: Schema.String
}) {
  override get message(): string {
    return `${PrintableText.quote(this.text)} can never match a backup: ${this.why}. Copy the id from a listing.`
  }
}

/**
 * The meaning of a set of parameters. `ignored` lists the parameters that have no effect.
 *
 * @category models
 * @since 0.2.0
 */
export interface Meaning {
  readonly request: BackupTreeRequest
  readonly options: CallOptions
  readonly ignored: ReadonlyArray<Ignored>
}

/**
 * Decodes SDK parameters into the request that they make.
 *
 * It is not the inverse of {@link toParameters} but a retraction: parameters with the same meaning return the same
 * request, and parameters without effect are listed in `ignored`. Fails if the parameters make no request.
 *
 * @category codecs
 * @since 0.2.0
 */
export const fromParameters = (parameters: Parameters): Result.Result<Meaning, InvalidParam | NeverMatches> =>
  Result.gen(function*() {
    const flags = parameters.backupFlags
    const subject = yield* requireFindable(yield* subjectOf(parameters.uuid, flags))
    for (const text of [parameters.targetHost, parameters.backupDirectory]) {
      if (!isXmlText(text)) {
        return yield* Result.fail(
          new InvalidParam({ why: `${PrintableText.quote(text)} contains characters that cannot be sent. Remove them` })
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
          ? Target.TargetServer({
            host: parameters.targetHost,
            port: parameters.targetPort,
            session: parameters.targetSessionId
          })
          : configuredTarget,
        hopLevel: BackupFlags.level(flags),
        force: parameters.force,
        nonInteractive: BackupFlags.has(flags, "PACF_NON_INTERACTIVE_MODE"),
        cancelOnEndOfSession: BackupFlags.has(flags, "PACF_CANCEL_TASK_ON_END_SESSION")
      },
      ignored: ignoredOf(parameters, hasSession)
    }
  })

/**
 * Returns the kinds that a flag word selects. Without a kind flag these are virtual machines.
 *
 * @see [Semantics 2.3](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s2-3)
 * @category accessors
 * @since 0.2.0
 */
export const kindsOf = (flags: BackupFlags.BackupFlags): Kinds =>
  BackupFlags.has(flags, "PBT_CT") ? (BackupFlags.has(flags, "PBT_VM") ? "vm+ct" : "ct") : "vm"

/**
 * Decodes the subject from the parameters `sUuid` and `backup_flags`.
 *
 * Like a server, it does not validate the text, so the subject may be an id that no server finds.
 *
 * @see [Semantics 2.1](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s2-1)
 * @see [Semantics 2.3](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s2-3)
 * @category codecs
 * @since 0.2.0
 */
export const subjectOf = (text: string, flags: BackupFlags.BackupFlags): Result.Result<Subject, InvalidParam> => {
  const byBackup = BackupFlags.has(flags, "PBT_BACKUP_ID")
  const byChain = BackupFlags.has(flags, "PBT_CHAIN")
  if ((byBackup || byChain) && text === "") {
    return Result.fail(
      new InvalidParam({ why: `${byBackup ? "PBT_BACKUP_ID" : "PBT_CHAIN"} needs a backup id. Copy it from a listing` })
    )
  }
  if (byBackup && byChain) {
    return Result.fail(
      new InvalidParam({ why: "PBT_BACKUP_ID and PBT_CHAIN exclude each other. Set only one of them" })
    )
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

/** Refuses subjects that no server can find. */
const requireFindable = (subject: Subject): Result.Result<Subject, NeverMatches> => {
  const text = subjectText(subject)
  if (!isXmlText(text)) {
    return Result.fail(new NeverMatches({ text, why: "it contains characters that cannot be sent" }))
  }
  if (subject._tag === "Everything") return Result.succeed(subject)
  if (subject._tag === "Environment") {
    return BackupId.isServerUuid(text)
      ? Result.succeed(subject)
      : Result.fail(new NeverMatches({ text, why: "the id of a VM or container is a uuid" }))
  }
  return Result.mapBoth(BackupId.parse(text), {
    onFailure: ({ why }) => new NeverMatches({ text, why }),
    onSuccess: () => subject
  })
}
