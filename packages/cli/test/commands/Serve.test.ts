import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as BackupSource from "@backup-tree/io/BackupSource"
import * as DispatcherClient from "@backup-tree/io/dispatcher/DispatcherClient"
import * as Endpoint from "@backup-tree/io/dispatcher/Endpoint"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Result } from "effect"
import { example, passwordIn, readExample, run, start, withFolder } from "../support/command.ts"

const listings = [example("01-empty.xml"), example("05-two-chains.xml"), example("backup-root")] as const

/** Starts `serve`, and runs a test when it has printed this number of lines. */
const withServer = async (
  args: ReadonlyArray<string>,
  lines: number,
  use: (printed: ReadonlyArray<string>) => Promise<void>
): Promise<void> => {
  const child = start(["serve", "--listen", "127.0.0.1:0", ...args])
  const closed = new Promise((resolve) => child.once("close", resolve))
  try {
    let stdout = ""
    let stderr = ""
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text))
    await new Promise<void>((resolve, reject) => {
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        stdout += text
        if (stdout.split("\n").length > lines) resolve()
      })
      void closed.then(() => reject(new Error(`serve ended: ${stderr}`)))
    })
    await use(stdout.trimEnd().split("\n"))
  } finally {
    child.kill("SIGTERM")
    await closed
  }
}

const endpointOf = (text: string): Endpoint.TcpEndpoint => {
  const { endpoint } = Result.getOrThrow(Endpoint.parse(text))
  assert(endpoint._tag === "Tcp")
  return endpoint
}

describe("serve", () => {
  it(
    "serves other stores to clients that name a target and their session there",
    () =>
      withFolder((folder) =>
        withServer(
          [
            "--file",
            listings[0],
            "--target",
            `127.0.0.1:0=${listings[1]}`,
            "--target",
            `127.1:0=${listings[2]}`,
            ...passwordIn(folder)
          ],
          3,
          async (printed) => {
            const own = / on (\S+) for /.exec(printed[0]!)![1]!
            const targets = printed.slice(1).map((line) => /^target (\S+) serves (.*)$/.exec(line)!)
            assert.deepStrictEqual(targets.map(([, , name]) => name), listings.slice(1))
            assert.match(targets[1]![1]!, /^127\.1:\d+$/)
            const credentials = DispatcherClient.password("root", Redacted.make("secret"))
            const read = (target: string | undefined) =>
              BackupSource.getBackupTreeXml(BackupTreeRequest.everything).pipe(
                Effect.provide(BackupSource.layerClient({
                  endpoint: endpointOf(own),
                  credentials,
                  target: target === undefined ? undefined : { endpoint: endpointOf(target), credentials }
                })),
                Effect.runPromise
              )
            assert.strictEqual(await read(undefined), readExample("01-empty.xml"))
            assert.strictEqual(await read(targets[0]![1]), readExample("05-two-chains.xml"))
            assert.include(await read(targets[1]![1]), "<Name>web01</Name>")
          }
        )
      ),
    60_000
  )

  it.each([
    ["a target without a path", "127.0.0.1:0", /--target: "127\.0\.0\.1:0" has no path; write HOST:PORT=PATH/],
    ["a target with an empty path", "127.0.0.1:0=", /--target: "127\.0\.0\.1:0=" has no path/],
    ["a target with a bad port", `127.0.0.1:x=${listings[1]}`, /--target: "127\.0\.0\.1:x" is not an address/],
    ["a target with a user", `root@127.0.0.1:0=${listings[1]}`, /--target does not accept a user name; use --user/],
    ["a target that does not exist", "127.0.0.1:0=/nowhere.xml", /\/nowhere\.xml/],
    [
      "a target that cannot be listened on",
      `192.0.2.1:0=${listings[1]}`,
      /cannot listen on 192\.0\.2\.1:0: .* --target\.$/m
    ]
  ])("explains %s", (_, target, message) =>
    withFolder(async (folder) => {
      const args = [
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--file",
        listings[0],
        "--target",
        target,
        ...passwordIn(folder)
      ]
      const { code, stderr } = await run(args)
      assert.match(stderr, message)
      assert.strictEqual(code, 3)
    }))
})
