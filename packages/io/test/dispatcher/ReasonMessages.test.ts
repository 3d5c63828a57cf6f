import * as Errors from "@backup-tree/io/dispatcher/DispatcherError"
import * as Endpoint from "@backup-tree/io/dispatcher/Endpoint"
import { MessageError } from "@backup-tree/io/protocol/ProtocolError"
import { assert, describe, it } from "@effect/vitest"
import { Option, Result } from "effect"

const why = new MessageError({ reason: "no-buffer", detail: "why" })
const closed = (level: Errors.HandshakeClosed["level"]) => new Errors.HandshakeClosed({ level, detail: "why" })
const ended = "the server ended the PRLT handshake (why). Either it is not a dispatcher, or it refuses security level"

describe("the messages of a dispatcher's reasons", () => {
  it.each<readonly [Errors.DispatcherReason, message: string]>([
    [closed("low"), `${ended} low: a server with a higher minimum accepts only that level; request normal or high.`],
    [closed("normal"), `${ended} normal: a server with minimum high accepts only high; request high.`],
    [
      closed("high"),
      `${ended} high: a server with minimum normal accepts only normal; request normal, if heartbeats may travel `
      + "unencrypted."
    ],
    [
      new Errors.TlsFailed({ detail: "why" }),
      "the TLS handshake failed: why. The protocol needs TLS 1.2 with anonymous Diffie-Hellman, which FIPS builds of "
      + "OpenSSL and BoringSSL do not support."
    ],
    [
      new Errors.ConnectionLost({ stage: "tls", detail: "why" }),
      "the connection was lost during the TLS handshake (why). Try again. If it fails again, check the log of the "
      + "dispatcher."
    ],
    [
      new Errors.ConnectionSilent({ millis: 1500 }),
      "the server has sent nothing for 1.5 s, not even a heartbeat. Check whether it hangs, and whether the network is "
      + "up."
    ],
    [
      new Errors.Stalled({ millis: 1500 }),
      "no byte of the reply has arrived for 1.5 s, although the server is alive. With 10,000 backups or more, it can "
      + "need many minutes to build the reply: increase the limit (--stall-timeout), or request less at a time. With "
      + "few backups, its task probably hangs: check the dispatcher and the backup store."
    ],
    [
      new Errors.LoginRefused({ user: "root", code: 0x80000330 | 0 }),
      "the login of \"root\" was refused: PRL_ERR_AUTHENTICATION_FAILED (0x80000330). Check user name and password."
    ],
    [
      new Errors.LoginRefused({ user: "root", code: 0x80000009 | 0 }),
      "the login of \"root\" was refused: PRL_ERR_FAILURE (0x80000009)."
    ],
    [
      new Errors.LoginRefused({ code: 0x80000330 | 0 }),
      "the local login was refused: PRL_ERR_AUTHENTICATION_FAILED (0x80000330). Run it as root, or log in by name."
    ],
    [
      new Errors.UnexpectedLoginReply({}),
      "the server replied to the login with text, which does not start a session: it is older than PRLT 6.2, or "
      + "requires a login by key. Neither is supported."
    ],
    [
      new Errors.CommandFailed({ command: "GetBackupTree", code: 0x80000009 | 0, details: [] }),
      "GetBackupTree failed on the server with PRL_ERR_FAILURE (0x80000009)."
    ],
    [
      new Errors.CommandFailed({ command: "GetBackupTree", code: 0x80000009 | 0, details: ["a", "b"] }),
      "GetBackupTree failed on the server with PRL_ERR_FAILURE (0x80000009): \"a\", \"b\"."
    ],
    [
      new Errors.UnreadableReply({ command: "GetBackupTree", why }),
      `the reply to GetBackupTree cannot be used. ${why.message}`
    ],
    [new Errors.UnsendableCommand({ command: "Login", why }), `Login cannot be sent. ${why.message}`],
    [
      new Errors.SessionWithheld({}),
      "a session id is not sent at security level low, because it would be unencrypted. Request level high or normal."
    ],
    [
      new Errors.SessionMissing({}),
      "the login reply has no session id, which another server needs to read the backups of this one. Query this "
      + "server directly."
    ]
  ])("$1", (reason, message) => {
    assert.strictEqual(reason.message, message)
  })

  it.each([
    [
      "ECONNREFUSED",
      "nothing listens there (ECONNREFUSED). Check that the dispatcher is running, and that this is its address."
    ],
    [
      "ENOENT",
      "the socket does not exist (ENOENT). Check that this is a Virtuozzo host, and that its dispatcher is running."
    ],
    ["EACCES", "permission denied (EACCES). Run it as root, or as a user with access to the socket."],
    ["ENOTFOUND", "the host name does not resolve (ENOTFOUND). Check its spelling."],
    [
      "EAI_AGAIN",
      "the host name cannot be resolved at the moment (EAI_AGAIN). Check the network, and try again."
    ],
    [
      "ECONNRESET",
      "the server reset the connection (ECONNRESET). Check that it accepts this client, and its connection limit."
    ],
    ["EHOSTUNREACH", "there is no route to the host (EHOSTUNREACH). Check the network."],
    ["ENETUNREACH", "the network is unreachable (ENETUNREACH). Check the network."],
    ["EADDRINUSE", "the address is in use (EADDRINUSE). Choose another port."],
    ["EADDRNOTAVAIL", "this machine does not have that address (EADDRNOTAVAIL). Choose another one."],
    ["ERR_SOCKET_BAD_PORT", "the port is not a number from 0 to 65535."],
    ["ENOTSOCK", "this is a file, not a socket (ENOTSOCK). Check the path."],
    ["EWEIRD", "EWEIRD. Check the address."]
  ])("explain why connecting failed: %s", (code, message) => {
    assert.strictEqual(new Errors.ConnectFailed({ code }).message, `cannot connect: ${message}`)
  })

  it.each([
    ["root@", "\"root@\"", "the host is empty"],
    ["@node7", "\"@node7\"", "the user name before the @ is empty"],
    ["node7:http", "\"node7:http\"", "the port is not a number from 0 to 65535"],
    ["node 7", "\"node 7\"", "the host has invalid characters"],
    [
      "root:hunter2@node7",
      "\"root:…@node7\"",
      "a password does not belong on a command line; use a password file, BACKUP_TREE_PASSWORD or the prompt"
    ]
  ])("explain why %s is not an address", (text, shown, why) => {
    assert.strictEqual(
      Option.getOrThrow(Result.getFailure(Endpoint.parse(text))).message,
      `${shown} is not an address: ${why}. Write host, host:port, user@host:port, or [IPv6 address]:port.`
    )
  })
})
