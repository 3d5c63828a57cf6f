import * as Endpoint from "@backup-tree/io/dispatcher/Endpoint"
import { assert, describe, it } from "@effect/vitest"
import { Option, Result } from "effect"

const none = Option.none<string>()

describe("Endpoint", () => {
  it.each<[string, Option.Option<string>, Endpoint.Endpoint]>([
    ["node7", none, Endpoint.tcp("node7", 64_000)],
    ["node7:1234", none, Endpoint.tcp("node7", 1234)],
    ["root@node7", Option.some("root"), Endpoint.tcp("node7", 64_000)],
    ["joe@domain@node7:0", Option.some("joe@domain"), Endpoint.tcp("node7", 0)],
    ["10.0.0.1:65535", none, Endpoint.tcp("10.0.0.1", 65_535)],
    ["fe80::1%eth0", none, Endpoint.tcp("fe80::1%eth0", 64_000)],
    ["[::1]", none, Endpoint.tcp("::1", 64_000)],
    ["[::1]:1234", none, Endpoint.tcp("::1", 1234)]
  ])("reads %s", (text, user, endpoint) => {
    assert.deepStrictEqual(Result.getOrThrow(Endpoint.parse(text)), { user, endpoint })
  })

  it.each([
    ["", "the host is empty"],
    ["root@", "the host is empty"],
    ["@node7", "the user name before the @ is empty"],
    ["node7:", "the port is not a number"],
    ["node7:65536", "the port is not a number"],
    ["node7:http", "the port is not a number"],
    ["root:secret@node7", "a password does not belong on a command line"],
    ["node 7", "invalid characters"],
    ["node\u001b[31m", "invalid characters"]
  ])("refuses %j", (text, why) => {
    const error = Option.getOrThrow(Result.getFailure(Endpoint.parse(text)))
    assert.include(error.message, why)
    assert.notInclude(error.message, "\u001b")
  })

  it("does not repeat a password that was put on the command line", () => {
    const error = Option.getOrThrow(Result.getFailure(Endpoint.parse("root:hunter2@node7")))
    assert.notInclude(error.message, "hunter2")
  })

  it("is written as people write it", () => {
    assert.strictEqual(Endpoint.print(Endpoint.tcp("::1", 1)), "[::1]:1")
    assert.strictEqual(Endpoint.print(Endpoint.tcp("node7")), "node7:64000")
    assert.strictEqual(Endpoint.print(Endpoint.unix()), "/var/run/prl_disp_service.socket")
  })
})
