/**
 * The targets of messages: payloads, events, commands and replies as text, and what travels in binary.
 */
import * as BinaryEvent from "@backup-tree/io/protocol/BinaryEvent"
import * as Command from "@backup-tree/io/protocol/Command"
import * as Event from "@backup-tree/io/protocol/Event"
import * as LoginReply from "@backup-tree/io/protocol/LoginReply"
import * as Package from "@backup-tree/io/protocol/Package"
import * as PackageType from "@backup-tree/io/protocol/PackageType"
import * as Password from "@backup-tree/io/protocol/Password"
import * as Payload from "@backup-tree/io/protocol/Payload"
import type { MessageError } from "@backup-tree/io/protocol/ProtocolError"
import * as Reply from "@backup-tree/io/protocol/Reply"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Bytes from "./bytes.ts"
import type { Corpus } from "./corpus.ts"
import type { Target } from "./laws.ts"
import { demand, demandBytes, demandSame, read, refused, stable, writtenBack } from "./laws.ts"
import * as Messages from "./messages.ts"
import type { Random } from "./random.ts"
import * as Xml from "./xml.ts"

/** Payloads of text. */
export const payload: Target = {
  name: "payload",
  share: 7,
  make: (random, corpus) => {
    const input = Bytes.mutate(random, random.pick(corpus.payloads), corpus.payloads)
    // The NUL is repaired, so that more is looked at than whether it is there.
    if (input.length > 0 && random.chance(0.8)) input[input.length - 1] = 0
    return {
      input,
      check: () => {
        const result = Payload.decode(input)
        if (Result.isFailure(result)) return refused(result.failure.reason)
        if (result.success === "") return "read: empty"
        const written = Result.getOrThrow(Payload.encode(result.success))
        demandBytes(written, input.subarray(0, written.length), writtenBack)
        return read
      }
    }
  }
}

const raw = { forbiddenCharacters: "raw" } as const
const envelope = { issuerId: "{a}", initialRequestId: "{b}" }

/** Events as text. */
export const event: Target = {
  name: "event",
  share: 5,
  make: (random, corpus) => {
    const input = Xml.mutated(random, corpus.events, { text: 0.3, manner: 0.4 })
    return {
      input,
      check: () => {
        const result = Event.parse(input)
        if (Result.isFailure(result)) return refused(result.failure.reason)
        // U+0000 is written as a blank; on the wire it ends the text, and none is ever read.
        if (input.includes("\0")) return "read: with U+0000"
        demandSame(Event.parse(Result.getOrThrow(Event.print(result.success, raw))), result, stable)
        return read
      }
    }
  }
}

/** How far a message came that cannot be read. */
export const stageOf = ({ reason }: MessageError): string =>
  ["no-buffer", "no-terminator", "not-utf8"].includes(reason)
    ? "refused as text"
    : reason === "not-xml"
    ? "refused as XML"
    : reason === "not-an-event" || reason === "not-a-number"
    ? "refused as an event"
    : "refused as a reply"

const operations = [
  PackageType.DspCmdUserLogin,
  PackageType.DspCmdUserLogoff,
  PackageType.DspCmdUserCancelOperation,
  PackageType.DspCmdGetBackupTree
]

/** Replies as text. */
export const reply: Target = {
  name: "reply",
  share: 3,
  make: (random, corpus) => {
    const text = Xml.mutated(random, corpus.replies, { text: 0.2, manner: 0.3 })
    const input = Messages.payloadOf(random, text, corpus)
    const answered = /op_code<\/Name>\s*<Type>0<\/Type>\s*<Value>([0-9]{4})</.exec(text)?.[1]
    const operation = random.chance(0.9) ? Number(answered ?? PackageType.DspCmdGetBackupTree) : random.pick(operations)
    return {
      input,
      check: () => {
        const result = Reply.decode(input, operation)
        if (Result.isFailure(result)) return stageOf(result.failure)
        const error = Reply.errorEvent(result.success)
        if (Result.isSuccess(error) && Option.isSome(error.success)) Reply.messageArgumentsOf(error.success.value)
        Reply.standardResults(result.success)
        const written = Result.getOrThrow(Reply.encode(result.success, envelope, raw))
        demandSame(Reply.decode(written, operation), result, stable)
        return read
      }
    }
  }
}

/** Commands, in their packages. */
export const command: Target = {
  name: "command",
  share: 4,
  make: (random, corpus) => {
    const self = Messages.command(random, corpus)
    return {
      input: Result.getOrThrow(Package.encode(self)),
      check: () => {
        const result = Command.decode(self)
        if (Result.isFailure(result)) return refused(result.failure.reason)
        // As bytes: of what is redacted, any two are equal to a comparison of values.
        const once = Result.getOrThrow(Command.encode(result.success, envelope, raw))
        const again = Command.decode({ ...self, buffers: [{ encoding: 0, bytes: once }] })
        demandBytes(Result.getOrThrow(Command.encode(Result.getOrThrow(again), envelope, raw)), once, stable)
        return read
      }
    }
  }
}

/** Replies to a login. */
export const loginReply: Target = {
  name: "login-reply",
  share: 6,
  make: (random, corpus) => {
    const input = Messages.loginReply(random, corpus)
    const operation = random.chance(0.95) ? PackageType.DspCmdUserLogin : random.pick([2117, 2186])
    return {
      input,
      check: () => {
        const result = LoginReply.decode(input, operation)
        if (Result.isFailure(result)) return refused(result.failure.reason)
        const once = Result.getOrThrow(LoginReply.encode(result.success))
        const again = Result.getOrThrow(LoginReply.decode(once, operation))
        demandBytes(Result.getOrThrow(LoginReply.encode(again)), once, stable)
        return result.success.code < 0 ? "read: login failed" : "read: logged in"
      }
    }
  }
}

/** Events in binary. */
export const binaryEvent: Target = {
  name: "binary-event",
  share: 9,
  make: (random, corpus) => {
    const input = Messages.binaryEvent(random, corpus)
    return {
      input,
      check: () => {
        const result = BinaryEvent.decode(input)
        if (Result.isFailure(result)) return refused(result.failure.reason)
        const { end, event } = result.success
        demandBytes(Result.getOrThrow(BinaryEvent.encode(event)), input.subarray(0, end), writtenBack)
        return end < input.length ? "read: bytes behind it" : read
      }
    }
  }
}

const mutatedPassword = (random: Random, corpus: Corpus): string => {
  const recorded = random.pick(corpus.passwords)
  if (random.chance(0.3)) return Buffer.from(Bytes.mutate(random, Buffer.from(recorded), [])).toString("latin1")
  const field = Uint8Array.from(Buffer.from(recorded, "base64"))
  return Buffer.from(Bytes.mutate(random, field, [field])).toString("base64")
}

/** Fields with a password. */
export const password: Target = {
  name: "password",
  share: 5,
  make: (random, corpus) => {
    const input = mutatedPassword(random, corpus)
    return {
      input,
      check: () => {
        const result = Password.decode(Redacted.make(input))
        if (Result.isFailure(result)) return refused(result.failure.reason)
        const text = Redacted.value(result.success)
        if (text.length > Password.maxLength) return "read: longer than can be sent"
        const again = Result.flatMap(Password.encode(result.success), Password.decode)
        demand(Redacted.value(Result.getOrThrow(again)) === text, stable)
        return read
      }
    }
  }
}
