import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as BackupSource from "@backup-tree/io/BackupSource"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { chain, chainX, chainY, environment, tree, web } from "../../../core/test/support/treeLiterals.ts"

const idsOf = (listed: BackupTree.BackupTree) =>
  listed.environments.flatMap(({ chains }) => chains.flatMap((chain) => BackupTree.backups(chain).map(({ id }) => id)))

describe("a whole chain", () => {
  const promoted = chain(chainY, [3, 4, 6])
  const store = tree(environment(web, [chain(chainX, [1, 2, 3]), promoted]))
  const idsOfChain = (id: string) =>
    Effect.map(BackupSource.getChain(id), (listing) => idsOf(listing.tree)).pipe(
      Effect.provide(BackupSource.layerTest(store))
    )

  it.effect.each([chainX, `${chainX}.3`, `${chainX.slice(1, -1).toUpperCase()}.2`, chainX.slice(1, -1)])(
    "comes by any of its ids, however it is spelled: %s",
    (id) => Effect.map(idsOfChain(id), (ids) => assert.deepStrictEqual(ids, [chainX, `${chainX}.2`, `${chainX}.3`]))
  )

  it.effect.each([`${chainY}.3`, `${chainY}.4`, `${chainY}.6`, chainY])(
    "comes whole where its head was promoted: %s",
    (id) =>
      Effect.map(idsOfChain(id), (ids) => assert.deepStrictEqual(ids, [`${chainY}.3`, `${chainY}.4`, `${chainY}.6`]))
  )

  it.effect.each<[string, ReadonlyArray<string>]>([
    [chainX, [chainX]],
    [`${chainX}.3`, [`${chainX}.3`, chainX]],
    [`${chainY}.3`, [`${chainY}.3`]],
    [`${chainY}.4`, [`${chainY}.4`, `${chainY}.3`]],
    [chainY, [chainY, "Everything", `${chainY}.3`]]
  ])("takes no more requests than it needs: %s", ([id, expected]) =>
    Effect.gen(function*() {
      const requested: Array<string> = []
      const replying: BackupSource.TestReply = ({ subject }) => {
        requested.push("id" in subject ? subject.id : subject._tag)
        return store
      }
      yield* Effect.provide(BackupSource.getChain(id), BackupSource.layerTest(replying))
      assert.deepStrictEqual(requested, expected)
    }))

  it.effect("comes alone where it appeared between two requests", () =>
    Effect.gen(function*() {
      const listing = yield* Effect.provide(
        BackupSource.getChain(chainX),
        BackupSource.layerTest(BackupTree.empty, store)
      )
      assert.deepStrictEqual(idsOf(listing.tree), [chainX, `${chainX}.2`, `${chainX}.3`])
    }))

  it.effect.each([`${chainY}.1`, `${chainY}.5`, "{deadbeef-0000-4000-8000-000000000000}", "nonsense"])(
    "is not there by the id %s",
    (id) =>
      Effect.map(
        Effect.flip(idsOfChain(id)),
        (error) => assert.strictEqual(error.reason._tag, "RequestedBackupMissing")
      )
  )
})
