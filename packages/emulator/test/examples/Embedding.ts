import { BackupCatalog, type BackupListing, BackupTree, BackupTreeRequest, Check, ReturnCode } from "@backup-tree/core"
import { BackupSource } from "@backup-tree/io"
import type { BackupSourceError } from "@backup-tree/io/BackupSourceError"
import { Config, Context, Duration, Effect, Layer, LayerMap, type Redacted, Schedule, Stream } from "effect"

/** A source whose host, user and password come from the configuration; the password is read as a `Redacted`. */
export const fromConfiguration = BackupSource.layerConfig({
  host: Config.String("BACKUP_HOST"),
  port: Config.withDefault(Config.Int("BACKUP_PORT"), 64_000),
  userName: Config.withDefault(Config.String("BACKUP_USER"), "root"),
  password: Config.Redacted("BACKUP_PASSWORD")
})

/** A service of your own, on top of any source. */
export class Trust extends Context.Service<Trust, {
  readonly broken: Effect.Effect<ReadonlyArray<string>, BackupSourceError>
}>()("example/Trust") {
  static readonly layer = Layer.effect(
    Trust,
    Effect.gen(function*() {
      const source = yield* BackupSource.BackupSource
      return {
        broken: Effect.map(
          source.getBackupTree(BackupTreeRequest.everything),
          (listing) => BackupCatalog.fromListing(listing).quarantined.map(({ chain }) => chain.uuid)
        )
      }
    })
  )
}

/** Follows a job to its end: how many bytes of how many are there. The scope owns the job. */
export const followed = (say: (line: string) => Effect.Effect<void>) =>
  Effect.scoped(Effect.gen(function*() {
    const job = yield* BackupSource.submit(BackupTreeRequest.everything)
    yield* Stream.runForEach(job.changes, (status) =>
      say(status._tag === "Receiving" ? `${status.bytes} of ${status.total} bytes` : status._tag))
    return yield* job.await
  }))

/** How many bytes the backups of each machine take, without the tree in memory. */
export const sizes = BackupSource.streamEnvironments(BackupTreeRequest.everything).pipe(
  Stream.map(({ chains, name }) => ({
    name,
    bytes: chains.flatMap(BackupTree.backups).reduce((sum, { size }) => sum + size, 0n)
  })),
  Stream.runCollect
)

/** Gives a question up after a while; the server is told to stop working on it. */
export const within = (limit: Duration.Input) =>
  Effect.timeoutOption(BackupSource.getBackupTree(BackupTreeRequest.everything), limit)

/** A source that is patient with accidents, and has limits of its own. */
export const patient = (host: string, password: Redacted.Redacted<string>) =>
  BackupSource.layerDispatcher({
    host,
    userName: "root",
    password,
    securityLevel: "high",
    maxConcurrent: 4,
    retry: Schedule.max([Schedule.exponential("1 second"), Schedule.recurs(4)]),
    limits: { connectTimeout: "10 seconds", stallAfter: "2 minutes", maxReplyBytes: 16 * 2 ** 20 }
  })

/** One source for each host, made when it is first asked for. */
export class Hosts extends LayerMap.Service<Hosts>()("example/Hosts", {
  lookup: (host: string) =>
    Layer.unwrap(Effect.map(Config.Redacted("BACKUP_PASSWORD"), (password) => patient(host, password))),
  idleTimeToLive: "5 minutes"
}) {}

/** Asks several hosts at once; what one of them has to complain of does not keep the others from answering. */
export const fromAll = (hosts: ReadonlyArray<string>) =>
  Effect.forEach(hosts, (host) =>
    BackupSource.getBackupTree(BackupTreeRequest.everything).pipe(
      Effect.provide(Hosts.get(host)),
      Effect.result,
      Effect.map((answer) => ({ host, answer }))
    ), { concurrency: 8 })

/** Everything that the server can be made to show, and the places that had no answer. */
export const survey = (known: ReadonlyArray<string>) =>
  Effect.map(
    BackupSource.listEverything({ known, directories: ["/mnt/old-backups"] }),
    ({ listing, merged, unanswered }) => ({
      names: listing.tree.environments.map(({ name }) => name),
      completeness: listing.completeness,
      findings: Check.run(listing, { merged }).findings.map(({ message }) => message),
      silent: unanswered.map(({ origin }) => origin._tag)
    })
  )

/** The ids of the whole chain that a backup belongs to. */
export const chainOf = (id: string) =>
  Effect.map(
    BackupSource.getChain(id),
    ({ tree }) =>
      tree.environments.flatMap(({ chains }) =>
        chains.flatMap(({ head, incrementals }) => [head, ...incrementals].map(({ id }) => id))
      )
  )

/** What to do about a failure, by its reason. */
export const advice = <R>(asking: Effect.Effect<BackupListing.BackupListing, BackupSourceError, R>) =>
  asking.pipe(
    Effect.as("answered"),
    Effect.catchReason("BackupSourceError", "RequestedBackupMissing", ({ id }) => Effect.succeed(`no backup ${id}`)),
    Effect.catchReason("BackupSourceError", "DispatcherError", (error) => {
      switch (error.reason._tag) {
        case "LoginRefused":
          return Effect.succeed("check user name and password")
        case "CommandFailed":
          return Effect.succeed(`the server says ${ReturnCode.print(error.reason.code)}`)
        default:
          return Effect.succeed(error.isRetryable ? "try again later" : error.message)
      }
    }),
    Effect.catchTag("BackupSourceError", (error) => Effect.succeed(error.message))
  )
