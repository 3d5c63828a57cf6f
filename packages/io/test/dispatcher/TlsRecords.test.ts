import { assert, describe, it } from "@effect/vitest"
import { describeFault } from "../../src/dispatcher/internal/TlsRecords.ts"

const raw = "C0BCA2E4:error:0A0000C1:SSL routines:tls_post_process_client_hello:no shared cipher:../deps/ssl/x.c:2220:"

describe("the description of a fault of TLS", () => {
  it.each<[string, object, string]>([
    [
      "has the reason that Node names",
      { reason: "no shared cipher", code: "ERR_SSL_NO_SHARED_CIPHER" },
      "no shared cipher"
    ],
    ["has the code if there is no reason", { code: "ERR_SSL_NO_SHARED_CIPHER" }, "ERR_SSL_NO_SHARED_CIPHER"],
    ["never has the text of OpenSSL", {}, "the peer sent no valid TLS"]
  ])("%s", (_, fields, expected) => {
    assert.strictEqual(describeFault(Object.assign(new Error(raw), fields)), expected)
  })

  it("has any other message as it is", () => {
    assert.strictEqual(describeFault(new Error("socket hang up")), "socket hang up")
  })
})
