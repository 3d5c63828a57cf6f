/**
 * Why there is no plan. Every message says what is wrong, where, and what to try; texts of servers are escaped in it.
 */
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import { isUnseen, StoreSkip } from "../directory/StoreSkip.ts"
import * as ReturnCode from "../sdk/ReturnCode.ts"
import * as CountText from "../text/CountText.ts"
import * as PrintableText from "../text/PrintableText.ts"

const Environment = Schema.Struct({ uuid: Schema.String, name: Schema.String })

/**
 * Schema of what a server does with a removal that this library refuses to plan.
 *
 * `code` is its return code; with 0 it succeeds, and the backups of `removed` are gone, with the whole directory of the
 * environment where `scope` says so.
 */
export const ServerAnswer = Schema.Struct({
  code: Schema.Int,
  removed: Schema.Array(Schema.String),
  scope: Schema.Literals(["nothing", "backups", "chain", "environment"])
})
/** What a server does with a removal that this library refuses to plan. */
export type ServerAnswer = typeof ServerAnswer.Type

const Answer = Schema.UndefinedOr(ServerAnswer)

const shownIds = 5

const list = (texts: ReadonlyArray<string>): string =>
  CountText.list(texts, (text) => PrintableText.excerpt(text), { most: shownIds })

/** How findings and skips are listed, which are sentences. */
const sentences = { separator: "; ", conjunction: "; and" }

const place = ({ name, uuid }: typeof Environment.Type): string =>
  `${PrintableText.quote(name)} (${PrintableText.excerpt(uuid)})`

const consequence = (answer: ServerAnswer | undefined): string => {
  if (answer === undefined) return ""
  if (answer.code !== ReturnCode.codes.PRL_ERR_SUCCESS) {
    return ` A server would answer ${ReturnCode.print(answer.code)} and remove nothing.`
  }
  const what = answer.scope === "environment"
    ? "the whole directory of this environment"
    : answer.scope === "chain"
    ? "the whole chain"
    : answer.scope === "backups"
    ? "it, and what follows it in its chain"
    : "nothing"
  return ` Do not send this id to a server: it would not refuse it but remove ${what}`
    + (answer.removed.length === 0 ? "." : `: ${list(answer.removed)}.`)
}

/** The listing answers a question about one backup, and so lacks backups that exist. Source: SEMANTICS 4.1. */
export class IncompleteListing extends Schema.TaggedError<IncompleteListing>()("IncompleteListing", {
  source: Schema.String
}) {
  override get message(): string {
    return `The listing of ${PrintableText.excerpt(this.source)} is the answer to one backup id: it lacks backups that `
      + "exist, so that nothing can be planned on it. List everything, or the whole environment, and plan on that."
  }
}

/** A text that no server reads as a backup id. */
export class MalformedId extends Schema.TaggedError<MalformedId>()("MalformedId", {
  text: Schema.String,
  why: Schema.String,
  answer: Answer
}) {
  override get message(): string {
    return `${PrintableText.quote(this.text)} is no backup id: ${this.why}.${consequence(this.answer)}`
      + " Copy the id from a fresh listing: {uuid} or {uuid}.N."
  }
}

/** A backup id of a chain that the listing does not have. */
export class UnknownId extends Schema.TaggedError<UnknownId>()("UnknownId", {
  id: Schema.String,
  source: Schema.String,
  answer: Answer
}) {
  override get message(): string {
    return `The listing of ${PrintableText.excerpt(this.source)} has no chain of backup ${
      PrintableText.quote(this.id)
    }.`
      + consequence(this.answer)
      + " Copy the id from a fresh listing. A listing of one kind hides the other, a chain in use is hidden for the"
      + " while, and an environment with a backup directory of its own shows only when it is asked for by its uuid."
  }
}

/** A backup id whose chain the listing has, without this number: it was removed, merged away, or never existed. */
export class StaleId extends Schema.TaggedError<StaleId>()("StaleId", {
  id: Schema.String,
  environment: Environment,
  chain: Schema.String,
  listed: Schema.Array(Schema.String),
  answer: Answer
}) {
  override get message(): string {
    return `Chain ${PrintableText.excerpt(this.chain)} of ${place(this.environment)} has no backup `
      + `${PrintableText.quote(this.id)}: it was removed or merged into the next one, or never existed.`
      + `${consequence(this.answer)} The chain has ${list(this.listed)}.`
  }
}

