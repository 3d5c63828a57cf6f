import * as Arbitrary from "effect/Arbitrary"

// The workspace has chosen both, once for all files.
Arbitrary.configureGlobal({
  check: { runs: Number(process.env["BACKUP_TREE_RUNS"]), seed: process.env["BACKUP_TREE_SEED"] }
})
