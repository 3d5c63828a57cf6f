/**
 * The reply to a login: two binary events, the answer and what the server says of itself. Source: PROTOCOL 5.4.
 *
 * Texts are kept as the server wrote them; every one of them may be absent. The session id authorises whoever has it
 * and is therefore redacted.
 */
import type { ReturnCode } from "@backup-tree/core/sdk/ReturnCode"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as BinaryEvent from "./BinaryEvent.ts"
import type { Envelope } from "./Event.ts"
import * as Event from "./Event.ts"
import * as PackageType from "./PackageType.ts"
import { MessageError } from "./ProtocolError.ts"

/** What a server says of itself after a login; null where it says nothing. */
export interface ServerInfo {
  /** The session id, which is the client's connection uuid. */
  readonly session: Redacted.Redacted<string> | null
  readonly osVersion: string | null
  readonly serverUuid: string | null
  readonly productVersion: string | null
  readonly confirmationMode: string | null
  readonly appExecuteMode: string | null
  /** Milliseconds since 1970, decimal. */
  readonly startTime: string | null
  readonly startTimeMonotonic: string | null
  readonly isLaunchdMode: string | null
  /** The parameters that this library does not read: tasks of the previous session, restrictions, feature lists. */
  readonly others: ReadonlyArray<BinaryEvent.BinaryParameter>
}

/** The reply to a login; a negative code is a failed login, and then nothing of `info` is read. */
export interface LoginReply {
  readonly operation: number
  readonly code: ReturnCode
  readonly info: ServerInfo
  readonly replyEnvelope: Envelope
  readonly loginEnvelope: Envelope
  /** How many bytes stand behind the second event; they are ignored, and worth a line in a log. */
  readonly trailingBytes: number
}

/** What a server says that says nothing. */
export const emptyInfo: ServerInfo = {
  session: null,
  osVersion: null,
  serverUuid: null,
  productVersion: null,
  confirmationMode: null,
  appExecuteMode: null,
  startTime: null,
  startTimeMonotonic: null,
  isLaunchdMode: null,
  others: []
}

const sessionName = "response_login_cmd_session_uuid"

const textNames = [
  ["osVersion", "server_info_os_version"],
  ["serverUuid", "server_info_server_uuid"],
  ["productVersion", "server_info_product_version"],
  ["confirmationMode", "server_info_confirmation_mode"],
  ["appExecuteMode", "server_info_app_execute_mode"],
  ["startTime", "server_info_start_time"],
  ["startTimeMonotonic", "server_info_start_time_monotonic"],
  ["isLaunchdMode", "server_info_is_launchd_mode"]
] as const

type TextField = (typeof textNames)[number][0]

/** Writes a reply; it holds no trailing bytes. */
export const encode = (self: LoginReply): Result.Result<Uint8Array, MessageError> =>
  Result.gen(function*() {
    const reply = yield* BinaryEvent.encode({
      ...Event.make(self.replyEnvelope, self.code, []),
      parameters: [
        BinaryEvent.plain("proto_force_questions_sign", Event.ParameterType.uint, "0"),
        BinaryEvent.plain("proto_command_flags", Event.ParameterType.uint, "0"),
        BinaryEvent.plain("proto_request_op_code", Event.ParameterType.uint, String(self.operation))
      ]
    })
    const login = yield* BinaryEvent.encode({
      ...Event.make(self.loginEnvelope, 0, []),
      parameters: parametersOf(self.info)
    })
    const bytes = new Uint8Array(reply.length + login.length)
    bytes.set(reply)
    bytes.set(login, reply.length)
    return bytes
  })

const parametersOf = (info: ServerInfo): ReadonlyArray<BinaryEvent.BinaryParameter> => {
  const string = Event.ParameterType.string
  const parameters: Array<BinaryEvent.BinaryParameter> = []
  if (info.session !== null) parameters.push(BinaryEvent.plain(sessionName, string, Redacted.value(info.session)))
  for (const [field, name] of textNames) {
    const value = info[field]
    if (value !== null) parameters.push(BinaryEvent.plain(name, string, value))
  }
  return [...parameters, ...info.others]
}

/**
 * Reads the body of a binary reply to the command `operation`.
 *
 * It fails on a command that is no login, on another operation in the reply, and on bytes that are no two events; the
 * job fails then, not the connection.
 */
export const decode = (bytes: Uint8Array, operation: number): Result.Result<LoginReply, MessageError> =>
  Result.gen(function*() {
    if (!PackageType.isLogin(operation)) {
      return yield* refuse("not-a-login-reply", `a login reply answers command ${operation}, which is no login`)
    }
    const reply = yield* BinaryEvent.decode(bytes)
    const operationOf = BinaryEvent.find(reply.event, "proto_request_op_code")
    if (operationOf === undefined || Event.parseNumber(operationOf.value) !== operation) {
      return yield* refuse("wrong-operation", `a login reply does not say that it answers command ${operation}`)
    }
    const { code } = reply.event
    const replyEnvelope = envelopeOf(reply.event)
    if (code < 0) {
      return { operation, code, info: emptyInfo, replyEnvelope, loginEnvelope: replyEnvelope, trailingBytes: 0 }
    }
    const login = yield* BinaryEvent.decode(bytes, reply.end)
    return {
      operation,
      code,
      info: infoOf(login.event),
      replyEnvelope,
      loginEnvelope: envelopeOf(login.event),
      trailingBytes: bytes.length - login.end
    }
  })

const envelopeOf = ({ initialRequestId, issuerId }: Envelope): Envelope => ({ issuerId, initialRequestId })

const infoOf = (event: BinaryEvent.BinaryEvent): ServerInfo => {
  let session: ServerInfo["session"] = null
  const texts: { [F in TextField]: string | null } = {
    osVersion: null,
    serverUuid: null,
    productVersion: null,
    confirmationMode: null,
    appExecuteMode: null,
    startTime: null,
    startTimeMonotonic: null,
    isLaunchdMode: null
  }
  const others: Array<BinaryEvent.BinaryParameter> = []
  for (const parameter of event.parameters) {
    const field = textNames.find(([, name]) => name === parameter.name)?.[0]
    // Of parameters of one name the first counts; the others must not hand on a session id in the clear.
    if (parameter.name === sessionName) session ??= Redacted.make(parameter.value)
    else if (field === undefined) others.push(parameter)
    else texts[field] ??= parameter.value
  }
  return { session, ...texts, others }
}

const refuse = (reason: MessageError["reason"], detail: string): Result.Result<never, MessageError> =>
  Result.fail(new MessageError({ reason, detail }))