const Why = Schema.Array(StoreSkip)

const listWhy = (why: typeof Why.Type): string =>
  CountText.list(
    why,
    ({ detail, path, reason }) =>
      `${reason} at ${PrintableText.quote(path, 400)}${detail === "" ? "" : `: ${PrintableText.excerpt(detail, 200)}`}`,
    { most: shownIds, ...sentences }
  )

/** Says what to try for what is hidden: only what was looked at can be told of further. */
const whatToTry = (why: typeof Why.Type): string =>
  why.some(({ reason }) => isUnseen(reason))
    ? "Look as the user to whom the backups belong, or as root, and at the directory that holds what links lead to."
    : "check says what could be had of it by hand."

/** A backup that a server hides: only a backup directory shows that it is there, and why. */
export class BackupHidden extends Schema.TaggedError<BackupHidden>()("BackupHidden", {
  id: Schema.String,
  /** Where it lies, relative to the backup directory. */
  path: Schema.String,
  why: Why,
  answer: Answer
}) {
  override get message(): string {
    return `Backup ${PrintableText.quote(this.id)} lies in ${
      PrintableText.quote(this.path, 400)
    }, and a server hides it: `
      + `${listWhy(this.why)}.${consequence(this.answer)} ${whatToTry(this.why)}`
  }
}

/** An environment that a server hides: only a backup directory shows that it is there, and why. */
export class EnvironmentHidden extends Schema.TaggedError<EnvironmentHidden>()("EnvironmentHidden", {
  text: Schema.String,
  /** Where it lies, relative to the backup directory. */
  path: Schema.String,
  why: Why
}) {
  override get message(): string {
    return `Environment ${PrintableText.quote(this.text)} lies in ${
      PrintableText.quote(this.path, 400)
    }, and a server hides `
      + `it: ${listWhy(this.why)}. ${whatToTry(this.why)}`
  }
}

const shownFindings = 3

const Findings = Schema.Array(Schema.Struct({ rule: Schema.String, path: Schema.String, message: Schema.String }))

const listFindings = (findings: typeof Findings.Type): string =>
  CountText.list(
    findings,
    ({ message, path, rule }) => `${rule} at ${PrintableText.escape(path)}: ${PrintableText.excerpt(message, 200)}`,
    { most: shownFindings, ...sentences }
  )

/** A chain that an error finding names, so that no plan rests on it; `instead` is a sound backup of its environment. */
export class ChainQuarantined extends Schema.TaggedError<ChainQuarantined>()("ChainQuarantined", {
  environment: Environment,
  chain: Schema.String,
  findings: Findings,
  instead: Schema.UndefinedOr(Schema.String)
}) {
  override get message(): string {
    return `Chain ${PrintableText.excerpt(this.chain)} of ${
      place(this.environment)
    } is broken, and nothing is planned on `
      + `it. ${listFindings(this.findings)}. `
      + (this.instead === undefined
        ? "Mend the chain first; the advice of these rules says where to look."
        : `The best that is sound is ${PrintableText.excerpt(this.instead)}: ask for it by its id.`)
  }
}

/**
 * A backup that cannot be restored, since its image, or that of a backup it needs, is gone or damaged: only a backup
 * directory shows that. `instead` is the best backup of its environment whose images are all there.
 */
export class ImagesBroken extends Schema.TaggedError<ImagesBroken>()("ImagesBroken", {
  environment: Environment,
  id: Schema.String,
  findings: Findings,
  instead: Schema.UndefinedOr(Schema.String)
}) {
  override get message(): string {
    return `Backup ${PrintableText.excerpt(this.id)} of ${place(this.environment)} cannot be restored. `
      + `${listFindings(this.findings)}. `
      + (this.instead === undefined
        ? "No backup of it has all its images; check says what could be had by hand."
        : `The best that has all its images is ${PrintableText.excerpt(this.instead)}: ask for it by its id.`)
  }
}

/** A text that is neither the uuid nor the name of an environment of the listing. */
export class UnknownEnvironment extends Schema.TaggedError<UnknownEnvironment>()("UnknownEnvironment", {
  text: Schema.String,
  source: Schema.String
}) {
  override get message(): string {
    return `The listing of ${PrintableText.excerpt(this.source)} has no environment ${PrintableText.quote(this.text)}.`
      + " Names are those of the latest backup, and must match letter by letter; a renamed machine keeps its uuid. List"
      + " both kinds: a listing of virtual machines hides containers."
  }
}

