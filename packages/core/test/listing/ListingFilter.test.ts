import * as ListingFilter from "@backup-tree/core/listing/ListingFilter"
import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as ServerModel from "@backup-tree/core/server/ServerModel"
import * as BackupTree from "@backup-tree/core/tree/BackupTree"
import type { Note } from "@backup-tree/core/tree/Note"
import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Option, Schema } from "effect"
import { chain, chainX, chainY, environment, stranger, web } from "../support/treeLiterals.ts"

/** A healthy store, and a request for one of its backups by id. */
const storeAndQuestion = Arbitrary.map(
  Arbitrary.all({
    store: Arbitraries.healthyStore,
    tag: Arbitrary.schema(Schema.Literals(["Backup", "Chain"])),
    index: Arbitrary.schema(Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 1000 }))))
  }),
  ({ index, store, tag }) => {
    const backups = ServerModel.select(store, BackupTreeRequest.everything).environments
      .flatMap(({ chains }) => chains.flatMap(BackupTree.backups))
    const backup = backups[index % Math.max(1, backups.length)]
    const request: BackupTreeRequest.BackupTreeRequest = {
      ...BackupTreeRequest.everything,
      subject: { _tag: tag, id: backup?.id ?? "{00000000-0000-4000-8000-000000000000}" }
    }
    return { store, request, isAsked: backup !== undefined }
  }
)

describe("ListingFilter", () => {
  it.prop(
    "turns the response of a server into the exact one",
    [storeAndQuestion],
    ([{ request, store }]) => {
      const filtered = ListingFilter.filterResponse({ tree: ServerModel.select(store, request), notes: [] }, request)
      assert.deepStrictEqual(filtered.tree, ServerModel.exactSelect(store, request))
    }
  )

  it.prop("keeps the requested backup", [storeAndQuestion], ([{ isAsked, request, store }]) => {
    const answer = ServerModel.exactSelect(store, request)
    assert.strictEqual(Option.isSome(ListingFilter.requestedBackup(answer, request)), isAsked)
  })

  it("keeps of an environment the chain of the requested id, and nothing of another one", () => {
    const two = environment(web, [chain(chainX, [1, 2]), chain(chainY, [1])])
    const kept = (id: string, of = two) =>
      ListingFilter.filterEnvironment(of, { ...BackupTreeRequest.everything, subject: { _tag: "Backup", id } })
    assert.deepStrictEqual(kept(`${chainX}.2`), [{ ...two, chains: [two.chains[0]!] }])
    assert.deepStrictEqual(kept(`${stranger}.2`), [])
    // A text that is no id cannot be sent. Here it names the chain with the same text.
    const odd = environment(web, [chain("odd", [1]), chain(chainY, [1])])
    assert.deepStrictEqual(kept("odd", odd), [{ ...odd, chains: [odd.chains[0]!] }])
    const one = environment(web, [chain(chainX, [1, 2])])
    assert.strictEqual(kept(`${chainX}.2`, one)[0], one)
  })

  it.prop("keeps the response to any other request whole", [Arbitraries.tree], ([answer]) => {
    const read = { tree: answer, notes: [] }
    assert.strictEqual(ListingFilter.filterResponse(read, BackupTreeRequest.everything), read)
  })

  it.prop(
    "selects from a whole tree as a server selects from its store",
    [storeAndQuestion],
    ([{ request, store }]) => {
      const whole = ServerModel.select(store, BackupTreeRequest.everything)
      const selected = ListingFilter.filterTree({ tree: whole, notes: [] }, request)
      assert.deepStrictEqual(selected.tree.environments, ServerModel.exactSelect(store, request).environments)
    }
  )

  it.prop("leads every note that stays to the value it is about", [storeAndQuestion], ([{ request, store }]) => {
    const whole = ServerModel.select(store, BackupTreeRequest.everything)
    const notes: ReadonlyArray<Note> = whole.environments.flatMap(({ chains, uuid }, e) => [
      { rule: "unknown-element" as const, path: `VmItem[${e + 1}]/Quota`, message: uuid },
      ...chains.flatMap(({ head, incrementals, uuid }, c) => [
        {
          rule: "bad-date" as const,
          path: `VmItem[${e + 1}]/BackupItem[${c + 1}]/DateTime`,
          message: uuid,
          backup: head.id
        },
        ...incrementals.map(({ id }, i) => ({
          rule: "bad-date" as const,
          path: `VmItem[${e + 1}]/BackupItem[${c + 1}]/PartialBackupItem[${i + 1}]/DateTime`,
          message: uuid,
          backup: id
        }))
      ])
    ])
    const selected = ListingFilter.filterTree({ tree: whole, notes }, request)
    assert.deepStrictEqual(
      selected.notes.filter(({ rule }) => rule === "unknown-element").map(({ message }) => message),
      selected.tree.environments.map(({ uuid }) => uuid)
    )
    const left = selected.tree.environments.flatMap(({ chains }) => chains.flatMap(BackupTree.backups))
    assert.deepStrictEqual(
      selected.notes.filter(({ rule }) => rule === "bad-date").map(({ backup }) => backup),
      left.map(({ id }) => id)
    )
    for (const note of selected.notes) {
      const [, e, c, i] = /^VmItem\[(\d+)\](?:\/BackupItem\[(\d+)\](?:\/PartialBackupItem\[(\d+)\])?)?\/\w+$/.exec(
        note.path
      )!
      const environment = selected.tree.environments[Number(e) - 1]!
      if (c === undefined) assert.strictEqual(environment.uuid, note.message)
      else {
        const chain = environment.chains[Number(c) - 1]!
        assert.strictEqual(BackupTree.backups(chain)[Number(i ?? 0)]?.id, note.backup)
      }
    }
  })

  it("keeps the notes of an environment without a chain, if the environment stays", () => {
    const bare = { ...environment(web, []), vmType: 1 }
    const whole = { ...BackupTree.empty, environments: [environment(stranger, [chain(chainX, [1])]), bare] }
    const notes: ReadonlyArray<Note> = [{ rule: "unknown-element", path: "VmItem[2]/Quota", message: "x" }]
    const kinds = (kinds: BackupTreeRequest.BackupTreeRequest["kinds"]) =>
      ListingFilter.filterTree({ tree: whole, notes }, { ...BackupTreeRequest.everything, kinds }).notes.map((
        { path }
      ) => path)
    assert.deepStrictEqual(kinds("ct"), ["VmItem[1]/Quota"])
    assert.deepStrictEqual(kinds("vm"), [])
  })

  it("keeps a note about the response as a whole", () => {
    const note: Note = { rule: "unknown-element", path: "ServerBanner", message: "x" }
    assert.deepStrictEqual(
      ListingFilter.filterTree({ tree: BackupTree.empty, notes: [note] }, BackupTreeRequest.everything).notes,
      [note]
    )
  })
})
