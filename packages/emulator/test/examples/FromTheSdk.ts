import { BackupTreeRequest } from "@backup-tree/core"
import { BackupSource } from "@backup-tree/io"
import { Console, Effect, Stream } from "effect"

/** The program: request, follow, wait, take the result or the error. It returns the return code. */
export const program = Effect.gen(function*() {
  // Steps 3 and 4; steps 1, 2 and 9 are the layer's.
  const job = yield* BackupSource.submit(BackupTreeRequest.everything)
  // Step 5, without asking again and again.
  yield* Stream.runForEach(job.changes, (status) => Console.error(`the job is ${status._tag}`))
  // Steps 6 and 7.
  const listing = yield* job.await
  for (const { chains, name } of listing.tree.environments) yield* Console.log(`${name}: ${chains.length} chains`)
  return 0
}).pipe(
  // Steps 9 and 10: the end of the scope.
  Effect.scoped,
  // Step 8.
  Effect.catchTag("BackupSourceError", (error) => Effect.as(Console.error(error.message), error.returnCode ?? 1))
)

/** The call itself, with the parameters that a C program passes, and the text that it gets. */
export const getBackupTree = Effect.fnUntraced(function*(parameters: BackupTreeRequest.Parameters) {
  const { ignored, options, request } = yield* Effect.fromResult(BackupTreeRequest.fromParameters(parameters))
  for (const parameter of ignored) yield* Console.error(BackupTreeRequest.printIgnored(parameter))
  return yield* BackupSource.getBackupTreeXml(request, options)
})