/** A name that several environments have. */
export class AmbiguousName extends Schema.TaggedError<AmbiguousName>()("AmbiguousName", {
  name: Schema.String,
  uuids: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return `${this.uuids.length} environments are named ${PrintableText.quote(this.name)}: ${list(this.uuids)}.`
      + " Say which by its uuid."
  }
}

/** An environment without any backup. */
export class NoBackup extends Schema.TaggedError<NoBackup>()("NoBackup", { environment: Environment }) {
  override get message(): string {
    return `The listing shows no backup of ${place(this.environment)}: there is nothing to restore. Look whether its`
      + " backups are in use, or in another directory."
  }
}

/** A time was given, and no backup of the environment says when it was made. */
export class OnlyUndated extends Schema.TaggedError<OnlyUndated>()("OnlyUndated", { environment: Environment }) {
  override get message(): string {
    return `No backup of ${
      place(this.environment)
    } says when it was made, so that none can be chosen by time. Choose one `
      + "by its id, or leave the time out."
  }
}

/** A time was given, and every backup of the environment was made after it; `oldest` is the first of them. */
export class NoBackupAt extends Schema.TaggedError<NoBackupAt>()("NoBackupAt", {
  environment: Environment,
  at: Schema.DateTimeUtc,
  oldest: Schema.String,
  oldestAt: Schema.DateTimeUtc
}) {
  override get message(): string {
    return `No backup of ${place(this.environment)} is as old as ${DateTime.formatIso(this.at)}. The oldest is `
      + `${PrintableText.excerpt(this.oldest)} of ${DateTime.formatIso(this.oldestAt)}.`
  }
}

/** Keep-chain was asked for on a chain of a version that cannot be merged. Source: SEMANTICS 4.2, row 5. */
export class UnsupportedKeepChain extends Schema.TaggedError<UnsupportedKeepChain>()("UnsupportedKeepChain", {
  id: Schema.String,
  environment: Environment,
  version: Schema.Int
}) {
  override get message(): string {
    return `Backup ${PrintableText.excerpt(this.id)} of ${
      place(this.environment)
    } is in a chain of version ${this.version}`
      + ", and only chains from version 4 can lose one backup and keep the others. A server would answer "
      + `${ReturnCode.print(ReturnCode.codes.PRL_ERR_BACKUP_UNSUPPORTED_KEEP_CHAIN)} and remove nothing. Without`
      + " keep-chain, the backup and all that follow it in its chain would be removed."
  }
}

/**
 * A removal that a server refuses, since it cannot read what it would have to rewrite: only a backup directory shows that.
 * Source: SEMANTICS 4.2.
 */
export class RemovalRefused extends Schema.TaggedError<RemovalRefused>()("RemovalRefused", {
  id: Schema.String,
  environment: Environment,
  code: Schema.Int
}) {
  override get message(): string {
    return `A server would answer ${ReturnCode.print(this.code)} to the removal of ${
      PrintableText.excerpt(this.id)
    } of ${
      place(this.environment)
    }, and remove nothing: what it would have to rewrite in the chain is hidden, for it cannot be read. check says what `
      + "that is."
  }
}

/** Schema of every {@link PlanError}, so that one can be stored. */
export const PlanError = Schema.Union([
  IncompleteListing,
  MalformedId,
  UnknownId,
  StaleId,
  BackupHidden,
  EnvironmentHidden,
  ChainQuarantined,
  ImagesBroken,
  UnknownEnvironment,
  AmbiguousName,
  NoBackup,
  OnlyUndated,
  NoBackupAt,
  UnsupportedKeepChain,
  RemovalRefused
])
/** Why there is no plan. */
export type PlanError = typeof PlanError.Type

/** Why there is no plan about a backup that is named by its id. */
export type BackupLookupError =
  | IncompleteListing
  | MalformedId
  | UnknownId
  | StaleId
  | BackupHidden
  | ChainQuarantined

/** Why there is no plan about an environment that is named by its uuid or name. */
export type EnvironmentLookupError =
  | IncompleteListing
  | UnknownEnvironment
  | EnvironmentHidden
  | AmbiguousName
  | NoBackup
  | OnlyUndated
  | NoBackupAt
  | ChainQuarantined
  | ImagesBroken
