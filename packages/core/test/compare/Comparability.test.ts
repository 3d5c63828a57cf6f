import { assert, describe, it } from "@effect/vitest"
import { DateTime, Option, Result } from "effect"
import * as TreeDiff from "../../src/compare/TreeDiff.ts"
import * as BackupListing from "../../src/listing/BackupListing.ts"
import * as BackupTreeRequest from "../../src/sdk/BackupTreeRequest.ts"
import type * as BackupTree from "../../src/tree/BackupTree.ts"
import { directoryListing, readChain, readingOf } from "../support/readings.ts"
import { chain, chainX, chainY, environment, fetchedAt, stranger, tree, web } from "../support/treeLiterals.ts"

const one = tree(environment(web, [chain(chainX, [1])]))
const other = tree(environment(stranger, [chain(chainY, [1])]))

const node = (name: string): BackupListing.Source => ({ _tag: "Dispatcher", endpoint: `${name}:64000` })
const file = (path: string): BackupListing.Source => ({ _tag: "File", path })
const everything = BackupTreeRequest.everything

const response = (
  request: Partial<BackupTreeRequest.BackupTreeRequest> = {},
  more: Partial<BackupListing.BackupListing> = {}
): BackupListing.BackupListing => ({
  ...BackupListing.fromResponse({
    tree: one,
    notes: [],
    request: { ...everything, ...request },
    source: node("node7"),
    fetchedAt
  }),
  ...more
})

const document = (complete: boolean, path = "a.xml", content: BackupTree.BackupTree = one) =>
  BackupListing.fromDocument({ tree: content, notes: [], source: file(path), fetchedAt, complete })

const messages = (before: BackupListing.BackupListing, after: BackupListing.BackupListing) =>
  Result.getOrThrow(TreeDiff.make(before, after)).warnings.map(({ message }) => message)

const codes = (before: BackupListing.BackupListing, after: BackupListing.BackupListing) =>
  Result.getOrThrow(TreeDiff.make(before, after)).warnings.map(({ code }) => code)

const refusal = (before: BackupListing.BackupListing, after: BackupListing.BackupListing) => {
  const made = TreeDiff.make(before, after)
  assert.ok(Result.isFailure(made))
  return made.failure
}

