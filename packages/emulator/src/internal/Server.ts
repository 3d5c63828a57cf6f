/** The state that all connections of a server share: its settings, clients and running tasks. */
import type { SecurityLevel } from "@backup-tree/core/sdk/SecurityLevel"
import type * as BackupStore from "@backup-tree/core/server/BackupStore"
import type { DispatcherError } from "@backup-tree/io/dispatcher/DispatcherError"
import type * as Handshake from "@backup-tree/io/protocol/Handshake"
import type * as Deferred from "effect/Deferred"
import type * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { createHash, timingSafeEqual } from "node:crypto"
import type { ServerLimits } from "../ServerLimits.ts"
import type { FaultPlan } from "./FaultyWire.ts"
import type { TreeTexts } from "./treeTexts.ts"

/**
 * Another server, to which requests are forwarded.
 *
 * @category models
 * @since 0.2.0
 */
export interface Target {
  /** Returns whether a session with this id is logged in there. */
  readonly isLive: (session: Redacted.Redacted<string>) => Effect.Effect<boolean>
  /** Returns the store for a request. */
  readonly storeOf: (
    request: { readonly uuid: string; readonly backupDirectory: string }
  ) => Effect.Effect<BackupStore.BackupStore>
}

/**
 * A VM or container of the host.
 *
 * @category models
 * @since 0.2.0
 */
export interface Machine {
  readonly uuid: string
  readonly name: string
}

/** A connected client. */
export interface Client {
  readonly address: string
  /** The uuid of its handshake. `undefined` before the handshake. */
  readonly clientUuid: string | undefined
  /** The user of the session. `undefined` before the login. */
  readonly user: string | undefined
  /** Sends an event. */
  readonly publish: (type: number, payload: Uint8Array) => Effect.Effect<void, DispatcherError>
}

/**
 * A running task. Its id is the uuid of its request.
 *
 * @category models
 * @since 0.2.0
 */
export interface Task {
  readonly id: string
  /** The number of the command. */
  readonly command: number
  /** Whether a client has cancelled it. */
  readonly isCancelled: boolean
}

/** The internal state of a running task. */
export interface RunningTask {
  readonly id: string
  readonly command: number
  readonly owner: Client
  readonly endsWithSession: boolean
  isCancelled: boolean
  readonly cancelled: Deferred.Deferred<void>
}

/** The settings of a server, which outlast a restart. */
export interface Settings {
  readonly own: Target
  readonly targets: ReadonlyMap<string, Target>
  /** The machines of the host, in the order in which they are searched. */
  readonly machines: Effect.Effect<ReadonlyArray<Machine>>
  readonly accounts: ReadonlyArray<{ readonly userName: string; readonly password: Redacted.Redacted<string> }>
  readonly minimumLevel: SecurityLevel
  readonly hostName: string
  readonly isLocal: boolean
  readonly beforeTree: Effect.Effect<void>
  readonly limits: ServerLimits
  readonly plan: FaultPlan
  /** The number of received commands of each type that is served, and of all others together. */
  readonly commands: Map<number, number>
}

/** A server from its start to its end. A restart makes a new one. */
export interface Server extends Settings {
  readonly opening: Handshake.ServerOpening
  readonly startedAt: number
  readonly scope: Scope.Scope
  readonly restart: Effect.Effect<void>
  readonly clients: Set<Client>
  readonly tasks: Set<RunningTask>
  readonly trees: TreeTexts
  logins: number
  numericId: bigint
}

/** Returns whether a new connection would exceed a limit: of all, of its address, or of unfinished handshakes. */
export const isFull = ({ clients, limits }: Server, address: string): boolean => {
  const all = [...clients]
  return all.length >= limits.maxConnections
    || all.filter((other) => other.address === address).length >= limits.maxConnectionsPerAddress
    || all.filter((other) => other.clientUuid === undefined).length >= limits.maxHandshakes
}

/** Returns whether a session with this id is logged in. */
export const isLive = ({ clients }: Server, session: Redacted.Redacted<string>): boolean =>
  // Compares with all of them, so that the time reveals nothing.
  [...clients].filter(({ clientUuid, user }) =>
    user !== undefined && clientUuid !== undefined && equalSecrets(Redacted.make(clientUuid), session)
  ).length > 0

/** Compares secrets by their digests, which have one length, so that the time does not reveal where they differ. */
export const equalSecrets = (self: Redacted.Redacted<string>, that: Redacted.Redacted<string>): boolean => {
  const digest = (secret: Redacted.Redacted<string>) => createHash("sha256").update(Redacted.value(secret)).digest()
  return timingSafeEqual(digest(self), digest(that))
}
