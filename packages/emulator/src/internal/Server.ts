/** What all connections of a server share: what it serves, who is connected, and the tasks at work. */
import type { SecurityLevel } from "@backup-tree/core/sdk/SecurityLevel"
import type * as BackupStore from "@backup-tree/core/server/BackupStore"
import type * as Handshake from "@backup-tree/io/protocol/Handshake"
import type * as Deferred from "effect/Deferred"
import type * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { createHash, timingSafeEqual } from "node:crypto"
import type { ServerLimits } from "../ServerLimits.ts"
import type { Connection } from "./Connection.ts"
import type { FaultPlan } from "./FaultyWire.ts"

/** Another server, as far as a request that is passed on to it depends on it. */
export interface Target {
  /** Whether a session of this id is logged in there. */
  readonly isLive: (session: Redacted.Redacted<string>) => Effect.Effect<boolean>
  /** The store that a request is answered from there. */
  readonly storeOf: (
    question: { readonly uuid: string; readonly backupDirectory: string }
  ) => Effect.Effect<BackupStore.BackupStore>
}

/** A task that has not ended; its id is the uuid of the request that began it. */
export interface Task {
  readonly id: string
  /** The number of the command. */
  readonly command: number
  /** Whether somebody has cancelled it. */
  readonly isCancelled: boolean
}

/** A task at work. */
export interface RunningTask {
  readonly id: string
  readonly command: number
  readonly owner: Connection
  readonly endsWithSession: boolean
  isCancelled: boolean
  readonly cancelled: Deferred.Deferred<void>
}

/** What a server serves, and how. */
export interface Settings {
  readonly own: Target
  readonly targets: ReadonlyMap<string, Target>
  readonly accounts: ReadonlyArray<{ readonly userName: string; readonly password: Redacted.Redacted<string> }>
  readonly minimumLevel: SecurityLevel
  readonly hostName: string
  readonly isLocal: boolean
  readonly beforeTree: Effect.Effect<void>
  readonly limits: ServerLimits
  readonly plan: FaultPlan
  /** How many commands of each type have come. */
  readonly commands: Map<number, number>
}

/** A server from its start to its end; a restart makes another one. */
export interface Server extends Settings {
  readonly opening: Handshake.ServerOpening
  readonly startedAt: number
  readonly scope: Scope.Scope
  readonly restart: Effect.Effect<void>
  readonly connections: Set<Connection>
  readonly tasks: Set<RunningTask>
  logins: number
  numericId: bigint
}

/** Tells whether a new connection would be one too many, of all, of its address, or of those still shaking hands. */
export const isFull = ({ connections, limits }: Server, address: string): boolean => {
  const all = [...connections]
  return all.length >= limits.maxConnections
    || all.filter((other) => other.address === address).length >= limits.maxConnectionsPerAddress
    || all.filter((other) => other.clientUuid === undefined).length >= limits.maxHandshakes
}

/** Tells whether a session of this id is logged in. */
export const isLive = ({ connections }: Server, session: Redacted.Redacted<string>): boolean =>
  [...connections].filter(({ clientUuid, user }) =>
    user !== undefined && clientUuid !== undefined && equalSecrets(Redacted.make(clientUuid), session)
  ).length > 0

/** Compares secrets; digests have one length, so that the time tells nothing of where or how much they differ. */
export const equalSecrets = (self: Redacted.Redacted<string>, that: Redacted.Redacted<string>): boolean => {
  const digest = (secret: Redacted.Redacted<string>) => createHash("sha256").update(Redacted.value(secret)).digest()
  return timingSafeEqual(digest(self), digest(that))
}
