import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as BackupSource from "@backup-tree/io/BackupSource"
import { assert, describe, it } from "@effect/vitest"
import { Config, ConfigProvider, Effect, Layer, LayerMap } from "effect"
import { chain, chainX, environment, tree, web } from "../../core/test/support/treeLiterals.ts"

const { everything } = BackupTreeRequest

describe("a source from the configuration", () => {
  const layer = BackupSource.layerConfig({
    host: Config.String("BACKUP_HOST"),
    port: Config.Int("BACKUP_PORT"),
    userName: Config.String("BACKUP_USER"),
    password: Config.Redacted("BACKUP_PASSWORD")
  })
  const configured = (env: Record<string, string>) =>
    Effect.flip(BackupSource.getBackupTree(everything)).pipe(
      Effect.provide(layer),
      Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env }))
    )

  it.live("queries the server that the configuration names", () =>
    Effect.gen(function*() {
      const env = { BACKUP_HOST: "127.0.0.1", BACKUP_PORT: "1", BACKUP_USER: "root", BACKUP_PASSWORD: "canary-secret" }
      const error = yield* configured(env)
      assert.match(error.message, /^127\.0\.0\.1:1: cannot connect/)
      assert.notInclude(error.message, "canary-secret")
    }))

  it.live("reports what is not configured", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(configured({ BACKUP_HOST: "127.0.0.1" }))
      assert.match("message" in error ? error.message : "", /BACKUP_PORT/)
    }))
})

describe("many servers", () => {
  it.effect("are sources in a map, each made once", () =>
    Effect.gen(function*() {
      let made = 0
      const servers = yield* LayerMap.make((name: string) =>
        Layer.unwrap(Effect.sync(() => {
          made += 1
          return BackupSource.layerTest(tree(environment(web, [chain(chainX, [1])], { name })))
        })), { idleTimeToLive: "1 minute" })
      const names = yield* Effect.forEach(["node1", "node2", "node1"], (name) =>
        Effect.map(BackupSource.getBackupTree(everything), ({ tree }) =>
          tree.environments[0]?.name).pipe(
            Effect.provide(servers.get(name))
          ))
      assert.deepStrictEqual(names, ["node1", "node2", "node1"])
      assert.strictEqual(made, 2)
    }).pipe(Effect.scoped))
})
