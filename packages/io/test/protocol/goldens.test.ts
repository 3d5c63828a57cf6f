import * as Uuid from "@backup-tree/core/sdk/Uuid"
import * as Command from "@backup-tree/io/protocol/Command"
import type { AttributeOrder, Envelope, Event as ParallelsEvent } from "@backup-tree/io/protocol/Event"
import * as Event from "@backup-tree/io/protocol/Event"
import type { Reader } from "@backup-tree/io/protocol/Handshake"
import * as Handshake from "@backup-tree/io/protocol/Handshake"
import * as LoginReply from "@backup-tree/io/protocol/LoginReply"
import * as Package from "@backup-tree/io/protocol/Package"
import * as PackageParser from "@backup-tree/io/protocol/PackageParser"
import * as PackageType from "@backup-tree/io/protocol/PackageType"
import * as Payload from "@backup-tree/io/protocol/Payload"
import * as RecordLayer from "@backup-tree/io/protocol/RecordLayer"
import * as Reply from "@backup-tree/io/protocol/Reply"
import * as RoutingTable from "@backup-tree/io/protocol/RoutingTable"
import { assert, describe, it } from "@effect/vitest"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { names, transcript, wirePackage, wireText } from "./fixtures.ts"
import { cutAll, feedings, join, parseAll, toHex } from "./support.ts"

// What a sender chose at random for one document, and what the document says.
interface Chosen {
  readonly event: ParallelsEvent
  readonly envelope: Envelope
  readonly attributeOrder: AttributeOrder
}

const chosenOf = (payload: Uint8Array): Chosen => {
  const text = Result.getOrThrow(Payload.decode(payload))
  const event = Result.getOrThrow(Event.parse(text))
  return {
    event,
    envelope: { issuerId: event.issuerId, initialRequestId: event.initialRequestId },
    attributeOrder: text.startsWith("<ParallelsEvent id=") ? "id-first" : "dyn_lists-first"
  }
}

const payloadOf = (self: Package.Package): Uint8Array => Result.getOrThrow(Package.payload(self))

// A command as a client makes it from the values that a server read.
const remadeCommand = (received: Package.Package): Package.Package => {
  const { attributeOrder, envelope } = chosenOf(payloadOf(received))
  const command = Result.getOrThrow(Command.decode(received))
  return Package.request({
    uuid: received.uuid,
    senderUuid: received.senderUuid,
    type: Command.typeOf(command),
    payload: Result.getOrThrow(Command.encode(command, envelope, { attributeOrder }))
  })
}

// A reply as a server makes it from the values that a client read; error events are written anew too.
const remadePayload = (received: Package.Package, operation: number): Uint8Array => {
  if (received.type === PackageType.DspWsBinaryResponse) {
    const reply = Result.getOrThrow(LoginReply.decode(payloadOf(received), operation))
    assert.strictEqual(reply.trailingBytes, 0)
    return Result.getOrThrow(LoginReply.encode(reply))
  }
  const { attributeOrder, envelope } = chosenOf(payloadOf(received))
  const reply = Result.getOrThrow(Reply.decode(payloadOf(received), operation))
  const error = Result.getOrThrow(Reply.errorEvent(reply))
  const remade = Option.isNone(error)
    ? reply
    : Result.getOrThrow(Reply.failureWithEvent(operation, error.value, { attributeOrder }))
  return Result.getOrThrow(Reply.encode(remade, envelope, { attributeOrder }))
}

const remadeReply = (
  received: Package.Package,
  to: { readonly uuid: string; readonly senderUuid: string; readonly type: number }
): Package.Package =>
  Package.reply({
    uuid: received.uuid,
    senderUuid: received.senderUuid,
    to,
    type: received.type,
    numericId: received.numericId,
    payload: remadePayload(received, to.type)
  })

const operationOf = (received: Package.Package): number =>
  received.type === PackageType.DspWsBinaryResponse
    ? PackageType.DspCmdUserLogin
    : Event.parseNumber(Event.find(chosenOf(payloadOf(received)).event, "proto_request_op_code", 0)!)!

const bytesOf = (self: Package.Package): Uint8Array =>
  self.type === PackageType.Heartbeat ? Package.heartbeat : Result.getOrThrow(Package.encode(self))

const readPart = <A>(reader: Reader<A>, chunks: ReadonlyArray<Uint8Array>) => {
  for (const [index, chunk] of chunks.entries()) {
    const read = Option.getOrUndefined(Result.getOrThrow(reader.push(chunk)))
    if (read !== undefined) return { value: read.value, rest: join(read.rest, ...chunks.slice(index + 1)) }
  }
  throw new Error("the part is incomplete")
}

describe("recorded messages", () => {
  const packages = names("wire-examples", ".package.hex")

  it("are all there", () => {
    assert.strictEqual(packages.length, 15)
    assert.strictEqual(names("transcripts", ".jsonl").length, 10)
  })

  for (const name of packages) {
    for (const [feeding, chunksOf] of feedings) {
      it(`${name} is written as it was read, fed ${feeding}`, () => {
        const recorded = wirePackage(name)
        const { failure, packages } = parseAll(PackageParser.makeParser(), chunksOf(recorded.whole))
        assert.isUndefined(failure)
        assert.strictEqual(packages.length, 1)
        const received = packages[0]!
        assert.strictEqual(toHex(Result.getOrThrow(Package.encode(received))), toHex(recorded.whole))
        const remade = PackageType.handling(received.type) === "command"
          ? remadeCommand(received)
          : PackageType.handling(received.type) === "reply"
          ? remadeReply(received, {
            uuid: received.parentUuid,
            senderUuid: received.receiverUuid,
            type: operationOf(received)
          })
          : received
        assert.strictEqual(toHex(bytesOf(remade)), toHex(recorded.whole))
      })
    }
  }

  for (const name of names("wire-examples", ".xml")) {
    it(`${name} is written as it was read, as a text`, () => {
      const text = wireText(name)
      const event = Result.getOrThrow(Event.parse(text))
      assert.strictEqual(Result.getOrThrow(Event.print(event)), text)
      // Markup inside a value is escaped, so only this document's own tags are turned.
      const idFirst = text.replaceAll(/(<[A-Za-z]+) (dyn_lists="[^"]*") (id="[^"]*")/g, "$1 $3 $2")
      assert.strictEqual(Result.getOrThrow(Event.print(event, { attributeOrder: "id-first" })), idFirst)
      assert.deepStrictEqual(Event.parse(idFirst.replaceAll(/(<[A-Za-z]+) [^/>]*/g, "$1")), Event.parse(text))
      assert.strictEqual(toHex(Result.getOrThrow(Payload.encode(text))), toHex(wirePackage(name).payload!))
    })
  }
})

