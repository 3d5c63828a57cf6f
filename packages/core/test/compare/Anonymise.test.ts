import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import * as Option from "effect/Option"
import { createHmac } from "node:crypto"
import * as Check from "../../src/check/Check.ts"
import * as Anonymise from "../../src/compare/Anonymise.ts"
import * as BackupListing from "../../src/listing/BackupListing.ts"
import * as BackupId from "../../src/sdk/BackupId.ts"
import * as BackupTreeRequest from "../../src/sdk/BackupTreeRequest.ts"
import * as Uuid from "../../src/sdk/Uuid.ts"
import * as BackupTree from "../../src/tree/BackupTree.ts"
import { chain, chainX, disk, environment, full, listing, tree, web } from "../support/treeLiterals.ts"

const digestOf = (key: string): Anonymise.Digest => (text) =>
  createHmac("sha256", key).update(text).digest().readUInt32BE()

const anonymised = (from: BackupListing.BackupListing, key = "secret") => Anonymise.anonymise(from, digestOf(key))

const one = (more: Partial<BackupTree.FullBackup>, name = "web01") =>
  listing(tree(environment(web, [chain(chainX, [1], { head: full(chainX, more) })], { name })))

const headOf = ({ tree }: BackupListing.BackupListing) => tree.environments[0]!.chains[0]!.head

