/** Finds a whole chain by the id of any of its backups. */
import type * as BackupListing from "@backup-tree/core/listing/BackupListing"
import * as BackupId from "@backup-tree/core/sdk/BackupId"
import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as Uuid from "@backup-tree/core/sdk/Uuid"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as Effect from "effect/Effect"
import { type BackupSourceError, RequestedBackupMissing } from "../BackupSourceError.ts"
import { failing } from "./replyListing.ts"
import type { CallOptions, SourceService } from "./sourceService.ts"

const { everything } = BackupTreeRequest

/** Returns the listing of a whole chain from a source. See `BackupSource.getChain`. */
export const get = Effect.fnUntraced(function*(
  { getBackupTree }: SourceService,
  id: string,
  options?: CallOptions
): Effect.fn.Return<BackupListing.BackupListing, BackupSourceError> {
  const request = (id: string) => getBackupTree({ ...everything, subject: { _tag: "Chain", id } }, options)
  const reply = yield* Effect.map(request(id), (listing) => ({ listing, isWhole: false })).pipe(
    Effect.catchReason(
      "BackupSourceError",
      "RequestedBackupMissing",
      () => Effect.map(getBackupTree(everything, options), (listing) => ({ listing, isWhole: true }))
    )
  )
  const key = BackupId.key(id)
  const chains = reply.listing.tree.environments.flatMap(({ chains }) => chains)
  const chain = chains.find((chain) => BackupTree.backups(chain).some((backup) => BackupId.key(backup.id) === key))
    ?? chains.find(({ uuid }) => Uuid.isUuid(id) && Uuid.equals(uuid, id))
  if (chain === undefined) {
    return yield* Effect.fail(failing(reply.listing.source)(new RequestedBackupMissing({ id })))
  }
  const isHead = BackupId.key(chain.head.id) === key
  return isHead && !reply.isWhole ? reply.listing : yield* request(chain.head.id)
})