describe("recorded exchanges", () => {
  for (const name of names("transcripts", ".jsonl")) {
    for (const [feeding, chunksOf] of feedings) {
      it(`${name}: both handshakes are written as they were read, fed ${feeding}`, () => {
        for (const { c2s, s2c } of transcript(name)) {
          const client = readPart(Handshake.makeClientPartReader(), chunksOf(c2s.handshake))
          assert.strictEqual(client.rest.length, 0)
          assert.strictEqual(toHex(Result.getOrThrow(Handshake.encodeClientPart(client.value))), toHex(c2s.handshake))
          assert.isTrue(Result.isSuccess(RoutingTable.accept(client.value.table, "low")))

          const opening = readPart(Handshake.makeServerOpeningReader(), chunksOf(s2c.handshake))
          const accepted = readPart(Handshake.makeTableReader(), chunksOf(opening.rest))
          assert.strictEqual(accepted.rest.length, 0)
          assert.isTrue(Result.isSuccess(RoutingTable.confirm(client.value.table, accepted.value)))
          const reply = join(
            Result.getOrThrow(Handshake.encodeServerOpening(opening.value)),
            Result.getOrThrow(RoutingTable.encode(accepted.value))
          )
          assert.strictEqual(toHex(reply), toHex(s2c.handshake))
        }
      })

      it(`${name}: both package streams are made anew from the values read, fed ${feeding}`, () => {
        for (const { c2s, s2c } of transcript(name)) {
          const sent = parseAll(PackageParser.makeParser(), chunksOf(c2s.packages))
          const received = parseAll(PackageParser.makeParser(), chunksOf(s2c.packages))
          assert.isUndefined(sent.failure ?? received.failure)
          assert.isAbove(sent.packages.length, 0)
          assert.isAbove(received.packages.length, 0)

          const commands = sent.packages.map((self) => self.type === PackageType.Heartbeat ? self : remadeCommand(self))
          assert.strictEqual(toHex(join(...commands.map(bytesOf))), toHex(c2s.packages))

          const replies = received.packages.map((self) => {
            if (self.type === PackageType.Heartbeat) return self
            const to = sent.packages.find(({ uuid }) => uuid === self.parentUuid)
            assert.isDefined(to)
            return remadeReply(self, to)
          })
          assert.strictEqual(toHex(join(...replies.map(bytesOf))), toHex(s2c.packages))
        }
      })
    }

    it(`${name}: every package came by the route of the accepted table`, () => {
      for (const { c2s, s2c } of transcript(name)) {
        const { table } = readPart(Handshake.makeClientPartReader(), [c2s.handshake]).value
        const level = Option.getOrThrow(RoutingTable.levelOf(table))
        for (const direction of [c2s, s2c]) {
          const { packages } = parseAll(PackageParser.makeParser(), [direction.packages])
          const routes = new Set(packages.map(({ type }) => RoutingTable.routeOf(table, type)))
          const recorded = [...direction.framings].map((framing) => framing === "ff-record" ? "plain" : "tls")
          assert.deepStrictEqual([...routes], recorded)
          const allows = (type: number) => recorded[0] === "tls" || RoutingTable.allowsPlain(level, type)
          assert.isUndefined(parseAll(PackageParser.makeParser({ allows }), [direction.packages]).failure)
        }
      }
    })

    it(`${name}: the session id is the client's connection uuid, which is nowhere shown`, () => {
      for (const { c2s, s2c } of transcript(name)) {
        const { header } = readPart(Handshake.makeClientPartReader(), [c2s.handshake]).value
        for (const self of parseAll(PackageParser.makeParser(), [s2c.packages]).packages) {
          if (self.type !== PackageType.DspWsBinaryResponse) continue
          const operation = name === "local_unix_socket"
            ? PackageType.DspCmdUserEasyLoginLocal
            : PackageType.DspCmdUserLogin
          const reply = Result.getOrThrow(LoginReply.decode(payloadOf(self), operation))
          assert.isDefined(reply.info.session)
          assert.notInclude(JSON.stringify(reply), Uuid.key(header.uuid))
        }
      }
    })
  }

  it("travel in plain frames at level low, cut and joined by the record layer", () => {
    const { c2s } = transcript("security_low_client")[0]!
    for (const [, chunksOf] of feedings) {
      const framer = RecordLayer.makeFramer()
      framer.tlsUp()
      const { failure, records } = cutAll(framer, chunksOf(RecordLayer.plainFrames(c2s.packages)))
      assert.isUndefined(failure)
      const data = records.map((record) => record.kind === "plain" ? record.bytes : new Uint8Array(0))
      assert.strictEqual(toHex(join(...data)), toHex(c2s.packages))
    }
  })
})
