/**
 * Text replies (5001): the return code, the number of the command, and its results.
 *
 * A reply that cannot be read is an error, where the product treats it as a success.
 *
 * @see [Protocol 4.8](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p4-8)
 * @see [Protocol 6.5](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p6-5)
 * @see [Protocol 8.2](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p8-2)
 * @since 0.2.0
 */
import type { ReturnCode } from "@backup-tree/core/sdk/ReturnCode"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type { EventParameter } from "./Event.ts"
import * as Event from "./Event.ts"
import * as PackageType from "./PackageType.ts"
import * as Payload from "./Payload.ts"
import { MessageError } from "./ProtocolError.ts"

/**
 * A reply: the number of its command, its return code, and the parameters after the three standard ones.
 *
 * @category models
 * @since 0.2.0
 */
export interface Reply {
  readonly operation: number
  readonly code: ReturnCode
  readonly results: ReadonlyArray<EventParameter>
}

/**
 * The names of result parameters.
 *
 * @category constants
 * @since 0.2.0
 */
export const ResultName = {
  error: "ws_response_cmd_error",
  standard: "ws_response_cmd_standard_param",
  backupTree: "ws_response_cmd_get_backups_tree",
  hostCommonInfo: "ws_response_cmd_host_common_info",
  networkConfig: "ws_response_cmd_host_common_info_network_config",
  userProfile: "ws_response_cmd_user_profile",
  vmConfig: "ws_response_cmd_vm_config"
} as const

const standardNames = ["proto_force_questions_sign", "proto_command_flags", "proto_request_op_code"]

/**
 * Makes a reply that reports success.
 *
 * @category constructors
 * @since 0.2.0
 */
export const success = (operation: number, results: ReadonlyArray<EventParameter> = []): Reply => ({
  operation,
  code: 0,
  results
})

/**
 * Makes a reply that reports a failure, without an error event.
 *
 * @category constructors
 * @since 0.2.0
 */
export const failure = (operation: number, code: ReturnCode): Reply => ({ operation, code, results: [] })

/**
 * Makes a reply that reports a failure, with an error event that repeats the code.
 *
 * @see [Protocol 8.2](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p8-2)
 * @category constructors
 * @since 0.2.0
 */
export const failureWithEvent = (
  operation: number,
  error: Event.Event,
  options: Event.PrintOptions = {}
): Result.Result<Reply, MessageError> =>
  Result.map(Event.print(error, options), (text) => ({
    operation,
    code: error.code,
    results: [Event.text(ResultName.error, text)]
  }))

/**
 * Makes the parameters of an error event from its message arguments.
 *
 * @category constructors
 * @since 0.2.0
 */
export const messageArguments = (values: ReadonlyArray<string>): ReadonlyArray<EventParameter> =>
  values.map((value, index) => Event.text(`vm_message_param_${index}`, value))

/**
 * Returns the message arguments of an error event, in order, up to the first that is absent.
 *
 * @category accessors
 * @since 0.2.0
 */
export const messageArgumentsOf = (error: Event.Event): ReadonlyArray<string> => {
  // One pass, because an event may have very many parameters.
  const byName = new Map<string, string>()
  for (const parameter of error.parameters) {
    if (parameter._tag === "Text" && parameter.type === Event.ParameterType.string && !byName.has(parameter.name)) {
      byName.set(parameter.name, parameter.value)
    }
  }
  const values: Array<string> = []
  for (;;) {
    const value = byName.get(`vm_message_param_${values.length}`)
    if (value === undefined) return values
    values.push(value)
  }
}

/**
 * Converts a reply to an event.
 *
 * @category codecs
 * @since 0.2.0
 */
export const toEvent = (self: Reply, envelope: Event.Envelope): Event.Event =>
  Event.make(envelope, self.code, [
    Event.uint(standardNames[0]!, 0),
    Event.uint(standardNames[1]!, 0),
    Event.uint(standardNames[2]!, self.operation),
    ...self.results
  ])

