import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as BackupSource from "@backup-tree/io/BackupSource"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Otlp from "effect/observability/Otlp"

/** Sends spans, metrics and log lines to an OpenTelemetry collector, such as one at http://localhost:4318. */
export const telemetry = (baseUrl: string) =>
  Otlp.layerJson({ baseUrl, resource: { serviceName: "backup-report" } }).pipe(Layer.provide(FetchHttpClient.layer))

/** A request inside a span of your own, which becomes the parent of the library's. */
export const report = BackupSource.getBackupTree(BackupTreeRequest.everything).pipe(
  Effect.map(({ tree }) => tree.environments.map(({ name }) => name)),
  Effect.withSpan("nightly report")
)
