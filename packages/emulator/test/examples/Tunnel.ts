import { BackupSource, DispatcherClient, Endpoint } from "@backup-tree/io"
import type { Redacted } from "effect"

/** A socket here that leads to the dispatcher's: no password, but the user at the far end. */
export const bySocket = (path: string) => BackupSource.layerLocal({ path })

/** A port here that leads to the dispatcher's port: name and password, as without a tunnel. */
export const byPort = (port: number, password: Redacted.Redacted<string>) =>
  BackupSource.layerDispatcher({ host: "127.0.0.1", port, userName: "root", password })

/** A port here that leads to the dispatcher's socket: no password, and every client is the user at the far end. */
export const byPortToSocket = (port: number) =>
  BackupSource.layerClient({ endpoint: Endpoint.tcp("127.0.0.1", port), credentials: DispatcherClient.local })
