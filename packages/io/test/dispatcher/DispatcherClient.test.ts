import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as DispatcherClient from "@backup-tree/io/dispatcher/DispatcherClient"
import type { DispatcherError, DispatcherReason } from "@backup-tree/io/dispatcher/DispatcherError"
import * as Endpoint from "@backup-tree/io/dispatcher/Endpoint"
import type { Limits } from "@backup-tree/io/dispatcher/Limits"
import * as Handshake from "@backup-tree/io/protocol/Handshake"
import * as Package from "@backup-tree/io/protocol/Package"
import * as PackageParser from "@backup-tree/io/protocol/PackageParser"
import * as PackageType from "@backup-tree/io/protocol/PackageType"
import * as Reply from "@backup-tree/io/protocol/Reply"
import * as RoutingTable from "@backup-tree/io/protocol/RoutingTable"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Fiber, Option, Queue, Redacted, Result, type Scope } from "effect"
import { TestClock } from "effect/testing"
import { tellsNoSecret } from "../support/canary.ts"
import { leavesNothing } from "../support/leaks.ts"
import * as peers from "../support/peers.ts"

const secret = "correct horse battery staple"
const credentials = DispatcherClient.password("root", Redacted.make(secret))
const parameters = BackupTreeRequest.toParameters(BackupTreeRequest.everything)

// Peers that answer nothing are not to be waited for.
const quick = { cancelTimeout: Duration.millis(20), logoffTimeout: Duration.millis(20) }

/** Sends one request to a test server, and returns its error. No socket and no fiber is left open. */
const askOnce = (
  script: (peer: peers.Peer) => Effect.Effect<unknown, unknown, Scope.Scope>,
  limits: Partial<Limits> = {}
): Effect.Effect<DispatcherError> =>
  tellsNoSecret(
    secret,
    leavesNothing(Effect.scoped(Effect.gen(function*() {
      const endpoint = yield* peers.listen(script)
      return yield* DispatcherClient.connect({ endpoint, credentials, limits: { ...quick, ...limits } }).pipe(
        Effect.flatMap((client) => client.getBackupTree(parameters)),
        Effect.flatMap((job) => job.await),
        Effect.scoped,
        Effect.flip,
        Effect.tap((error) => Effect.sync(() => assert.include(error.message, Endpoint.print(endpoint)))),
        Effect.orDie
      )
    })))
  )

const opening = (change: (bytes: Uint8Array, view: DataView) => void): Uint8Array => {
  const bytes = peers.opening.slice()
  change(bytes, new DataView(bytes.buffer))
  return bytes
}

const table = (bytes: ReadonlyArray<number>): Uint8Array => Uint8Array.from(bytes)

const isReason = <T extends DispatcherReason["_tag"]>(
  error: DispatcherError,
  tag: T
): Extract<DispatcherReason, { readonly _tag: T }> => {
  assert.strictEqual(error.reason._tag, tag, error.message)
  return error.reason as Extract<DispatcherReason, { readonly _tag: T }>
}