describe("an anonymised listing", () => {
  it("has pseudonyms of the same length and shape", () => {
    const before = one({ host: "hn1.Example.com", creator: "José", description: "before 漢字, für web01 (#42)" })
    const { creator, description, host, id } = headOf(anonymised(before))
    assert.match(host, /^[a-z]{2}\d\.[A-Z][a-z]{6}\.[a-z]{3}$/)
    assert.match(creator, /^[A-Z][a-z]{2}\p{Script=Latin}$/u)
    assert.match(description, /^[a-z]{6} \p{L}{2}, [a-z]\p{L}[a-z] [a-z]{3}\d\d \(#\d\d\)$/u)
    assert.isTrue(Uuid.isBraced(id))
    for (const [after, own] of [[host, "hn1.Example.com"], [creator, "José"], [id, chainX]]) assert.notEqual(after, own)
    assert.notInclude(description, "漢")
  })

  it("keeps the words and numbers in file names, and what images and disks have in common", () => {
    const path = `/vz/${web}/data.2`
    const before = one({
      images: ["harddisk.hdd.qcow2", "data.2.qcow2", "acme.hdd.17.qcow2", "private.tib"],
      disks: { list: [disk("data.2.qcow2", path)], kept: [] }
    })
    const { disks, images } = headOf(anonymised(before))
    assert.deepStrictEqual([images[0], images[3]], ["harddisk.hdd.qcow2", "private.tib"])
    assert.match(images[1]!, /^[a-z]{4}\.2\.qcow2$/)
    assert.match(images[2]!, /^[a-z]{4}\.hdd\.17\.qcow2$/)
    assert.notStrictEqual(images[2], "acme.hdd.17.qcow2")
    assert.strictEqual(disks!.list[0]!.name, images[1])
    const [, , uuid, file] = disks!.list[0]!.originalPath.split("/")
    assert.deepStrictEqual([`${file}.qcow2`, uuid], [images[1], anonymised(before).tree.environments[0]!.uuid])
  })

  it("has the same pseudonyms for the same key, and others for another", () => {
    const before = one({})
    assert.deepStrictEqual(anonymised(before), anonymised(before))
    assert.notStrictEqual(headOf(anonymised(before)).id, headOf(anonymised(before, "other")).id)
  })

  it("keeps the nil uuid, the spelling of ids, and what is malformed", () => {
    const { id, serverUuid } = headOf(anonymised(one({ serverUuid: Uuid.nil, id: `${chainX.toUpperCase()}.007` })))
    assert.strictEqual(serverUuid, Uuid.nil)
    assert.match(id, /^\{[0-9A-F-]{36}\}\.007$/)
    const mixed = headOf(anonymised(one({ id: chainX.replace("b", "B") }))).id
    assert.match(mixed, /[A-F]/)
    assert.isTrue(Uuid.equals(mixed, headOf(anonymised(one({}))).id))
    const wrong = chainX.replace("b", "g")
    assert.isFalse(Uuid.isUuid(headOf(anonymised(one({ id: wrong }))).id))
  })

  it("changes the letters of a uuid too, and has one pseudonym for it with and without braces", () => {
    const letters = "abcdefab-cdef-abcd-efab-cdefabcdefab"
    const { id } = headOf(anonymised(one({ id: `{${letters}}` })))
    assert.notInclude(id, letters)
    assert.isBelow([...id].filter((character, index) => character === `{${letters}}`[index]).length, 20)
    assert.strictEqual(headOf(anonymised(one({ id: letters }))).id, id.slice(1, -1))
  })

  it("keeps the punctuation of other scripts, and never makes an ASCII letter of another one", () => {
    const keys = Array.from({ length: 40 }, (_, index) => `key ${index}`)
    for (const key of keys) {
      const { description } = headOf(anonymised(one({ description: "»é« – ✓ ü" }), key))
      assert.match(description, /^»[^\x00-\x7f»]« – ✓ [^\x00-\x7f]$/u)
    }
  })

  it("takes time in proportion to the length of a text, and keeps the shape of what is very long", () => {
    let characters = 0
    const counting: Anonymise.Digest = (text) => {
      characters += text.length
      return digestOf("secret")(text)
    }
    const long = "Ab1".repeat(20_000)
    const { description, host } = headOf(Anonymise.anonymise(one({ description: long, host: `${long}x` }), counting))
    assert.isBelow(characters, 30 * long.length)
    assert.match(description, /^(?:[A-Z][a-z]\d){20000}$/)
    assert.notInclude(description.slice(0, 10_000), "Ab1Ab1Ab1")
    assert.isTrue(host.startsWith(description))
  })

  it("anonymises the request, and leaves out the source, the directory and the texts of notes", () => {
    const before: BackupListing.BackupListing = {
      ...one({}),
      notes: [{
        rule: "bad-date",
        path: "VmItem[1]/BackupItem[1]/DateTime",
        message: "\"acme\" is not a date",
        text: "acme",
        environment: web,
        backup: chainX
      }],
      request: Option.some({
        ...BackupTreeRequest.everything,
        subject: { _tag: "Environment", uuid: web },
        directory: Option.some("/acme/backups")
      })
    }
    const after = anonymised(before)
    const uuid = after.tree.environments[0]!.uuid
    const request = Option.getOrThrow(after.request)
    assert.deepStrictEqual(request.subject, { _tag: "Environment", uuid })
    assert.match(Option.getOrThrow(request.directory), /^\/[a-z]{4}\/[a-z]{7}$/)
    assert.notInclude(JSON.stringify([after.source, after.notes]), "acme")
    assert.deepStrictEqual(
      after.notes.map(({ backup, environment, path, rule }) => [rule, path, environment, backup]),
      [
        ["bad-date", before.notes[0]!.path, uuid, headOf(after).id]
      ]
    )
  })
})

/** The texts of a listing by what they name, and the ids whose case is one of a kind. */
const textsOf = ({ tree }: BackupListing.BackupListing) => {
  const chains = tree.environments.flatMap(({ chains }) => chains)
  const backups = chains.flatMap(BackupTree.backups)
  return {
    names: tree.environments.map(({ name }) => name),
    uuids: [...tree.environments, ...chains].map(({ uuid }) => Uuid.key(uuid)),
    ids: backups.map(({ id }) => BackupId.key(id)),
    hosts: backups.map(({ host }) => host),
    descriptions: backups.map(({ description }) => description),
    images: backups.flatMap(({ images }) => images)
  }
}

describe("any anonymised listing", () => {
  it.prop(
    "has a pseudonym for each text, and different ones for different texts",
    [Arbitraries.listing],
    ([before]) => {
      const [own, pseudonyms] = [textsOf(before), textsOf(anonymised(before))]
      for (const kind of Object.keys(own) as Array<keyof typeof own>) {
        const pairs = new Map(own[kind].map((text, index) => [text, pseudonyms[kind][index]]))
        assert.deepStrictEqual(own[kind].map((text) => pairs.get(text)), pseudonyms[kind])
        assert.strictEqual(new Set(pairs.values()).size, pairs.size, kind)
      }
    }
  )

  it.prop("has the same findings", [Arbitraries.listing], ([any]) => {
    const before = { ...any, directory: undefined }
    const found = (of: BackupListing.BackupListing) => {
      const { findings, verdict } = Check.run(of)
      return { verdict, findings: findings.map(({ path, rule, severity }) => [rule.id, severity, path]) }
    }
    const whole = found(before)
    // Of full backups with the same date, the uuid decides which one is the newest.
    if (whole.findings.some(([rule]) => rule === "I15")) return
    assert.deepStrictEqual(found(anonymised(before)), whole)
  })

  it.prop("has the same shape", [Arbitraries.listing], ([before]) => {
    const after = anonymised(before)
    const shape = (of: BackupListing.BackupListing) =>
      of.tree.environments.map(({ chains }) => chains.map((one) => BackupTree.backups(one).length))
    assert.deepStrictEqual(shape(after), shape(before))
    const lengths = (of: BackupListing.BackupListing) => textsOf(of).descriptions.map((text) => text.length)
    assert.deepStrictEqual(lengths(after), lengths(before))
  })
})
