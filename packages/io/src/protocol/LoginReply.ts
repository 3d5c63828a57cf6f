/**
 * The reply to a login: two binary events, the result and the server's description of itself.
 *
 * Texts are kept as the server wrote them, and each may be absent. The session id is redacted, because it authorises
 * its bearer.
 *
 * @see [Protocol 5.4](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p5-4)
 * @since 0.2.0
 */
import type { ReturnCode } from "@backup-tree/core/sdk/ReturnCode"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as BinaryEvent from "./BinaryEvent.ts"
import type { Envelope } from "./Event.ts"
import * as Event from "./Event.ts"
import * as PackageType from "./PackageType.ts"
import { MessageError } from "./ProtocolError.ts"

/**
 * A server's description of itself. A field that the server did not send is `undefined`.
 *
 * @category models
 * @since 0.2.0
 */
export interface ServerInfo {
  /** The session id, which is the client's connection uuid. */
  readonly session: Redacted.Redacted<string> | undefined
  readonly osVersion: string | undefined
  readonly serverUuid: string | undefined
  readonly productVersion: string | undefined
  readonly confirmationMode: string | undefined
  readonly appExecuteMode: string | undefined
  /** Milliseconds since 1970, as a decimal text. */
  readonly startTime: string | undefined
  readonly startTimeMonotonic: string | undefined
  readonly isLaunchdMode: string | undefined
  /** The parameters without a field here: tasks of the previous session, restrictions, feature lists. */
  readonly others: ReadonlyArray<BinaryEvent.BinaryParameter>
}

/**
 * The reply to a login. If the code is negative, the login failed and `info` is empty.
 *
 * @category models
 * @since 0.2.0
 */
export interface LoginReply {
  readonly operation: number
  readonly code: ReturnCode
  readonly info: ServerInfo
  readonly replyEnvelope: Envelope
  readonly loginEnvelope: Envelope
  /** The number of bytes after the second event. They are ignored. */
  readonly trailingBytes: number
}

/**
 * The description of a server that sent none.
 *
 * @category constants
 * @since 0.2.0
 */
export const emptyInfo: ServerInfo = {
  session: undefined,
  osVersion: undefined,
  serverUuid: undefined,
  productVersion: undefined,
  confirmationMode: undefined,
  appExecuteMode: undefined,
  startTime: undefined,
  startTimeMonotonic: undefined,
  isLaunchdMode: undefined,
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

/**
 * Encodes a reply, without trailing bytes.
 *
 * @category codecs
 * @since 0.2.0
 */
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
  if (info.session !== undefined) parameters.push(BinaryEvent.plain(sessionName, string, Redacted.value(info.session)))
  for (const [field, name] of textNames) {
    const value = info[field]
    if (value !== undefined) parameters.push(BinaryEvent.plain(name, string, value))
  }
  return [...parameters, ...info.others]
}

/**
 * Decodes the payload of a binary reply to the command `operation`.
 *
 * Fails if the command is not a login, if the reply names another command, or if the bytes are not two events. Such a
 * failure ends the job, not the connection.
 *
 * @category codecs
 * @since 0.2.0
 */
export const decode = (bytes: Uint8Array, operation: number): Result.Result<LoginReply, MessageError> =>
  Result.gen(function*() {
    if (!PackageType.isLogin(operation)) {
      return yield* refuse("not-a-login-reply", `a login reply arrived for command ${operation}, which is not a login`)
    }
    const reply = yield* BinaryEvent.decode(bytes)
    const operationOf = BinaryEvent.find(reply.event, "proto_request_op_code")
    if (operationOf === undefined || Event.parseNumber(operationOf.value) !== operation) {
      return yield* refuse("wrong-operation", `the login reply does not name command ${operation}`)
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
  let session: ServerInfo["session"]
  const texts: { [F in TextField]: string | undefined } = {
    osVersion: undefined,
    serverUuid: undefined,
    productVersion: undefined,
    confirmationMode: undefined,
    appExecuteMode: undefined,
    startTime: undefined,
    startTimeMonotonic: undefined,
    isLaunchdMode: undefined
  }
  const others: Array<BinaryEvent.BinaryParameter> = []
  for (const parameter of event.parameters) {
    const field = textNames.find(([, name]) => name === parameter.name)?.[0]
    // The first parameter with a name counts. Further session ids are dropped, so that none is kept in the clear.
    if (parameter.name === sessionName) session ??= Redacted.make(parameter.value)
    else if (field === undefined) others.push(parameter)
    else texts[field] ??= parameter.value
  }
  return { session, ...texts, others }
}

const refuse = (reason: MessageError["reason"], detail: string): Result.Result<never, MessageError> =>
  Result.fail(new MessageError({ reason, detail }))
