/** Sends commands on a connection. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Command from "../../protocol/Command.ts"
import type * as Event from "../../protocol/Event.ts"
import type * as Package from "../../protocol/Package.ts"
import type { DispatcherConnection } from "../DispatcherConnection.ts"
import { DispatcherError, type DispatcherReason, UnsendableCommand } from "../DispatcherError.ts"
import type * as Job from "../Job.ts"
import * as RandomUuid from "../RandomUuid.ts"
import type { Request } from "./exchange.ts"

/** Fails with a reason, at the endpoint of a connection. */
export const failure = (
  { endpoint }: DispatcherConnection,
  reason: DispatcherReason
): Effect.Effect<never, DispatcherError> => Effect.fail(new DispatcherError({ endpoint, reason }))

/** Sends a command. The job's result is the package of the reply. */
export const sendCommand = Effect.fnUntraced(function*(
  connection: DispatcherConnection,
  command: Command.Command,
  options: Omit<Request, "type" | "payload"> = {}
): Effect.fn.Return<Job.Job<Package.Package, DispatcherError>, DispatcherError, Scope.Scope> {
  const envelope: Event.Envelope = { issuerId: yield* RandomUuid.next, initialRequestId: yield* RandomUuid.next }
  const payload = Command.encode(command, envelope)
  return Result.isSuccess(payload)
    ? yield* connection.request({ ...options, type: Command.typeOf(command), payload: payload.success })
    : yield* failure(connection, new UnsendableCommand({ command: command._tag, why: payload.failure }))
})
