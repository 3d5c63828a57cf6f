/**
 * The errors of restore and removal plans. Each message states what is wrong, where, and what to do. Server texts in it
 * are escaped.
 *
 * @since 0.2.0
 */
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import * as ReturnCode from "../sdk/ReturnCode.ts"
import * as PrintableText from "../text/PrintableText.ts"
import {
  checkByHand,
  consequence,
  Environment,
  Findings,
  list,
  listFindings,
  listWhy,
  Outcome,
  place,
  whatToTry,
  Why
} from "./internal/errorDetails.ts"
import { SeveralServers, UnknownCompleteness, UnknownProtected } from "./internal/retentionErrors.ts"

export { ServerOutcome } from "./internal/errorDetails.ts"
export { SeveralServers, UnknownCompleteness, UnknownProtected } from "./internal/retentionErrors.ts"

/**
 * The listing is partial: it covers only one backup id, is filtered, or lacks a server. So it lacks backups that exist.
 *
 * @see [Semantics 4.1](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s4-1)
 * @category errors
 * @since 0.2.0
 */
export class IncompleteListing extends Schema.TaggedError<IncompleteListing>()("IncompleteListing", {
  source: Schema.String
}) {
  override get message(): string {
    return `The listing of ${
      PrintableText.excerpt(this.source)
    } is partial and lacks backups that exist: it covers only one backup id, is filtered, or lacks a server. `
      + "It cannot be used for a plan. List everything, or the whole VM or container, and plan again."
  }
}

/**
 * A text that no server accepts as a backup id.
 *
 * @category errors
 * @since 0.2.0
 */
export class MalformedId extends Schema.TaggedError<MalformedId>()("MalformedId", {
  text: Schema.String,
  why: Schema.String,
  outcome: Outcome
}) {
  override get message(): string {
    return `${PrintableText.quote(this.text)} is not a backup id: ${this.why}.${consequence(this.outcome)}`
      + " Copy the id from a fresh listing: {uuid} or {uuid}.N."
  }
}

/**
 * The id of a backup whose chain is not in the listing.
 *
 * @category errors
 * @since 0.2.0
 */
export class UnknownId extends Schema.TaggedError<UnknownId>()("UnknownId", {
  id: Schema.String,
  source: Schema.String,
  /** Whether the listing is known to cover both VMs and containers. */
  coversBothKinds: Schema.Boolean,
  outcome: Outcome
}) {
  override get message(): string {
    return `The listing of ${PrintableText.excerpt(this.source)} has no chain with backup ${
      PrintableText.quote(this.id)
    }.`
      + consequence(this.outcome)
      + " Copy the id from a fresh listing. If the id is right, "
      + (this.coversBothKinds ? "" : "list both VMs and containers, or ")
      + "wait until the chain is no longer in use. A VM or container with its own backup directory must be listed by its uuid."
  }
}

/**
 * The id of a backup whose chain is in the listing, but without this number.
 *
 * The backup was removed, was merged into the next one, or never existed.
 *
 * @category errors
 * @since 0.2.0
 */
export class StaleId extends Schema.TaggedError<StaleId>()("StaleId", {
  id: Schema.String,
  environment: Environment,
  chain: Schema.String,
  listed: Schema.Array(Schema.String),
  outcome: Outcome
}) {
  override get message(): string {
    return `Chain ${PrintableText.excerpt(this.chain)} of ${place(this.environment)} has no backup `
      + `${PrintableText.quote(this.id)}: it was removed or merged into the next one, or never existed.`
      + `${consequence(this.outcome)} Use an id of this chain: ${list(this.listed)}.`
  }
}

/**
 * A hidden backup: present on disk, but not listed by the server. Only a listing of a backup directory can show it.
 *
 * @category errors
 * @since 0.2.0
 */
