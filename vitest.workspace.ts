import { defineConfig } from "vitest/config"

const conditions = ["@backup-tree/source", "module", "node", "development|production"]

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ["@backup-tree/source", "node"] } },
  test: {
    projects: ["core", "formats", "io", "emulator", "cli"].map((name) => ({
      extends: true as const,
      root: `packages/${name}`,
      test: { name, include: ["test/**/*.test.ts"] }
    }))
  }
})
