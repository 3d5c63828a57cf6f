/** The interface of a source of backup trees, and what a new kind of source has to implement. */
import type * as BackupListing from "@backup-tree/core/listing/BackupListing"
import type * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import type * as BackupTree from "@backup-tree/core/tree/BackupTree"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { BackupSourceError } from "../BackupSourceError.ts"
import type * as Job from "../dispatcher/Job.ts"

/**
 * A request for a backup tree.
 *
 * @category models
 * @since 0.2.0
 */
export type Request = BackupTreeRequest.BackupTreeRequest

/**
 * Options of a call to a server.
 *
 * @category models
 * @since 0.2.0
 */
export type CallOptions = BackupTreeRequest.CallOptions

/**
 * Limits for decoding a text.
 *
 * @category models
 * @since 0.2.0
 */
export interface TextOptions {
  /** The most elements of a tree, attributes included (default: 2·10⁷). So many may take gigabytes of memory. */
  readonly maxElements?: number | undefined
  /**
   * The most memory that a tree takes, estimated in bytes (default: a quarter of the heap that the process may use).
   * Checks and plans need about as much again.
   */
  readonly maxTreeBytes?: number | undefined
}

/**
 * The implementation of a source. `BackupSource.make` adds metrics, spans, retries and `getBackupTree`.
 *
 * @category services
 * @since 0.2.0
 */
export interface SourceImplementation {
  /** The origin of the trees, which names the source in errors, spans and metrics. */
  readonly source: BackupListing.Source
  /** Submits a request and returns its job. See {@link SourceService}. */
  readonly submit: (
    request: Request,
    options?: CallOptions
  ) => Effect.Effect<Job.Job<BackupListing.BackupListing, BackupSourceError>, BackupSourceError, Scope.Scope>
  /** Streams the environments of a listing. See {@link SourceService}. */
  readonly streamEnvironments: (
    request: Request,
    options?: CallOptions
  ) => Stream.Stream<BackupTree.VirtualEnvironment, BackupSourceError>
  /** Returns the XML of a tree as it was sent. See {@link SourceService}. */
  readonly getBackupTreeXml: (request: Request, options?: CallOptions) => Effect.Effect<string, BackupSourceError>
  /** Decodes the XML of a tree. See {@link SourceService}. */
  readonly decode: (text: string, request: Request) => Effect.Effect<BackupListing.BackupListing, BackupSourceError>
}

/**
 * A source of backup trees.
 *
 * @category services
 * @since 0.2.0
 */
export interface SourceService {
  /** The origin of the trees: a dispatcher, a file, a backup directory or a test. */
  readonly source: BackupListing.Source
  /**
   * Submits a request and returns its job. The job belongs to the scope.
   *
   * The listing is filtered by the request. The job fails with `RequestedBackupMissing` without the requested backup.
   */
  readonly submit: SourceImplementation["submit"]
  /** Submits a request and waits for the listing. Interrupting it cancels the job and closes its connection. */
  readonly getBackupTree: (
    request: Request,
    options?: CallOptions
  ) => Effect.Effect<BackupListing.BackupListing, BackupSourceError>
  /**
   * Streams the environments of a listing as they arrive.
   *
   * Use it when you do not need the whole tree. Memory stays bounded; a slow consumer applies backpressure to the
   * server. The environments are those of `getBackupTree`. Treat them as provisional until the stream ends. The notes
   * of the reader are only in the listing of `getBackupTree`. A source of files reads the whole text first.
   */
  readonly streamEnvironments: SourceImplementation["streamEnvironments"]
  /** Returns the XML of a tree as it was sent, neither checked nor filtered, like the SDK. */
  readonly getBackupTreeXml: SourceImplementation["getBackupTreeXml"]
  /** Decodes the result of `getBackupTreeXml` for the same request into a listing. */
  readonly decode: SourceImplementation["decode"]
}
