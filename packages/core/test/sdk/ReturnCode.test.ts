import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import * as ReturnCode from "../../src/sdk/ReturnCode.ts"
import { fixture } from "../support/xmlFixtures.ts"

interface Entry {
  readonly name: string
  readonly code: number
  readonly hex: string
}

const catalogue = JSON.parse(fixture("return-codes.json")) as ReadonlyArray<Entry>

describe("the catalogue of the SDK", () => {
  it("is here whole and in order", () => {
    assert.strictEqual(catalogue.length, 2161)
    assert.deepStrictEqual(ReturnCode.allNames(), catalogue.map(({ name }) => name))
  })

  it("has a code for every name, and a hexadecimal form for every code", () => {
    for (const { code, hex, name } of catalogue) {
      assert.strictEqual(ReturnCode.fromName(name), code, name)
      assert.strictEqual(ReturnCode.hex(code), hex, name)
    }
  })

  it("has all names of every code, in order", () => {
    for (const [code, entries] of Map.groupBy(catalogue, ({ code }) => code)) {
      assert.strictEqual(ReturnCode.name(code), entries[0]!.name)
      assert.deepStrictEqual(ReturnCode.names(code), entries.map(({ name }) => name))
    }
  })

  it("agrees with the codes that this library treats in a way of their own", () => {
    for (const [name, code] of Object.entries(ReturnCode.codes)) {
      assert.strictEqual(ReturnCode.fromName(name), code, name)
    }
  })

  it("has nothing for other names and codes", () => {
    assert.isUndefined(ReturnCode.name(-1))
    assert.deepStrictEqual(ReturnCode.names(-1), [])
    for (const name of ["", "PRL_ERR", "toString", "prl_err_success"]) assert.isUndefined(ReturnCode.fromName(name))
  })
})

describe("codes", () => {
  it("are read in either spelling of 32 bits", () => {
    assert.strictEqual(ReturnCode.fromNumber(2_147_484_464), -2_147_482_832)
    assert.strictEqual(ReturnCode.fromNumber(-2_147_482_832), -2_147_482_832)
    assert.strictEqual(ReturnCode.fromNumber(0), 0)
  })

  it("are printed by name and number, or by number alone", () => {
    assert.strictEqual(ReturnCode.print(-2_147_482_832), "PRL_ERR_AUTHENTICATION_FAILED (0x80000330)")
    assert.strictEqual(ReturnCode.print(0), "PRL_ERR_SUCCESS (0x00000000)")
    assert.strictEqual(ReturnCode.print(-1), "return code 0xFFFFFFFF")
  })

  it("are errors below 0, warnings above it", () => {
    assert.deepStrictEqual([-1, 0, 37_017].map(ReturnCode.classOf), ["error", "success", "warning"])
    assert.strictEqual(ReturnCode.classOf(ReturnCode.fromName("PRL_WARN_BACKUP_HAS_NOT_FULL_BACKUP")!), "warning")
  })

  it("allow retries, one retry, or none", () => {
    const retry = (name: string) => ReturnCode.retryClass(ReturnCode.fromName(name)!)
    const transient = [
      "PRL_ERR_CANT_CONNECT_TO_DISPATCHER",
      "PRL_ERR_CANT_CONNECT_TO_DISPATCHER_ITERATIVELY",
      "PRL_ERR_CANT_RESOLVE_HOSTNAME",
      "PRL_ERR_BACKUP_INTERNAL_PROTO_ERROR",
      "PRL_ERR_DISP_SHUTDOWN_IN_PROCESS",
      "PRL_ERR_WS_DISP_CONNECTION_CLOSED",
      "PRL_ERR_TIMEOUT",
      "PRL_ERR_DISP_LOGON_ACTIONS_REACHED_UP_LIMIT",
      "PRL_ERR_TRY_AGAIN"
    ]
    const others = ReturnCode.allNames().filter((name) =>
      ReturnCode.retryClass(ReturnCode.fromName(name)!) === "transient"
    )
    assert.deepStrictEqual(new Set(others), new Set(transient))
    assert.strictEqual(retry("PRL_ERR_HANDSHAKE_FAILED"), "once")
    assert.strictEqual(retry("PRL_ERR_AUTHENTICATION_FAILED"), "permanent")
    assert.strictEqual(retry("PRL_ERR_SUCCESS"), "permanent")
  })

  it.prop("survive a journey through their unsigned form", [
    Arbitrary.schema(Schema.Int.pipe(Schema.check(Schema.isInt32())))
  ], ([code]) => {
    assert.strictEqual(ReturnCode.fromNumber(code >>> 0), code)
    assert.strictEqual(ReturnCode.fromNumber(Number.parseInt(ReturnCode.hex(code).slice(2), 16)), code)
  })
})
