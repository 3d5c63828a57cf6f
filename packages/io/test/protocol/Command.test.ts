import type { Parameters } from "@backup-tree/core/sdk/BackupTreeRequest"
import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as ReturnCode from "@backup-tree/core/sdk/ReturnCode"
import * as Command from "@backup-tree/io/protocol/Command"
import type { Event as ParallelsEvent } from "@backup-tree/io/protocol/Event"
import * as Event from "@backup-tree/io/protocol/Event"
import * as Package from "@backup-tree/io/protocol/Package"
import * as PackageType from "@backup-tree/io/protocol/PackageType"
import * as Password from "@backup-tree/io/protocol/Password"
import * as Payload from "@backup-tree/io/protocol/Payload"
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { somePackage } from "./fixtures.ts"
import { bytes, hex, mutate, mutations, uint32, xmlText } from "./support.ts"

const envelope = {
  issuerId: "{00000000-0000-0000-0000-0000000000a1}",
  initialRequestId: "{00000000-0000-0000-0000-0000000000a2}"
}

const text = Arbitrary.filter(xmlText, (text) => text === "" || /[^ \t\r\n]/.test(text))
const redacted = Arbitrary.map(text, (text) => Redacted.make(text))
const number = Arbitrary.schema(uint32)
const boolean = Arbitrary.schema(Schema.Boolean)

const parameters: Arbitrary.Arbitrary<Parameters> = Arbitrary.all({
  uuid: text,
  targetHost: text,
  targetPort: number,
  targetSessionId: redacted,
  backupDirectory: text,
  backupFlags: number,
  reservedFlags: number,
  force: boolean
})

const common = { flags: number, force: boolean }
const commands: Arbitrary.Arbitrary<Command.Command> = Arbitrary.flatMap(
  Arbitrary.schema(Schema.Literals([
    "Login",
    "EasyLoginLocal",
    "GetBackupTree",
    "Cancel",
    "SetNonInteractiveSession",
    "GetHostCommonInfo",
    "GetUserProfile",
    "GetVmConfig",
    "Logoff"
  ])),
  (tag): Arbitrary.Arbitrary<Command.Command> => {
    const _tag = <const T extends string>(tag: T) => Arbitrary.Constant(tag)
    switch (tag) {
      case "Login":
        return Arbitrary.all({
          _tag: _tag(tag),
          ...common,
          userName: text,
          encodedPassword: redacted,
          sessionToRestore: redacted
        })
      case "EasyLoginLocal":
        return Arbitrary.all({ _tag: _tag(tag), ...common, applicationMode: number, sessionToRestore: redacted })
      case "GetBackupTree":
        return Arbitrary.all({ _tag: _tag(tag), parameters, protocolVersion: number })
      case "Cancel":
        return Arbitrary.all({ _tag: _tag(tag), ...common, requestUuid: text })
      case "SetNonInteractiveSession":
        return Arbitrary.all({ _tag: _tag(tag), ...common, nonInteractive: boolean })
      case "GetVmConfig":
        return Arbitrary.all({ _tag: _tag(tag), ...common, machine: text })
      default:
        return Arbitrary.all({ _tag: _tag(tag), ...common })
    }
  }
)

// Redacted values are opaque to a deep comparison.
const shown = (value: unknown): unknown =>
  Redacted.isRedacted(value)
    ? { secret: Redacted.value(value) }
    : typeof value === "object" && value !== null
    ? Object.fromEntries(Object.entries(value).map(([key, field]) => [key, shown(field)]))
    : value

const packageOf = (type: number, payload: Uint8Array): Package.Package =>
  somePackage({ type, buffers: [{ encoding: 0, bytes: payload }] })

const encoded = (command: Command.Command): Uint8Array => Result.getOrThrow(Command.encode(command, envelope))

const refusalOf = (self: Package.Package): Command.CommandError => {
  const result = Command.decode(self)
  assert.isTrue(Result.isFailure(result))
  return (result as Result.Failure<never, Command.CommandError>).failure
}

const served = [2039, 2042, 2045, 2048, 2053, 2117, 2125, 2173, 2186]

// A command with some of its parameters changed.
const edited = (command: Command.Command, edit: (event: ParallelsEvent) => ParallelsEvent) =>
  Command.fromEvent(Command.typeOf(command), edit(Command.toEvent(command, envelope)))

const login = Result.getOrThrow(Command.login({ userName: "root", password: Redacted.make("hunter2") }))
const tree = Command.getBackupTree(BackupTreeRequest.toParameters(BackupTreeRequest.everything))
const each: ReadonlyArray<Command.Command> = [
  login,
  Command.easyLoginLocal(),
  tree,
  Command.cancel("{r}"),
  Command.setNonInteractiveSession(true),
  Command.getHostCommonInfo,
  Command.getUserProfile,
  Command.getVmConfig("web01"),
  Command.logoff
]