export class BackupHidden extends Schema.TaggedError<BackupHidden>()("BackupHidden", {
  id: Schema.String,
  /** Its location, relative to the backup directory. */
  path: Schema.String,
  why: Why,
  outcome: Outcome
}) {
  override get message(): string {
    return `Backup ${PrintableText.quote(this.id)} is in ${
      PrintableText.quote(this.path, 400)
    }, but a server does not list it: `
      + `${listWhy(this.why)}.${consequence(this.outcome)} ${whatToTry(this.why)}`
  }
}

/**
 * A hidden environment: present on disk, but not listed by the server. Only a listing of a backup directory can show
 * it.
 *
 * @category errors
 * @since 0.2.0
 */
export class EnvironmentHidden extends Schema.TaggedError<EnvironmentHidden>()("EnvironmentHidden", {
  text: Schema.String,
  /** Its location, relative to the backup directory. */
  path: Schema.String,
  why: Why
}) {
  override get message(): string {
    return `VM or container ${PrintableText.quote(this.text)} is in ${
      PrintableText.quote(this.path, 400)
    }, but a server `
      + `does not list it: ${listWhy(this.why)}. ${whatToTry(this.why)}`
  }
}

/**
 * A chain that an error breaks, so that plans must not use it. `instead` is the id of a backup of the same environment
 * that can be restored.
 *
 * @category errors
 * @since 0.2.0
 */
export class ChainQuarantined extends Schema.TaggedError<ChainQuarantined>()("ChainQuarantined", {
  environment: Environment,
  chain: Schema.String,
  findings: Findings,
  instead: Schema.UndefinedOr(Schema.String)
}) {
  override get message(): string {
    return `Chain ${PrintableText.excerpt(this.chain)} of ${place(this.environment)} is broken, so no plan `
      + `can use it. ${listFindings(this.findings)}. `
      + (this.instead === undefined
        ? "Fix the chain first. Run `backup-tree check` for advice on these findings."
        : `The best backup that can be restored is ${PrintableText.excerpt(this.instead)}. Select it by its id.`)
  }
}

/**
 * A backup that cannot be restored, because an image of it, or of a backup it needs, is missing or damaged.
 *
 * Only a listing of a backup directory can show this. `instead` is the id of the best backup of the same environment
 * that has all its images.
 *
 * @category errors
 * @since 0.2.0
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
        ? `No backup of this VM or container has all its images. ${checkByHand}`
        : `The best backup with all its images is ${PrintableText.excerpt(this.instead)}. Select it by its id.`)
  }
}

/**
 * A text that is neither the uuid nor the name of an environment in the listing.
 *
 * @category errors
 * @since 0.2.0
 */
export class UnknownEnvironment extends Schema.TaggedError<UnknownEnvironment>()("UnknownEnvironment", {
  text: Schema.String,
  source: Schema.String
}) {
  override get message(): string {
    return `The listing of ${PrintableText.excerpt(this.source)} has no VM or container ${
      PrintableText.quote(this.text)
    }.`
      + " Use its uuid, which a rename does not change, or its exact name in the latest backup. If the listing is of VMs"
      + " or of containers alone, list both."
  }
}

/**
 * A name that several environments share.
 *
 * @category errors
 * @since 0.2.0
 */
export class AmbiguousName extends Schema.TaggedError<AmbiguousName>()("AmbiguousName", {
  name: Schema.String,
  uuids: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return `${this.uuids.length} VMs or containers are named ${PrintableText.quote(this.name)}: ${list(this.uuids)}.`
      + " Select one by its uuid."
  }
}

/**
 * An environment without any backup.
 *
 * @category errors
 * @since 0.2.0
 */
export class NoBackup extends Schema.TaggedError<NoBackup>()("NoBackup", { environment: Environment }) {
  override get message(): string {
    return `The listing has no backup of ${place(this.environment)}, so there is nothing to restore. Check whether its`
      + " backups are in use or in another directory."
  }
}

/**
 * A restore by time of an environment whose backups have no dates.
 *
 * @category errors
 * @since 0.2.0
 */
