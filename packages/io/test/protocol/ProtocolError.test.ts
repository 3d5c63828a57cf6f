import {
  HandshakeError,
  HandshakeReason,
  MessageError,
  MessageReason,
  StreamError,
  StreamReason
} from "@backup-tree/io/protocol/ProtocolError"
import { assert, describe, it } from "@effect/vitest"

const again = "Connect again. If it fails again, the peer is not a dispatcher, or its bytes are changed on the way."
const hostile = "The peer is faulty or hostile: do not send secrets to it."

describe("ProtocolError", () => {
  it("has advice for each reason of a failed handshake", () => {
    const advice: { readonly [R in HandshakeReason]: string } = {
      "wrong-magic": "The peer uses another protocol: check host and port (default port of a dispatcher: 64000).",
      "wrong-major": "This library supports PRLT 6.10: use a dispatcher of Virtuozzo 7 or later.",
      "old-minor": "This library requires PRLT 6.10 or later: update the older side.",
      "wrong-sender-type": "A client has type 3 and a dispatcher type 2: check that the peer is one of them.",
      "null-uuid": "Use a new random uuid for every connection.",
      "malformed-table": "The bytes are corrupt, or the peer does not use PRLT: check host and port.",
      "refused-table": "Request another security level. A server with minimum low accepts every level; one with "
        + "minimum normal accepts only normal, and one with minimum high only high.",
      "null-table": "Request another security level.",
      "changed-table": "The peer, or a man in the middle, changed the requested routes. Do not send secrets to it."
    }
    for (const reason of HandshakeReason.literals) {
      const { message } = new HandshakeError({ reason, detail: "why" })
      assert.strictEqual(message, `The PRLT handshake failed: why. ${advice[reason]}`)
    }
  })

  it("has advice for each reason of a failed stream", () => {
    const advice: { readonly [R in StreamReason]: string } = {
      "record-type": again,
      "record-version": again,
      "record-length": again,
      "wrong-checksum":
        "Connect again. If it fails again, the peer mixes its routes, or its bytes are changed on the way.",
      "too-many-buffers": "No command of a dispatcher needs so many: the peer is faulty or hostile.",
      "package-too-large": "Request one environment at a time, or raise the limit (maxReplyBytes).",
      "refused-type": hostile,
      "stray-replies": hostile
    }
    for (const reason of StreamReason.literals) {
      const { message } = new StreamError({ reason, stage: "packages", detail: "why" })
      assert.strictEqual(message, `The connection failed in the stream of packages: why. ${advice[reason]}`)
    }
  })

  it("names the stage of a failed stream", () => {
    const messageOf = (stage: StreamError["stage"]) =>
      new StreamError({ reason: "refused-type", stage, detail: "why" }).message
    assert.strictEqual(messageOf("tls-handshake"), `The connection failed in the TLS handshake: why. ${hostile}`)
    assert.strictEqual(messageOf("records"), `The connection failed in the stream of records: why. ${hostile}`)
  })

  it("has advice for each reason of a message, as a reader or as a writer", () => {
    for (const reason of MessageReason.literals) {
      assert.strictEqual(
        new MessageError({ reason, detail: "why" }).message,
        reason === "cannot-be-sent"
          ? "The message cannot be sent: why. Correct this value."
          : "The peer's message cannot be read: why. Try again. If it fails again, report it."
      )
    }
  })
})