describe("Command", () => {
  it.prop("is read as it was written", [commands], ([command]) => {
    const read = Command.decode(packageOf(Command.typeOf(command), encoded(command)))
    assert.deepStrictEqual(shown(Result.getOrThrow(read)), shown(command))
  })

  it.prop("is read from parameters in any order, with others between them", [commands], ([command]) => {
    const read = edited(command, (event) => ({
      ...event,
      parameters: [Event.text("unknown", "x"), ...event.parameters.toReversed()]
    }))
    assert.deepStrictEqual(shown(Result.getOrThrow(read)), shown(command))
  })

  it.prop("never throws on changed bytes", [commands, mutations], ([command, changes]) => {
    Command.decode(packageOf(Command.typeOf(command), mutate(encoded(command), changes)))
  })

  it.prop("never throws on any bytes of any type", [bytes(200), uint32], ([data, type]) => {
    Command.decode(packageOf(type, data))
    for (const type of served) Command.decode(packageOf(type, data))
  })

  it("has the type numbers of PROTOCOL 4.1", () => {
    assert.deepStrictEqual(each.map(Command.typeOf), [2039, 2186, 2117, 2053, 2125, 2048, 2045, 2173, 2042])
  })

  it("logs in with the flags of an SDK client", () => {
    const flagsOf = (flags?: number) => {
      const event = Command.toEvent(
        Result.getOrThrow(Command.login({ userName: "", password: Redacted.make(""), flags })),
        envelope
      )
      return Event.find(event, "proto_command_flags", 0)
    }
    assert.strictEqual(flagsOf(), "2052")
    assert.strictEqual(flagsOf(0), "2048")
    assert.strictEqual(flagsOf(4096 + 4), "2052")
    assert.strictEqual(flagsOf(0xffff_ffff), String(0xffff_ffff - 4096))
    assert.strictEqual(Event.find(Command.toEvent(Command.easyLoginLocal(), envelope), "proto_command_flags", 0), "4")
  })

  it("carries a password that a server can read", () => {
    assert.strictEqual(login._tag, "Login")
    if (login._tag !== "Login") return
    assert.strictEqual(Redacted.value(Result.getOrThrow(Password.decode(login.encodedPassword))), "hunter2")
  })

  it("refuses to write what cannot travel", () => {
    const reasonOf = (result: Result.Result<unknown, { readonly reason: string }>) =>
      Result.isFailure(result) ? result.failure.reason : "none"
    assert.strictEqual(reasonOf(Command.login({ userName: "", password: Redacted.make("x\0") })), "cannot-be-sent")
    assert.strictEqual(reasonOf(Command.encode(Command.cancel("\u0001"), envelope)), "cannot-be-sent")
    assert.strictEqual(
      reasonOf(Command.encode(Command.cancel("a\0b"), envelope, { forbiddenCharacters: "raw" })),
      "none"
    )
    assert.strictEqual(
      reasonOf(Command.encode(Command.easyLoginLocal(), { ...envelope, issuerId: "\ud800" })),
      "cannot-be-sent"
    )
  })

  it("replies to a text that is no command with the code of PROTOCOL 8.2", () => {
    const bad: ReadonlyArray<Package.Package> = [
      packageOf(0, hex("")),
      packageOf(0, hex("3c61")),
      packageOf(0, hex("00")),
      packageOf(0, hex("ff00")),
      packageOf(0, new TextEncoder().encode("<a/>\0")),
      somePackage({ buffers: [] })
    ]
    const { codes } = ReturnCode
    for (const self of bad) {
      for (const type of served) {
        const error = refusalOf({ ...self, type })
        assert.strictEqual(error.reason, "unparsable")
        assert.strictEqual(
          error.returnCode,
          type === 2039 || type === 2186 ? codes.PRL_ERR_FAILURE : codes.PRL_ERR_UNRECOGNIZED_REQUEST
        )
      }
    }
  })

  it("replies to a missing parameter, or one of another type, with the code of PROTOCOL 8.2", () => {
    const { codes } = ReturnCode
    const rows: ReadonlyArray<readonly [Command.Command, number, ReadonlyArray<string>]> = [
      [login, codes.PRL_ERR_FAILURE, ["login_cmd_username", "login_cmd_password", "login_cmd_session_uuid_to_restore"]],
      [Command.easyLoginLocal(), codes.PRL_ERR_FAILURE, ["easy_login_local_cmd_session_uuid_to_restore"]],
      [tree, codes.PRL_ERR_BACKUP_INTERNAL_PROTO_ERROR, [
        "basic_vm_cmd_vm_uuid",
        "backup_cmd_server_hostname",
        "backup_cmd_server_port",
        "backup_cmd_server_session_uuid",
        "backup_cmd_reserved_flags"
      ]],
      [Command.cancel("{r}"), codes.PRL_ERR_UNRECOGNIZED_REQUEST, ["proto_first_str_param"]],
      [Command.setNonInteractiveSession(true), codes.PRL_ERR_UNRECOGNIZED_REQUEST, ["proto_first_str_param"]]
    ]
    for (const [command, code, required] of rows) {
      for (const { name } of Command.toEvent(command, envelope).parameters) {
        const absent = edited(command, (event) => ({
          ...event,
          parameters: event.parameters.filter((parameter) => parameter.name !== name)
        }))
        const otherType = edited(command, (event) => ({
          ...event,
          parameters: event.parameters.map((parameter) =>
            parameter.name === name ? { ...parameter, type: 2 } : parameter
          )
        }))
        for (const result of [absent, otherType]) {
          if (!required.includes(name)) {
            assert.isTrue(Result.isSuccess(result), name)
            continue
          }
          assert.isTrue(Result.isFailure(result), name)
          if (!Result.isFailure(result)) continue
          assert.strictEqual(result.failure.reason, "missing-parameter")
          assert.strictEqual(result.failure.returnCode, code)
        }
      }
    }
  })

  it("reads absent flags as 0, and refuses a command with an invalid number", () => {
    const bare = edited(tree, (event) => ({
      ...event,
      parameters: event.parameters.filter(({ name }) => !/^proto_|proto_version|directory/.test(name))
    }))
    assert.deepStrictEqual(
      shown(Result.getOrThrow(bare)),
      shown({
        _tag: "GetBackupTree",
        parameters: {
          ...BackupTreeRequest.toParameters(BackupTreeRequest.everything),
          backupFlags: 0,
          force: false,
          backupDirectory: ""
        },
        protocolVersion: 5
      })
    )
    for (const value of ["", "abc", "4294967296", "-2147483649", " 1"]) {
      const junk = edited(tree, (event) => ({
        ...event,
        parameters: event.parameters.map((parameter) =>
          parameter._tag === "Text" && parameter.type === 0 ? { ...parameter, value } : parameter
        )
      }))
      assert.strictEqual(Result.isFailure(junk) && junk.failure.reason, "unparsable")
      assert.strictEqual(
        Result.isFailure(junk) && junk.failure.returnCode,
        ReturnCode.codes.PRL_ERR_UNRECOGNIZED_REQUEST
      )
    }
  })

  it("replies to commands that it does not serve as the published dispatcher replies to a ping", () => {
    for (const type of [2052, 2090, 2040, 1, 0xffff_ffff]) {
      const error = refusalOf(packageOf(type, encoded(Command.logoff)))
      assert.strictEqual(error.reason, "not-served")
      assert.strictEqual(error.returnCode, ReturnCode.codes.PRL_ERR_UNIMPLEMENTED)
      assert.strictEqual(refusalOf(packageOf(type, hex("ff"))).reason, "not-served")
      const event = Command.fromEvent(type, Command.toEvent(Command.logoff, envelope))
      assert.strictEqual(Result.isFailure(event) && event.failure.reason, "not-served")
    }
  })

  it("reads a missing name of a machine as an empty one", () => {
    const event = { ...Command.toEvent(Command.logoff, envelope), parameters: [] }
    assert.deepStrictEqual(
      Command.fromEvent(PackageType.DspCmdGetVmConfigById, event),
      Result.succeed(Command.getVmConfig("", 0))
    )
  })

  it("shows no secret, neither in a value nor in an error", () => {
    const secret = "5e55104f"
    const withSession = Command.getBackupTree({
      ...BackupTreeRequest.toParameters(BackupTreeRequest.everything),
      targetSessionId: Redacted.make(secret)
    })
    assert.notInclude(JSON.stringify(Result.getOrThrow(Command.decode(packageOf(2117, encoded(withSession))))), secret)
    assert.notInclude(JSON.stringify(login), "hunter2")
    const payload = new TextEncoder().encode(
      Result.getOrThrow(Payload.decode(encoded(withSession))).replace(`>${secret}<`, `>&${secret};<`) + "\0"
    )
    const error = refusalOf(packageOf(PackageType.DspCmdGetBackupTree, payload))
    assert.notInclude(JSON.stringify([error, error.message]), secret)
  })
})