export class OnlyUndated extends Schema.TaggedError<OnlyUndated>()("OnlyUndated", { environment: Environment }) {
  override get message(): string {
    return `No backup of ${
      place(this.environment)
    } has a date, so none can be selected by time. Select one by its id, or `
      + "leave out the time."
  }
}

/**
 * A restore by time of an environment whose backups were all made later. `oldest` is the id of the first of them.
 *
 * @category errors
 * @since 0.2.0
 */
export class NoBackupAt extends Schema.TaggedError<NoBackupAt>()("NoBackupAt", {
  environment: Environment,
  at: Schema.DateTimeUtc,
  oldest: Schema.String,
  oldestAt: Schema.DateTimeUtc
}) {
  override get message(): string {
    return `No backup of ${place(this.environment)} was made at or before ${DateTime.formatIso(this.at)}. Use a later `
      + `time: the oldest backup is ${PrintableText.excerpt(this.oldest)}, made at ${
        DateTime.formatIso(this.oldestAt)
      }.`
  }
}

/**
 * A removal with keep-chain from a chain whose version does not support merging.
 *
 * @see [Semantics 4.2](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s4-2)
 * @category errors
 * @since 0.2.0
 */
export class UnsupportedKeepChain extends Schema.TaggedError<UnsupportedKeepChain>()("UnsupportedKeepChain", {
  id: Schema.String,
  environment: Environment,
  version: Schema.Int
}) {
  override get message(): string {
    return `Backup ${PrintableText.excerpt(this.id)} of ${
      place(this.environment)
    } cannot be removed with keep-chain: its `
      + `chain has version ${this.version}, and only version 4 and later can merge a backup into the next one. A `
      + `server would return ${
        ReturnCode.print(ReturnCode.codes.PRL_ERR_BACKUP_UNSUPPORTED_KEEP_CHAIN)
      } and remove nothing.`
      + " Without keep-chain, a removal destroys the backup and all later ones in its chain."
  }
}

/**
 * A removal that a server refuses, because it cannot read a part of the chain that it would have to rewrite.
 *
 * Only a listing of a backup directory can show this.
 *
 * @see [Semantics 4.2](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s4-2)
 * @category errors
 * @since 0.2.0
 */
export class RemovalRefused extends Schema.TaggedError<RemovalRefused>()("RemovalRefused", {
  id: Schema.String,
  environment: Environment,
  code: Schema.Int
}) {
  override get message(): string {
    return `A server would refuse to remove ${PrintableText.excerpt(this.id)} of ${place(this.environment)} with ${
      ReturnCode.print(this.code)
    }: it cannot read a part of the chain that it would have to rewrite. Run \`backup-tree check\` on the directory to `
      + "see which part."
  }
}

/**
 * Schema of all plan errors, for storing and sending them.
 *
 * @category schemas
 * @since 0.2.0
 */
export const PlanError = Schema.Union([
  IncompleteListing,
  SeveralServers,
  UnknownCompleteness,
  UnknownProtected,
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
/**
 * The reason why a plan cannot be made.
 *
 * @category errors
 * @since 0.2.0
 */
export type PlanError = typeof PlanError.Type

/**
 * The reason why a plan for a backup id cannot be made.
 *
 * @category errors
 * @since 0.2.0
 */
export type BackupLookupError =
  | IncompleteListing
  | SeveralServers
  | MalformedId
  | UnknownId
  | StaleId
  | BackupHidden
  | ChainQuarantined

/**
 * The reason why a plan for the uuid or name of an environment cannot be made.
 *
 * @category errors
 * @since 0.2.0
 */
export type EnvironmentLookupError =
  | IncompleteListing
  | SeveralServers
  | UnknownEnvironment
  | EnvironmentHidden
  | AmbiguousName
  | NoBackup
  | OnlyUndated
  | NoBackupAt
  | ChainQuarantined
  | ImagesBroken
