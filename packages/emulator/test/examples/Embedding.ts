import { BackupCatalog, type BackupListing, BackupTree, BackupTreeRequest, Check, ReturnCode } from "@backup-tree/core"
import { BackupSource } from "@backup-tree/io"
import type { BackupSourceError } from "@backup-tree/io/BackupSourceError"
import { Config, Context, Duration, Effect, Layer, LayerMap, type Redacted, Schedule, Stream } from "effect"

/** A source whose host, user and password come from the configuration. The password is read as a `Redacted`. */
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

/** Follows a job to its end, and reports how many bytes have arrived. The job belongs to the scope. */
export const followed = (print: (line: string) => Effect.Effect<void>) =>
  Effect.scoped(Effect.gen(function*() {
    const job = yield* BackupSource.submit(BackupTreeRequest.everything)
    yield* Stream.runForEach(job.changes, (status) =>
      print(status._tag === "Receiving" ? `${status.bytes} of ${status.total} bytes` : status._tag))
    return yield* job.await
  }))

/** The size of the backups of each machine, without the tree in memory. */
export const sizes = BackupSource.streamEnvironments(BackupTreeRequest.everything).pipe(
  Stream.map(({ chains, name }) => ({
    name,
    bytes: chains.flatMap(BackupTree.backups).reduce((sum, { size }) => sum + size, 0n)
  })),
  Stream.runCollect
)

/** Times out after a limit. The request is then cancelled on the server. */
export const within = (limit: Duration.Input) =>
  Effect.timeoutOption(BackupSource.getBackupTree(BackupTreeRequest.everything), limit)

/** A source with retries and its own limits. */
export const patient = (host: string, password: Redacted.Redacted<string>) =>
  BackupSource.layerDispatcher({
    host,
    userName: "root",
    password,
    securityLevel: "high",
    maxConcurrent: 4,
    retry: Schedule.max([Schedule.exponential("1 second"), Schedule.recurs(4)]),
    requestTimeout: "5 minutes",
    limits: { connectTimeout: "10 seconds", stallAfter: "2 minutes", maxReplyBytes: 16 * 2 ** 20 }
  })

/** One source per host, created when it is first used. */
export class Hosts extends LayerMap.Service<Hosts>()("example/Hosts", {
  lookup: (host: string) =>
    Layer.unwrap(Effect.map(Config.Redacted("BACKUP_PASSWORD"), (password) => patient(host, password))),
  idleTimeToLive: "5 minutes"
}) {}

/** Queries several hosts at once. One that fails does not stop the others. */
export const fromAll = (hosts: ReadonlyArray<string>) =>
  Effect.forEach(hosts, (host) =>
    BackupSource.getBackupTree(BackupTreeRequest.everything).pipe(
      Effect.provide(Hosts.get(host)),
      Effect.result,
      Effect.map((result) => ({ host, result }))
    ), { concurrency: 8 })

/** Everything that the server lists on request, and the requests that failed. */
export const survey = (known: ReadonlyArray<string>) =>
  Effect.map(
    BackupSource.listEverything({ known, directories: ["/mnt/old-backups"] }),
    ({ failed, listing, merged }) => ({
      names: listing.tree.environments.map(({ name }) => name),
      completeness: listing.completeness,
      findings: Check.run(listing, { merged }).findings.map(({ message }) => message),
      missing: failed.map(({ origin }) => origin._tag)
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
export const advice = <R>(request: Effect.Effect<BackupListing.BackupListing, BackupSourceError, R>) =>
  request.pipe(
    Effect.as("succeeded"),
    Effect.catchReasons("BackupSourceError", {
      LoginRefused: () => Effect.succeed("check user name and password"),
      CommandFailed: ({ code }) => Effect.succeed(`the server reports ${ReturnCode.print(code)}`),
      RequestedBackupMissing: ({ id }) => Effect.succeed(`no backup ${id}`)
    }),
    Effect.catchTag(
      "BackupSourceError",
      (error) => Effect.succeed(error.isRetryable ? "try again later" : error.message)
    )
  )
