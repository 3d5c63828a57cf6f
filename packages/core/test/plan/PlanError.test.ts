import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import type { StoreSkip } from "../../src/directory/files/StoreSkip.ts"
import * as PlanError from "../../src/plan/PlanError.ts"
import * as PrintableText from "../../src/text/PrintableText.ts"
import { assertStored } from "../support/stored.ts"

const hostile = "\u001b[2J\n\u202e<script>\u2028"
const environment = { uuid: hostile, name: hostile }
const time = DateTime.makeUnsafe("2024-03-02T02:00:07Z")
const destroys: PlanError.ServerOutcome = { code: 0, removed: [hostile, hostile], scope: "chain" }

const hidden: StoreSkip = { path: hostile, reason: "head-invalid", detail: hostile }

const errors = [
  new PlanError.IncompleteListing({ source: hostile }),
  new PlanError.SeveralServers({ servers: [hostile, hostile] }),
  new PlanError.UnknownCompleteness({ source: hostile }),
  new PlanError.UnknownProtected({ text: hostile }),
  new PlanError.MalformedId({ text: hostile, why: "it is none", outcome: destroys }),
  new PlanError.UnknownId({ id: hostile, source: hostile, coversBothKinds: false, outcome: destroys }),
  new PlanError.RemovalRefused({ id: hostile, environment, code: -1 }),
  new PlanError.BackupHidden({ id: hostile, path: hostile, why: [hidden], outcome: destroys }),
  new PlanError.EnvironmentHidden({ text: hostile, path: hostile, why: [hidden, { ...hidden, reason: "unreadable" }] }),
  new PlanError.StaleId({ id: hostile, environment, chain: hostile, listed: [hostile], outcome: destroys }),
  new PlanError.ChainQuarantined({
    environment,
    chain: hostile,
    findings: Array.from({ length: 9 }, () => ({ rule: "I05", path: hostile, message: hostile.repeat(99) })),
    instead: hostile
  }),
  new PlanError.ImagesBroken({ environment, id: hostile, findings: [], instead: hostile }),
  new PlanError.UnknownEnvironment({ text: hostile, source: hostile }),
  new PlanError.AmbiguousName({ name: hostile, uuids: [hostile, hostile] }),
  new PlanError.NoBackup({ environment }),
  new PlanError.OnlyUndated({ environment }),
  new PlanError.NoBackupAt({ environment, at: time, oldest: hostile, oldestAt: time }),
  new PlanError.UnsupportedKeepChain({ id: hostile, environment, version: 3 })
]

describe("every error", () => {
  it("is one of the family, and the same when it is stored and read", () => {
    for (const error of errors) {
      assert.isTrue(Schema.is(PlanError.PlanError)(error), error._tag)
      assertStored(PlanError.PlanError, error)
    }
    assert.deepStrictEqual(
      new Set(errors.map(({ _tag }): string => _tag)),
      new Set(PlanError.PlanError.members.map(({ fields }) => fields._tag.schema.literal))
    )
  })
})

describe("messages", () => {
  for (const error of errors) {
    it(`of ${error._tag} show hostile texts harmlessly, in a few lines, as sentences`, () => {
      assert.strictEqual(PrintableText.escape(error.message), error.message)
      assert.include(error.message, "\\e[2J\\n\\u{202e}<script>\\u{2028}")
      assert.isBelow(error.message.length, 2000)
      assert.match(error.message, /[.]$/)
    })
  }

  it("of a long list of findings show three, and count the rest", () => {
    const quarantined = errors.find(({ _tag }) => _tag === "ChainQuarantined")!
    assert.include(quarantined.message, "; and 6 more.")
  })

  it("advise listing both kinds only if the listing may lack one", () => {
    const about = (coversBothKinds: boolean) =>
      new PlanError.UnknownId({ id: "x", source: "s", coversBothKinds, outcome: undefined }).message
    assert.include(about(false), "If the id is right, list both VMs and containers, or wait until the chain is")
    assert.include(about(true), "If the id is right, wait until the chain is")
  })

  it("do not mention a server if nothing would be removed from it", () => {
    const silent = new PlanError.MalformedId({ text: "x", why: "no uuid", outcome: undefined })
    assert.strictEqual(
      silent.message,
      "\"x\" is not a backup id: no uuid. Copy the id from a fresh listing: {uuid} or {uuid}.N."
    )
  })
})
