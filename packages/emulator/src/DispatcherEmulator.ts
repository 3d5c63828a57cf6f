/**
 * A dispatcher to test against and to play with: the real protocol, as server, over a store in memory.
 *
 * It answers as `ServerModel.select` says, the defects of real servers included, and what the product's own command
 * asks on the way. Source: PROTOCOL 2 to 6.
 */
import * as BackupTreeXml from "@backup-tree/core/BackupTreeXml"
import * as ServerModel from "@backup-tree/core/ServerModel"
import type { XmlError } from "@backup-tree/core/XmlError"
import type { DispatcherError } from "@backup-tree/io/DispatcherError"
import * as DispatcherTransport from "@backup-tree/io/DispatcherTransport"
import * as Endpoint from "@backup-tree/io/Endpoint"
import * as Handshake from "@backup-tree/io/protocol/Handshake"
import * as RandomUuid from "@backup-tree/io/RandomUuid"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Session from "./internal/Session.ts"

/** A user who may log in. */
export interface Account {
  readonly userName: string
  readonly password: Redacted.Redacted<string>
}

/** What a dispatcher serves, to whom, and where. */
export interface Options {
  readonly store: ServerModel.Store
  readonly accounts: ReadonlyArray<Account>
  /** Where it listens: a free port of 127.0.0.1 unless told. On a unix socket whoever may open it may log in. */
  readonly endpoint?: Endpoint.Endpoint | undefined
  /**
   * Runs before each backup tree is sent; `Effect.never` makes a server whose task hangs.
   */
  readonly beforeTree?: Effect.Effect<void> | undefined
}

/** A dispatcher that is running. */
export interface DispatcherEmulator {
  /** Where it listens; a port of 0 has become a free one. */
  readonly endpoint: Endpoint.Endpoint
  /** How many connections are open. */
  readonly connections: Effect.Effect<number>
}

/** Reads the text of a backup tree into the store whose listing it is; its defects stay. */
export const storeFromXml = (text: string): Result.Result<ServerModel.Store, XmlError> =>
  Result.map(BackupTreeXml.decode(text, { mode: "tolerant" }), ({ tree }) => ServerModel.fromTree(tree))

/** Starts a dispatcher; it runs until the scope closes, which closes every connection. */
export const make = (options: Options): Effect.Effect<DispatcherEmulator, DispatcherError, Scope.Scope> =>
  Effect.gen(function*() {
    const wanted = options.endpoint ?? Endpoint.tcp("127.0.0.1", 0)
    const connections = yield* Ref.make(0)
    const serverUuid = yield* RandomUuid.next
    const startedAt = yield* Clock.currentTimeMillis
    let numericId = 0n
    const server: Session.Server = {
      opening: {
        version: Handshake.ownVersion,
        header: { senderType: Handshake.SenderType.dispatcher, uuid: serverUuid }
      },
      store: options.store,
      accounts: options.accounts,
      isLocal: wanted._tag === "Unix",
      beforeTree: options.beforeTree ?? Effect.void,
      startedAt,
      nextNumericId: Effect.sync(() => numericId += 1n)
    }
    const endpoint = yield* DispatcherTransport.listen(wanted, (transport) =>
      Effect.andThen(
        Effect.acquireRelease(
          Ref.update(connections, (count) => count + 1),
          () => Ref.update(connections, (count) => count - 1)
        ),
        Session.serve(transport, server)
      ))
    return { endpoint, connections: Ref.get(connections) }
  })
