import { randomInt } from "node:crypto"
import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

const conditions = ["@backup-tree/source", "module", "node", "development|production"]

// Laws are tried on random values: more of them, or the same ones again, at a word. Each project reads this file anew,
// and the first to read it chooses for all.
process.env["BACKUP_TREE_RUNS"] ??= "40"
if (process.env["BACKUP_TREE_SEED"] === undefined) {
  process.env["BACKUP_TREE_SEED"] = String(randomInt(2 ** 31))
  process.stdout.write(
    `property tests: ${process.env["BACKUP_TREE_RUNS"]} runs each; `
      + `repeat them with BACKUP_TREE_SEED=${process.env["BACKUP_TREE_SEED"]}\n`
  )
}

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ["@backup-tree/source", "node"] } },
  test: {
    // Left to itself, the runner spares a processor.
    maxWorkers: "100%",
    setupFiles: [fileURLToPath(new URL("vitest.setup.ts", import.meta.url))],
    projects: ["core", "testing", "formats", "io", "emulator", "cli"].map((name) => ({
      extends: true as const,
      root: `packages/${name}`,
      // The command's tests start processes of their own, and wait for them.
      test: {
        name,
        include: ["test/**/*.test.ts"],
        globalSetup: name === "cli"
          ? [fileURLToPath(new URL("packages/cli/test/support/bundle.ts", import.meta.url))]
          : [],
        // No test leaves anything behind: the files of a project share a worker, which loads the library once.
        isolate: false,
        sequence: { concurrent: name === "cli" },
        maxConcurrency: 10,
        // Long enough for a very busy machine: a test of the command waits for several processes.
        testTimeout: 600_000,
        hookTimeout: 600_000
      }
    }))
  }
})