/**
 * Encodes a reply as the payload of its package. Fails with `cannot-be-sent` if a text cannot be sent.
 *
 * @category codecs
 * @since 0.2.0
 */
export const encode = (
  self: Reply,
  envelope: Event.Envelope,
  options: Event.PrintOptions = {}
): Result.Result<Uint8Array, MessageError> =>
  Result.flatMap(Event.print(toEvent(self, envelope), options), Payload.encode)

/**
 * Decodes the reply to the command `operation` from its payload.
 *
 * Fails if the text is not an event, if the reply does not name the command, or if a successful reply to a backup tree
 * request has no tree. Such a failure ends the job.
 *
 * @category codecs
 * @since 0.2.0
 */
export const decode = (payload: Uint8Array, operation: number): Result.Result<Reply, MessageError> =>
  Payload.decode(payload).pipe(
    Result.flatMap(Event.parse),
    Result.flatMap((event) => fromEvent(event, operation))
  )

/**
 * Reads the reply to the command `operation` from its event. See {@link decode}.
 *
 * @category codecs
 * @since 0.2.0
 */
export const fromEvent = (event: Event.Event, operation: number): Result.Result<Reply, MessageError> => {
  const named = Event.find(event, standardNames[2]!, Event.ParameterType.uint)
  if (named === undefined || Event.parseNumber(named) !== operation) {
    return refuse("wrong-operation", `the reply does not name command ${operation}`)
  }
  const seen = new Set<string>()
  const results = event.parameters.filter(({ name }) => {
    if (!standardNames.includes(name) || seen.has(name)) return true
    seen.add(name)
    return false
  })
  const reply = { operation, code: event.code, results }
  return operation === PackageType.DspCmdGetBackupTree && event.code >= 0 && Option.isNone(backupTree(reply))
    ? refuse("no-tree", "the reply reports success, but has no backup tree")
    : Result.succeed(reply)
}

/**
 * Returns the text of the backup tree, which is a document itself.
 *
 * @category accessors
 * @since 0.2.0
 */
export const backupTree = (self: Reply): Option.Option<string> =>
  Option.fromNullishOr(firstText(self, ResultName.backupTree))

/**
 * Replaces the text of the backup tree, if the reply has one.
 *
 * @category combinators
 * @since 0.2.0
 */
export const withBackupTree = (self: Reply, text: string): Reply => {
  const at = self.results.findIndex(({ name }) => name === ResultName.backupTree)
  const result = self.results[at]
  return result?._tag === "Text" ? { ...self, results: self.results.with(at, { ...result, value: text }) } : self
}

/**
 * Returns the plain results of a reply, in order.
 *
 * @category accessors
 * @since 0.2.0
 */
export const standardResults = (self: Reply): ReadonlyArray<string> =>
  self.results.flatMap((result) => result._tag === "Text" && result.name === ResultName.standard ? [result.value] : [])

/**
 * Returns the error event of a failed reply, or none.
 *
 * It is a document inside the reply's document, parsed with the same limits. If its code differs from that of the
 * reply, the reply's code counts.
 *
 * @see [Protocol 8.2](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p8-2)
 * @see [Protocol 10](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p10)
 * @category accessors
 * @since 0.2.0
 */
export const errorEvent = (self: Reply): Result.Result<Option.Option<Event.Event>, MessageError> => {
  const text = firstText(self, ResultName.error)
  return text === undefined ? Result.succeedNone : Result.map(Event.parse(text), Option.some)
}

const firstText = (self: Reply, name: string): string | undefined => {
  const result = self.results.find((result) => result.name === name)
  return result?._tag === "Text" && result.type === Event.ParameterType.string ? result.value : undefined
}

const refuse = (reason: MessageError["reason"], detail: string): Result.Result<never, MessageError> =>
  Result.fail(new MessageError({ reason, detail }))