describe("two listings", () => {
  it("of one server are compared without a warning", () => {
    assert.deepStrictEqual(codes(response(), response()), [])
    assert.deepStrictEqual(codes(document(true), response()), [])
    assert.deepStrictEqual(codes(document(true), document(true, "b.xml")), [])
    const chainOf = { subject: { _tag: "Chain", id: chainX } } as const
    assert.deepStrictEqual(codes(response(chainOf), response(chainOf)), [])
  })

  it("are refused if they were requested for something else", () => {
    const { message, reason } = refusal(response(), response({ kinds: "ct" }))
    assert.strictEqual(reason, "different-requests")
    assert.strictEqual(
      message,
      "The listings cannot be compared: the first listing (node7:64000) is of all VMs and containers, the second listing "
        + "(node7:64000) is of all containers. Make both listings in the same way."
    )
    const [x, y] = [web, stranger].map((uuid) => response({ subject: { _tag: "Environment", uuid } }))
    assert.match(refusal(x!, y!).message, /of machine \{4f6a.* is of machine \{dead/)
    assert.match(
      refusal(
        response({ subject: { _tag: "Backup", id: chainX } }),
        response({ subject: { _tag: "Chain", id: chainX } })
      ).message,
      /of backup \{0b8f.* is of the chain from backup \{0b8f/
    )
    const upper = response({ subject: { _tag: "Environment", uuid: web.toUpperCase() } })
    assert.deepStrictEqual(codes(x!, upper), [])
  })

  it("are refused if only one is filtered, or if both are in an unknown way", () => {
    const partial = response({}, { completeness: "partial" })
    for (
      const [before, after, words] of [
        [partial, response(), /first listing \(\S+\) is partial, the second listing \(\S+\) is complete\./],
        [document(false), partial, /first listing \(\S+\) may be partial, the second listing \(\S+\) is partial\./],
        [document(true), partial, /first listing \(\S+\) is complete, the second listing \(\S+\) is partial\./]
      ] as const
    ) {
      assert.strictEqual(refusal(before, after).reason, "different-extent")
      assert.match(refusal(before, after).message, words)
    }
    const unknown = { ...document(true), completeness: "partial" as const }
    assert.match(refusal(unknown, partial).message, /it is unknown whether in the same way/)
  })

  it("have a warning for each doubt", () => {
    const partial = response({}, { completeness: "partial" })
    assert.deepStrictEqual(codes(partial, partial), ["filtered"])
    assert.deepStrictEqual(codes(document(false), response()), ["unknown-completeness"])
    assert.deepStrictEqual(codes(document(true), response({ kinds: "vm" })), ["unknown-request"])
    assert.deepStrictEqual(codes(response(), response({}, { source: node("node8") })), ["other-server"])
    assert.deepStrictEqual(codes(response(), response({ directory: Option.some("/mnt") })), ["other-directory"])
    const directory = (path: string) => response({}, { source: { _tag: "Directory", path } })
    assert.deepStrictEqual(codes(directory("/a"), directory("/b")), ["other-directory"])
    assert.deepStrictEqual(codes(document(true), document(true, "b.xml", other)), ["nothing-in-common"])
    assert.strictEqual(
      messages(document(true), document(true, "b.xml", other))[0],
      "The listings have no machine in common. They may be of different servers."
    )
    assert.deepStrictEqual(codes(document(true), document(true, "b.xml", tree())), ["empty"])
    assert.deepStrictEqual(codes(document(true, "b.xml", tree()), document(true)), [])
    const servers = (...endpoints: ReadonlyArray<string>) => response({}, { source: { _tag: "Servers", endpoints } })
    assert.deepStrictEqual(codes(servers("a", "b"), servers("a")), ["other-server"])
    assert.deepStrictEqual(codes(servers("node7:64000", "b"), response()), ["other-server"])
    assert.deepStrictEqual(codes(servers("a", "b"), servers("a", "b")), [])
    const later = response({}, { fetchedAt: DateTime.add(fetchedAt, { hours: 1 }) })
    assert.deepStrictEqual(codes(later, response()), ["reversed"])
    assert.deepStrictEqual(codes(document(true), response({}, { fetchedAt: DateTime.makeUnsafe(0) })), [])
  })

  it("have printable texts, whatever their sources are called", () => {
    const hostile = file(`\u001b[31m${"a".repeat(5000)}`)
    const { warnings } = Result.getOrThrow(
      TreeDiff.make({ ...document(false), source: hostile }, document(false, "b.xml", other))
    )
    assert.lengthOf(warnings, 2)
    const { message } = refusal({ ...response({}, { completeness: "partial" }), source: hostile }, response())
    for (const text of [message, ...warnings.map(({ message }) => message)]) {
      assert.notInclude(text, "\u001b")
      assert.isBelow(text.length, 500)
    }
  })

  it("show a missing chain as removed if the second one is a directory, which has no locks", () => {
    const whys = (source: BackupListing.Source) =>
      TreeDiff.removed(
        Result.getOrThrow(TreeDiff.make(response(), response({}, { tree: tree(), source }))).changes
      ).map(({ why }) => why)
    assert.deepStrictEqual(whys(node("node7")), ["possibly-locked"])
    assert.deepStrictEqual(whys({ _tag: "Directory", path: "/mnt/backups" }), ["removed"])
    const listed = directoryListing(readingOf(readChain()))
    const empty = { ...listed, tree: tree(), source: file("b.json") }
    assert.deepStrictEqual(
      TreeDiff.removed(Result.getOrThrow(TreeDiff.make(listed, empty)).changes).map(({ why }) => why),
      ["removed"]
    )
  })
})
