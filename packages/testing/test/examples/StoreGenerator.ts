import { BackupTreeRequest, ServerModel } from "@backup-tree/core"
import { StoreGenerator } from "@backup-tree/testing"
import { DateTime } from "effect"

export const old = StoreGenerator.generate({
  seed: 1,
  now: DateTime.subtract(StoreGenerator.defaultNow, { days: 2 })
})

export const large = ServerModel.exactSelect(
  StoreGenerator.generate({ seed: 1, environments: 1_000 }),
  BackupTreeRequest.everything
)
