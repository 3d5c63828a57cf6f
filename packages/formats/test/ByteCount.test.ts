import * as ByteCount from "@backup-tree/formats/ByteCount"
import { assert, describe, it } from "@effect/vitest"

describe("ByteCount", () => {
  it.each<[bigint, string]>([
    [0n, "0 B"],
    [1023n, "1023 B"],
    [1024n, "1.0 KiB"],
    [1536n, "1.5 KiB"],
    [1048575n, "1024.0 KiB"],
    [4294967296n, "4.0 GiB"],
    [1610612736n, "1.5 GiB"],
    [18446744073709551615n, "16.0 EiB"],
    [2n ** 80n, "1048576.0 EiB"]
  ])("writes %s as people read it", (bytes, text) => {
    assert.strictEqual(ByteCount.print(bytes), text)
  })
})
