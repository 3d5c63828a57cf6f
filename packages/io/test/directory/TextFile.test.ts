import * as BackupDirectory from "@backup-tree/io/directory/BackupDirectory"
import * as TextFile from "@backup-tree/io/directory/TextFile"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, PlatformError } from "effect"
import * as os from "node:os"

const failure = (cause: unknown, tag: PlatformError.SystemErrorTag = "Unknown") =>
  PlatformError.systemError({ _tag: tag, module: "FileSystem", method: "realPath", pathOrDescriptor: "/mnt", cause })

const nodeError = (code: string, errno?: number): Error =>
  Object.assign(new Error(`${code}: raw text, realpath '/mnt'`), { code, errno })

describe("explain", () => {
  it.each([
    ["ENOTCONN", "the mount is not connected (ENOTCONN)"],
    ["ESTALE", "stale NFS handle (ESTALE)"],
    ["EIO", "input/output error (EIO)"],
    ["EROFS", "the file system is read-only (EROFS)"],
    ["ENOSPC", "no space left on the device (ENOSPC)"]
  ])("states what happened in words and with the code: %s", (code, text) => {
    assert.strictEqual(TextFile.explain(failure(nodeError(code, -5))), text)
  })

  it("takes the words of the system for every other error number, and else the code", () => {
    const { EMLINK } = os.constants.errno
    assert.strictEqual(TextFile.explain(failure(nodeError("EMLINK", -EMLINK))), "too many links (EMLINK)")
    assert.strictEqual(TextFile.explain(failure(nodeError("ESOMETHING"))), "ESOMETHING")
  })

  it("has words without a code for what everybody knows, and the message of Effect if there is no cause", () => {
    assert.strictEqual(TextFile.explain(failure(nodeError("ENOENT", -2), "NotFound")), "it does not exist")
    assert.strictEqual(TextFile.explain(failure(undefined)), "Unknown: FileSystem.realPath (/mnt)")
  })

  it.effect("is how a backup directory states why it cannot be read", () =>
    Effect.gen(function*() {
      const { message } = yield* Effect.flip(BackupDirectory.read("/mnt"))
      assert.include(message, "cannot be read: the mount is not connected (ENOTCONN). Is the backup store mounted")
    }).pipe(
      Effect.provide(FileSystem.layerNoop({ realPath: () => Effect.fail(failure(nodeError("ENOTCONN", -107))) }))
    ))
})
