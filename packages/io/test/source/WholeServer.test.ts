import * as Check from "@backup-tree/core/check/Check"
import * as BackupListing from "@backup-tree/core/listing/BackupListing"
import * as TreeMerge from "@backup-tree/core/listing/TreeMerge"
import type * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as BackupSource from "@backup-tree/io/BackupSource"
import { BackupSourceError, ConnectionLost } from "@backup-tree/io/BackupSourceError"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Layer, Option, Result, Stream } from "effect"
import {
  chain,
  chainX,
  chainY,
  datedChain,
  environment,
  source,
  stranger,
  tree,
  web
} from "../../../core/test/support/treeLiterals.ts"

const third = "{11111111-0000-4000-8000-000000000000}"

/** A server whose directories are trees; machines with their own are shown only when requested by uuid. */
const server = (directories: {
  readonly standard: BackupTree.BackupTree
  readonly own?: Readonly<Record<string, BackupTree.BackupTree>>
  readonly named?: Readonly<Record<string, BackupTree.BackupTree>>
  readonly broken?: ReadonlyArray<string>
}) => {
  const requested: Array<string> = []
  const reply = (request: BackupTreeRequest.BackupTreeRequest) =>
    Effect.gen(function*() {
      const { directory, subject } = request
      const name = Option.getOrElse(directory, () => subject._tag === "Environment" ? subject.uuid : "")
      requested.push(name)
      if (directories.broken?.includes(name) === true) {
        const reason = new ConnectionLost({ stage: "reply", detail: "reset" })
        return yield* Effect.fail(new BackupSourceError({ source: "x", reason }))
      }
      const shown = Option.isSome(directory)
        ? directories.named?.[name] ?? BackupTree.empty
        : directories.own?.[name] ?? directories.standard
      const environments = subject._tag === "Environment"
        ? shown.environments.filter(({ uuid }) => uuid === subject.uuid)
        : shown.environments
      return BackupListing.fromResponse({
        tree: { environments, kept: [] },
        notes: [],
        request,
        source,
        fetchedAt: yield* DateTime.now
      })
    })
  const layer = Layer.succeed(BackupSource.BackupSource, {
    source,
    getBackupTree: reply,
    submit: () => Effect.die("not requested"),
    streamEnvironments: () => Stream.die("not requested"),
    getBackupTreeXml: () => Effect.die("not requested"),
    decode: () => Effect.die("not requested")
  })
  return { requested, layer }
}

describe("everything", () => {
  const old = environment(web, [datedChain(chainX, ["2026-01-01 00:00:00"])], { name: "web01" })
  const standard = tree(old)
  const own = tree(environment(web, [datedChain(chainY, ["2026-01-02 00:00:00"])], { name: "renamed" }))
  const elsewhere = tree(environment(stranger, [chain(third, [1, 2])], { name: "other" }))

  it.effect("is what the default directory, the machines' own and the named ones hold", () => {
    const { layer, requested } = server({ standard, own: { [web]: own }, named: { "/mnt/old": elsewhere } })
    return Effect.gen(function*() {
      const { failed, listing, merged } = yield* BackupSource.listEverything({
        directories: ["/mnt/old"]
      })
      assert.deepStrictEqual(requested, ["", web, "/mnt/old"])
      assert.deepStrictEqual(
        listing.tree.environments.map(({ chains, name }) => [name, chains.map(({ uuid }) => uuid)]),
        [["renamed", [chainX, chainY]], ["other", [third]]]
      )
      assert.deepStrictEqual(TreeMerge.originsOf(merged, { environment: web, chain: chainY }), [
        { _tag: "OwnOf", uuid: web }
      ])
      assert.deepStrictEqual([merged.conflicts, failed], [[], []])
      assert.strictEqual(listing.completeness, "complete")
    }).pipe(Effect.provide(layer))
  })

  it.effect("requests each known machine once, in the server's spelling", () => {
    const { layer, requested } = server({ standard })
    return Effect.gen(function*() {
      const { ignored } = yield* BackupSource.listEverything({
        known: [web.slice(1, -1).toUpperCase(), "", stranger.slice(1, -1), "web01", stranger]
      })
      assert.deepStrictEqual(ignored, ["", "web01"])
      assert.deepStrictEqual(requested.toSorted(), ["", web, stranger].toSorted())
    }).pipe(Effect.provide(layer))
  })

  it.effect("reports the requests that failed, and is partial then", () => {
    const { layer } = server({ standard, broken: ["/mnt/gone"] })
    return Effect.gen(function*() {
      const { failed, listing } = yield* BackupSource.listEverything({ directories: ["/mnt/gone"] })
      assert.deepStrictEqual(failed.map(({ origin }) => origin), [{ _tag: "Directory", path: "/mnt/gone" }])
      assert.strictEqual(listing.completeness, "partial")
      assert.deepStrictEqual(listing.tree.environments.length, 1)
    }).pipe(Effect.provide(layer))
  })

  it.effect("fails if the first request does", () => {
    const { layer } = server({ standard, broken: [""] })
    return Effect.gen(function*() {
      const result = yield* Effect.result(BackupSource.listEverything())
      assert.isTrue(Result.isFailure(result))
    }).pipe(Effect.provide(layer))
  })

  it.effect("reports a chain that two directories hold differently, once", () => {
    const other = tree(
      environment(web, [datedChain(chainX, ["2026-01-01 00:00:00", "2026-01-05 00:00:00"])], { name: "web01" })
    )
    const { layer } = server({ standard, named: { "/mnt/copy": other } })
    return Effect.gen(function*() {
      const { listing, merged } = yield* BackupSource.listEverything({ directories: ["/mnt/copy", "/mnt/copy"] })
      const errors = Check.run(listing, { merged }).findings.filter(({ severity }) => severity === "error")
      assert.deepStrictEqual(errors.map(({ rule }) => rule.id), ["I03"])
      assert.match(errors[0]!.message, /directory "\/mnt\/copy" differs from the one in the default directory/)
    }).pipe(Effect.provide(layer))
  })
})
