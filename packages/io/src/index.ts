/**
 * Effect services that query a Virtuozzo dispatcher for its backup tree over its own protocol.
 *
 * @since 0.2.0
 */
export * as BackupSource from "./BackupSource.ts"
export * as BackupSourceError from "./BackupSourceError.ts"
export * as Cooperative from "./Cooperative.ts"
export * as BackupDirectory from "./directory/BackupDirectory.ts"
export * as StoreFileSystem from "./directory/StoreFileSystem.ts"
export * as TextFile from "./directory/TextFile.ts"
export * as DispatcherClient from "./dispatcher/DispatcherClient.ts"
export * as DispatcherConnection from "./dispatcher/DispatcherConnection.ts"
export * as DispatcherError from "./dispatcher/DispatcherError.ts"
export * as DispatcherEvent from "./dispatcher/DispatcherEvent.ts"
export * as DispatcherTransport from "./dispatcher/DispatcherTransport.ts"
export * as Endpoint from "./dispatcher/Endpoint.ts"
export * as Job from "./dispatcher/Job.ts"
export * as JobPoller from "./dispatcher/JobPoller.ts"
export * as Limits from "./dispatcher/Limits.ts"
export * as RandomUuid from "./dispatcher/RandomUuid.ts"
export * as TreeStream from "./dispatcher/TreeStream.ts"
export * as SourceMetrics from "./SourceMetrics.ts"
