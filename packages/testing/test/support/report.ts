/** The code under test in examples. */
import type { BackupTree } from "@backup-tree/core"

/** Reports the machines of a tree, a line each, with a warning for every problem it knows. */
export const report = (tree: BackupTree.BackupTree): string =>
  tree.environments.map(({ chains, name, uuid }) => `${uuid} ${name}: ${chains.length} chains`).join("\n")