describe("DispatcherClient", () => {
  describe("a peer that is no honest dispatcher, before TLS", () => {
    it.live.each(
      [
        ["wrong magic", "HTTP/1.1 400 Bad Request\r\n\r\n", "wrong-magic"],
        ["another major version", opening((_, view) => view.setUint16(4, 5, true)), "wrong-major"],
        ["an old minor version", opening((_, view) => view.setUint16(6, 9, true)), "old-minor"],
        ["sender type 0", opening((_, view) => view.setUint32(72, 0, true)), "wrong-sender-type"],
        ["sender type 11", opening((_, view) => view.setUint32(72, 11, true)), "wrong-sender-type"],
        ["a null uuid", opening((bytes) => bytes.fill(0, 76)), "null-uuid"],
        [
          "a table of 21 routes",
          Buffer.concat([peers.opening, table([2, 0, 0, 0, 1, 0, 0, 0, 21])]),
          "malformed-table"
        ],
        ["the null table", Buffer.concat([peers.opening, table([0, 0, 0, 0, 0, 0, 0, 0, 0])]), "null-table"],
        [
          "the table of another level",
          Buffer.concat([peers.opening, Result.getOrThrow(RoutingTable.encode(RoutingTable.forLevel("low")))]),
          "changed-table"
        ]
      ] as ReadonlyArray<[string, Uint8Array | string, string]>
    )("is refused: %s", ([, bytes, reason]) =>
      Effect.gen(function*() {
        const error = yield* askOnce((peer) => Effect.andThen(peer.write(bytes), peer.gone))
        assert.strictEqual(isReason(error, "HandshakeError").reason, reason)
      }))

    it.live("is refused wherever it closes", () =>
      Effect.gen(function*() {
        const whole = Buffer.concat([peers.opening, peers.highTable])
        for (let length = 0; length < whole.length; length++) {
          const error = yield* askOnce((peer) => peer.write(whole.subarray(0, length)))
          isReason(error, "HandshakeClosed")
          assert.match(error.message, /security level/)
        }
      }))

    it.effect("times out when the server stays silent in TLS", () =>
      Effect.gen(function*() {
        const greeted = yield* Deferred.make<void>()
        const asking = yield* Effect.forkChild(
          askOnce((peer) =>
            Effect.gen(function*() {
              yield* peer.write(Buffer.concat([peers.opening, peers.highTable]))
              const reader = Handshake.makeClientPartReader()
              let part = yield* Effect.fromResult(reader.push(yield* peer.read))
              while (Option.isNone(part)) part = yield* Effect.fromResult(reader.push(yield* peer.read))
              // What follows is the ClientHello.
              if (part.value.rest.length === 0) yield* peer.read
              yield* Deferred.succeed(greeted, undefined)
              yield* peer.gone
            })
          )
        )
        yield* Deferred.await(greeted)
        yield* TestClock.adjust("1 minute")
        assert.strictEqual(isReason(yield* Fiber.join(asking), "TimedOut").stage, "tls")
      }))

    it.live.each(
      [
        ["a plain frame", [0xff, 3, 0, 0, 1, 0]],
        ["a record of length 0", [0x16, 3, 3, 0, 0]],
        ["a record longer than TLS allows", [0x16, 3, 3, 0x48, 1]],
        ["a record of unknown type", [0x42, 3, 3, 0, 1, 0]],
        ["application data", [0x17, 3, 3, 0, 1, 0]],
        ["an alert", [0x15, 3, 3, 0, 2, 2, 40]],
        ["noise in a handshake record", [0x16, 3, 3, 0, 4, 1, 2, 3, 4]]
      ] as ReadonlyArray<[string, ReadonlyArray<number>]>
    )("fails TLS when it answers the ClientHello with %s", ([, bytes]) =>
      Effect.gen(function*() {
        const error = yield* askOnce((peer) =>
          Effect.andThen(
            peer.write(Buffer.concat([peers.opening, peers.highTable, Uint8Array.from(bytes)])),
            peer.gone
          )
        )
        isReason(error, "TlsFailed")
      }))
  })

  it("has credentials that name their kind", () => {
    const password = Redacted.make("x")
    assert.deepStrictEqual(DispatcherClient.password("root", password), {
      _tag: "Password",
      userName: "root",
      password
    })
    assert.deepStrictEqual(DispatcherClient.local, { _tag: "Local" })
  })

  it.effect("reports that nothing listens", () =>
    Effect.gen(function*() {
      // A port that was free a moment ago.
      const endpoint = yield* Effect.scoped(peers.listen(() => Effect.void))
      const error = yield* Effect.flip(Effect.scoped(DispatcherClient.connect({ endpoint, credentials })))
      assert.strictEqual(isReason(error, "ConnectFailed").code, "ECONNREFUSED")
      assert.isTrue(error.isRetryable)
      assert.match(error.message, /nothing listens there/)
    }))

  it.effect("reports that a socket does not exist", () =>
    Effect.gen(function*() {
      const endpoint = Endpoint.unix("/nonexistent/dispatcher.socket")
      const error = yield* Effect.flip(
        Effect.scoped(DispatcherClient.connect({ endpoint, credentials: DispatcherClient.local }))
      )
      assert.strictEqual(isReason(error, "ConnectFailed").code, "ENOENT")
    }))

  it.effect("reports an invalid port", () =>
    Effect.gen(function*() {
      const endpoint = Endpoint.tcp("127.0.0.1", 70_000)
      const error = yield* Effect.flip(Effect.scoped(DispatcherClient.connect({ endpoint, credentials })))
      assert.match(error.message, /the port is not a number from 0 to 65535/)
    }))

  describe("records after TLS", () => {
    it.live.each(
      [
        [
          "a plain frame",
          [0xff, 3, 0, 0, 1, 0],
          "refused-type",
          "a plain frame arrived on a connection of level high"
        ],
        ["a record of length 0", [0x17, 3, 3, 0, 0], "record-length", "a record has 0 bytes"],
        ["a record of length 16385", [0x17, 3, 3, 0x40, 1], "record-length", "a record has 16385 bytes"],
        ["another version", [0x17, 3, 1, 0, 1, 0], "record-version", "a record has the version 3.1"],
        ["another type", [0x18, 3, 3, 0, 1, 0], "record-type", "a record has the unknown type 24"],
        [
          "a new handshake",
          [0x16, 3, 3, 0, 1, 0],
          "record-type",
          "the peer started a new TLS handshake, which this protocol does not allow"
        ]
      ] as ReadonlyArray<[string, ReadonlyArray<number>, string, string]>
    )("end the connection: %s", ([, bytes, reason, detail]) =>
      Effect.gen(function*() {
        const error = yield* askOnce((peer) =>
          Effect.gen(function*() {
            yield* peers.accept(peer)
            yield* peer.writeRaw(Uint8Array.from(bytes))
            yield* peer.gone
          })
        )
        const refused = isReason(error, "StreamError")
        assert.deepStrictEqual([refused.reason, refused.stage, refused.detail], [reason, "records", detail])
      }))

    it.live("end the connection: an alert is the peer's goodbye", () =>
      Effect.gen(function*() {
        const error = yield* askOnce((peer) =>
          Effect.gen(function*() {
            yield* peers.accept(peer)
            yield* peer.writeRaw(Uint8Array.from([0x15, 3, 3, 0, 2, 1, 0]))
            yield* peer.gone
          })
        )
        const reason = isReason(error, "ConnectionLost")
        assert.strictEqual(reason.stage, "login")
        assert.strictEqual(reason.detail, "the peer ended it with a TLS alert")
      }))

    it.live("that do not decrypt end the connection", () =>
      Effect.gen(function*() {
        const error = yield* askOnce((peer) =>
          Effect.gen(function*() {
            yield* peers.accept(peer)
            yield* peer.writeRaw(Uint8Array.from([0x17, 3, 3, 0, 32, ...new Uint8Array(32)]))
            yield* peer.gone
          })
        )
        // The rest is the words of OpenSSL.
        assert.match(isReason(error, "ConnectionLost").detail, /^TLS: ./)
      }))
  })

  const header = (change: (view: DataView, bytes: Uint8Array) => void): Uint8Array => {
    const bytes = Result.getOrThrow(Package.encode(Package.request({
      uuid: peers.serverUuid,
      senderUuid: peers.serverUuid,
      type: PackageType.DspWsResponse,
      payload: new Uint8Array([0])
    }))).slice(0, 90)
    change(new DataView(bytes.buffer), bytes)
    return bytes
  }

  const announcing = (buffers: number, size: number): Uint8Array => {
    const bytes = Result.getOrThrow(Package.encode({
      uuid: peers.serverUuid,
      parentUuid: peers.serverUuid,
      senderUuid: peers.serverUuid,
      receiverUuid: peers.serverUuid,
      type: PackageType.DspWsResponse,
      numericId: 1n,
      buffers: Array.from({ length: buffers }, () => ({ encoding: 0, bytes: new Uint8Array(0) }))
    }))
    const view = new DataView(bytes.buffer)
    for (let index = 0; index < buffers; index++) view.setUint32(82 + 8 * index + 4, size, true)
    return bytes
  }

  const management = (type: number): Uint8Array =>
    Result.getOrThrow(Package.encode({
      uuid: peers.serverUuid,
      parentUuid: peers.serverUuid,
      senderUuid: peers.serverUuid,
      receiverUuid: peers.serverUuid,
      type,
      numericId: 0n,
      buffers: []
    }))

  describe("packages that break the protocol", () => {
    it.live.each(
      [
        [
          "a wrong checksum",
          header((view) => view.setUint16(80, view.getUint16(80, true) ^ 1, true)),
          "wrong-checksum",
          "a package header has a wrong checksum"
        ],
        [
          "1024 buffers",
          announcing(1024, 0),
          "too-many-buffers",
          "a package of type 5001 announces 1024 buffers, more than 16"
        ],
        [
          "16 buffers of 4 GiB",
          announcing(16, 0xffff_ffff),
          "package-too-large",
          `a package announces ${16 * 0xffff_ffff + 82 + 16 * 8} bytes, more than ${2 ** 28}`
        ],
        [
          "a buffer of 256 MiB",
          announcing(1, 256 * 2 ** 20),
          "package-too-large",
          `a package announces ${2 ** 28 + 90} bytes, more than ${2 ** 28}`
        ],
        ["an attach package", management(7), "refused-type", "a management package of type 7 arrived"],
        ["a detach request", management(8), "refused-type", "a management package of type 8 arrived"],
        ["a detach of both sides", management(11), "refused-type", "a management package of type 11 arrived"]
      ] as ReadonlyArray<[string, Uint8Array, string, string]>
    )("end the connection: %s", ([, bytes, reason, detail]) =>
      Effect.gen(function*() {
        const error = yield* askOnce((peer) =>
          Effect.gen(function*() {
            yield* peers.acceptCommand(peer)
            yield* peer.write(bytes)
            yield* peer.gone
          })
        )
        const refused = isReason(error, "StreamError")
        assert.deepStrictEqual([refused.reason, refused.stage, refused.detail], [reason, "packages", detail])
      }))

    it.live("end the connection at the 101st reply to no request", () =>
      Effect.gen(function*() {
        const stray = announcing(1, 0)
        const error = yield* askOnce((peer) =>
          Effect.gen(function*() {
            yield* peers.acceptCommand(peer)
            for (let index = 0; index < 101; index++) yield* peer.write(stray)
            yield* peer.gone
          })
        )
        const { detail, reason } = isReason(error, "StreamError")
        assert.deepStrictEqual([reason, detail], ["stray-replies", "more than 100 replies match no request"])
      }))
  })

  it.live("drops replies to no request, events, late duplicates and unknown types", () =>
    Effect.gen(function*() {
      const endpoint = yield* peers.listen((peer) =>
        Effect.gen(function*() {
          const client = yield* peers.accept(peer)
          const receive = peers.makeReceive(peer)
          const login = yield* receive
          yield* peer.write(peers.encodeLoginReply(login, client))
          yield* peer.write(peers.encodeLoginReply(login, client))
          const command = yield* receive
          for (let index = 0; index < 90; index++) yield* peer.write(announcing(1, 0))
          yield* peer.write(peers.reply(command, PackageType.DspVmEvent, new Uint8Array([1, 2, 3])))
          yield* peer.write(peers.reply(command, PackageType.DspVmBinaryEvent, new Uint8Array(0)))
          yield* peer.write(peers.reply(command, 4711, new Uint8Array(0)))
          yield* peer.write(management(12))
          yield* peer.write(peers.encodeReply(command, Reply.success(command.type, [tree("<BackupTree/>")])))
          yield* peers.acceptLogoff(peer, receive)
        })
      )
      const text = yield* Effect.scoped(Effect.gen(function*() {
        const client = yield* DispatcherClient.connect({ endpoint, credentials })
        const job = yield* client.getBackupTree(parameters)
        return yield* job.await
      }))
      assert.strictEqual(text, "<BackupTree/>")
    }))

  const tree = (value: string) => ({ _tag: "Text" as const, name: Reply.ResultName.backupTree, type: 1, value })

  describe("replies that cannot be used", () => {
    const replied = (reply: (command: Package.Package) => Uint8Array) =>
      askOnce((peer) =>
        Effect.gen(function*() {
          const { command, receive } = yield* peers.acceptCommand(peer)
          yield* peer.write(reply(command))
          // The connection goes on: the client logs off.
          yield* peers.acceptLogoff(peer, receive)
        })
      )

    const text = (value: string) => (command: Package.Package) =>
      peers.reply(command, PackageType.DspWsResponse, new TextEncoder().encode(value))

    it.live.each(
      [
        ["no NUL", text("<ParallelsEvent/>"), "no-terminator"],
        ["no XML", (command: Package.Package) => peers.encodeTextReply(command, "hello"), "not-xml"],
        ["truncated XML", (command: Package.Package) => peers.encodeTextReply(command, "<ParallelsEvent>"), "not-xml"],
        ["another root", (command: Package.Package) => peers.encodeTextReply(command, "<Other/>"), "not-an-event"],
        [
          "a DOCTYPE",
          (command: Package.Package) => peers.encodeTextReply(command, "<!DOCTYPE a><ParallelsEvent/>"),
          "not-xml"
        ],
        [
          "bytes that are not UTF-8",
          (command: Package.Package) =>
            peers.reply(command, PackageType.DspWsResponse, new Uint8Array([0x3c, 0xff, 0])),
          "not-utf8"
        ],
        [
          "another operation",
          (command: Package.Package) => peers.encodeReply(command, Reply.success(PackageType.DspCmdUserLogoff)),
          "wrong-operation"
        ],
        [
          "success without a tree",
          (command: Package.Package) => peers.encodeReply(command, Reply.success(command.type)),
          "no-tree"
        ],
        [
          "a binary login reply",
          (command: Package.Package) => peers.reply(command, PackageType.DspWsBinaryResponse, new Uint8Array([0])),
          "not-a-login-reply"
        ],
        [
          "no buffer",
          (command: Package.Package) =>
            Result.getOrThrow(Package.encode({
              uuid: peers.serverUuid,
              parentUuid: command.uuid,
              senderUuid: peers.serverUuid,
              receiverUuid: command.senderUuid,
              type: PackageType.DspWsResponse,
              numericId: 1n,
              buffers: []
            })),
          "no-buffer"
        ]
      ] as ReadonlyArray<[string, (command: Package.Package) => Uint8Array, string]>
    )("end the job, not the connection: %s", ([, reply, reason]) =>
      Effect.gen(function*() {
        const error = yield* replied(reply)
        const { why } = isReason(error, "UnreadableReply")
        assert.strictEqual(why.reason, reason)
        if (reason === "not-a-login-reply") {
          assert.strictEqual(why.detail, "a login reply arrived for a command that is not a login")
        }
        assert.isFalse(error.isRetryable)
      }))

    it.live("carry the server's code and the arguments of its message", () =>
      Effect.gen(function*() {
        const code = -2147482352
        const error = yield* replied((command) =>
          peers.encodeReply(
            command,
            Result.getOrThrow(Reply.failureWithEvent(command.type, {
              type: 100000,
              level: 0,
              code,
              needResponse: 0,
              issuerType: 0,
              issuerId: peers.serverUuid,
              source: "",
              initialRequestId: peers.serverUuid,
              parameters: Reply.messageArguments(["storage.example", "node1\u001b[31m"])
            }, { forbiddenCharacters: "raw" }))
          )
        )
        const reason = isReason(error, "CommandFailed")
        assert.deepStrictEqual(reason.details, ["storage.example", "node1\u001b[31m"])
        assert.strictEqual(error.returnCode, code)
        assert.isTrue(error.isRetryable)
        assert.include(error.message, "PRL_ERR_CANT_CONNECT_TO_DISPATCHER_ITERATIVELY (0x80000510)")
        assert.notInclude(error.message, "\u001b")
      }))
  })

  describe("a login", () => {
    const loginReplied = (reply: (login: Package.Package) => Uint8Array) =>
      askOnce((peer) =>
        Effect.gen(function*() {
          yield* peers.accept(peer)
          yield* peer.write(reply(yield* peers.makeReceive(peer)))
          yield* peer.gone
        })
      )

    it.live("that is refused names the user and the code", () =>
      Effect.gen(function*() {
        const error = yield* loginReplied((login) => peers.encodeReply(login, Reply.failure(login.type, -2147482832)))
        assert.strictEqual(isReason(error, "LoginRefused").user, "root")
        assert.include(error.message, "PRL_ERR_AUTHENTICATION_FAILED (0x80000330)")
        assert.isFalse(error.isRetryable)
      }))

    it.live("with a text reply begins no session", () =>
      Effect.gen(function*() {
        const error = yield* loginReplied((login) => peers.encodeReply(login, Reply.success(login.type)))
        isReason(error, "UnexpectedLoginReply")
        assert.strictEqual(error.returnCode, -2147482832)
      }))

    it.live("with a broken binary reply is unreadable", () =>
      Effect.gen(function*() {
        const error = yield* loginReplied((login) =>
          peers.reply(login, PackageType.DspWsBinaryResponse, new Uint8Array([0, 1, 2]))
        )
        isReason(error, "UnreadableReply")
      }))

    it.live("is not sent with a password that the protocol cannot carry", () =>
      Effect.gen(function*() {
        const endpoint = yield* peers.listen((peer) => Effect.andThen(peers.accept(peer), peer.gone))
        for (const wrong of ["a\0b", "x".repeat(1025)]) {
          const error = yield* Effect.flip(Effect.scoped(
            DispatcherClient.connect({ endpoint, credentials: DispatcherClient.password("root", Redacted.make(wrong)) })
          ))
          isReason(error, "UnsendableCommand")
          assert.notInclude(error.message, wrong)
        }
      }))
  })

  it.live("ends a job whose connection is cut at any point of the reply", () =>
    Effect.gen(function*() {
      // Every byte of header and table, and some of the text.
      for (const cut of [...Array.from({ length: 92 }, (_, index) => index), 500, 1000]) {
        const error = yield* askOnce((peer) =>
          Effect.gen(function*() {
            const { command } = yield* peers.acceptCommand(peer)
            const whole = peers.encodeReply(command, Reply.success(command.type, [tree("<BackupTree/>")]))
            yield* peer.write(whole.subarray(0, cut))
          })
        )
        assert.strictEqual(isReason(error, "ConnectionLost").stage, "reply")
        assert.strictEqual(error.returnCode, -2147483066)
      }
    }))

  it.live("reads the first of several buffers of a reply, which are not read as they arrive", () =>
    Effect.gen(function*() {
      const endpoint = yield* peers.listen((peer) =>
        Effect.gen(function*() {
          const { command, receive } = yield* peers.acceptCommand(peer)
          const whole = peers.encodeReply(command, Reply.success(command.type, [tree("<BackupTree/>")]))
          const parser = PackageParser.makeParser()
          parser.push(whole)
          const reply = Option.getOrThrow(Result.getOrThrow(parser.next()))
          const other = { encoding: 0, bytes: Uint8Array.of(0xff) }
          yield* peer.write(Result.getOrThrow(Package.encode({ ...reply, buffers: [...reply.buffers, other] })))
          yield* peers.acceptLogoff(peer, receive)
        })
      )
      const text = yield* DispatcherClient.connect({ endpoint, credentials }).pipe(
        Effect.flatMap((client) => client.getBackupTree(parameters)),
        Effect.flatMap((job) => job.await),
        Effect.scoped
      )
      assert.strictEqual(text, "<BackupTree/>")
    }))

  it.live("accepts a reply that arrives byte by byte", () =>
    Effect.gen(function*() {
      const endpoint = yield* peers.listen((peer) =>
        Effect.gen(function*() {
          const { command, receive } = yield* peers.acceptCommand(peer)
          for (const byte of peers.encodeReply(command, Reply.success(command.type, [tree("<BackupTree/>")]))) {
            yield* peer.write(Uint8Array.of(byte))
          }
          yield* peers.acceptLogoff(peer, receive)
        })
      )
      const text = yield* Effect.scoped(Effect.gen(function*() {
        const client = yield* DispatcherClient.connect({ endpoint, credentials })
        const job = yield* client.getBackupTree(parameters)
        return yield* job.await
      }))
      assert.strictEqual(text, "<BackupTree/>")
    }))

  it.effect("sends a heartbeat every ten seconds", () =>
    Effect.gen(function*() {
      const heard = yield* Queue.make<Uint8Array>()
      const endpoint = yield* peers.listen((peer) =>
        Effect.gen(function*() {
          const client = yield* peers.accept(peer)
          yield* peer.write(peers.encodeLoginReply(yield* peers.makeReceive(peer), client))
          // Then it closes, because there would be no reply to the logoff.
          for (let beats = 0; beats < 2; beats++) yield* Queue.offer(heard, yield* peer.read)
        })
      )
      yield* DispatcherClient.connect({ endpoint, credentials })
      for (let beats = 0; beats < 2; beats++) {
        yield* TestClock.adjust("9 seconds")
        assert.strictEqual(yield* Queue.size(heard), 0)
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(Buffer.from(yield* Queue.take(heard)), Buffer.from(Package.heartbeat))
      }
    }).pipe(Effect.scoped))
})
