/**
 * Replies as text (5001): the return code, the command answered, and its results. Source: PROTOCOL 4.8, 6.5 and 8.2.
 *
 * A reply that cannot be read is an error and never a success, which is what the product makes of it.
 */
import type { ReturnCode } from "@backup-tree/core/sdk/ReturnCode"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type { EventParameter } from "./Event.ts"
import * as Event from "./Event.ts"
import * as PackageType from "./PackageType.ts"
import * as Payload from "./Payload.ts"
import { MessageError } from "./ProtocolError.ts"

/** A reply: the command that is answered, its return code, and the parameters behind the three of every reply. */
export interface Reply {
  readonly operation: number
  readonly code: ReturnCode
  readonly results: ReadonlyArray<EventParameter>
}

/** The names of result parameters. */
export const ResultName = {
  error: "ws_response_cmd_error",
  standard: "ws_response_cmd_standard_param",
  backupTree: "ws_response_cmd_get_backups_tree",
  hostCommonInfo: "ws_response_cmd_host_common_info",
  networkConfig: "ws_response_cmd_host_common_info_network_config",
  userProfile: "ws_response_cmd_user_profile"
} as const

const standardNames = ["proto_force_questions_sign", "proto_command_flags", "proto_request_op_code"]

/** Makes a reply of success. */
export const success = (operation: number, results: ReadonlyArray<EventParameter> = []): Reply => ({
  operation,
  code: 0,
  results
})

/** Makes a reply of failure without an error event. */
export const failure = (operation: number, code: ReturnCode): Reply => ({ operation, code, results: [] })

/** Makes a reply of failure with an error event, which repeats the code. Source: PROTOCOL 8.2. */
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

/** Makes the parameters of an error event from the arguments of its message. */
export const messageArguments = (values: ReadonlyArray<string>): ReadonlyArray<EventParameter> =>
  values.map((value, index) => Event.text(`vm_message_param_${index}`, value))

/** Returns the arguments of the message of an error event, in order; the first that is absent ends them. */
export const messageArgumentsOf = (error: Event.Event): ReadonlyArray<string> => {
  // One pass: an event may have as many parameters as a package has room for.
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

/** Writes a reply as an event. */
export const toEvent = (self: Reply, envelope: Event.Envelope): Event.Event =>
  Event.make(envelope, self.code, [
    Event.uint(standardNames[0]!, 0),
    Event.uint(standardNames[1]!, 0),
    Event.uint(standardNames[2]!, self.operation),
    ...self.results
  ])

/** Writes a reply as the payload of its package. */
export const encode = (
  self: Reply,
  envelope: Event.Envelope,
  options: Event.PrintOptions = {}
): Result.Result<Uint8Array, MessageError> =>
  Result.flatMap(Event.print(toEvent(self, envelope), options), Payload.encode)

/**
 * Reads the reply to the command `operation` from its payload.
 *
 * It fails, and the job with it, on a text that is no event, on another operation or none, and on a backup tree that
 * is announced as a success and absent.
 */
export const decode = (payload: Uint8Array, operation: number): Result.Result<Reply, MessageError> =>
  Payload.decode(payload).pipe(
    Result.flatMap(Event.parse),
    Result.flatMap((event) => fromEvent(event, operation))
  )

/** Reads the reply to the command `operation` from its event. See {@link decode}. */
export const fromEvent = (event: Event.Event, operation: number): Result.Result<Reply, MessageError> => {
  const answered = Event.find(event, standardNames[2]!, Event.ParameterType.uint)
  if (answered === undefined || Event.parseNumber(answered) !== operation) {
    return refuse("wrong-operation", `a reply does not say that it answers command ${operation}`)
  }
  const seen = new Set<string>()
  const results = event.parameters.filter(({ name }) => {
    if (!standardNames.includes(name) || seen.has(name)) return true
    seen.add(name)
    return false
  })
  const reply = { operation, code: event.code, results }
  return operation === PackageType.DspCmdGetBackupTree && event.code >= 0 && Option.isNone(backupTree(reply))
    ? refuse("no-tree", "a reply of success to the question for the backup tree holds no tree")
    : Result.succeed(reply)
}

/** Returns the text of the backup tree, itself a document. */
export const backupTree = (self: Reply): Option.Option<string> =>
  Option.fromNullishOr(firstText(self, ResultName.backupTree))

/** Returns a reply with another text for its backup tree, where it has one. */
export const withBackupTree = (self: Reply, text: string): Reply => {
  const at = self.results.findIndex(({ name }) => name === ResultName.backupTree)
  const result = self.results[at]
  return result?._tag === "Text" ? { ...self, results: self.results.with(at, { ...result, value: text }) } : self
}

/** Returns the plain results of a reply, in order. */
export const standardResults = (self: Reply): ReadonlyArray<string> =>
  self.results.flatMap((result) => result._tag === "Text" && result.name === ResultName.standard ? [result.value] : [])

/**
 * Returns the error event of a failed reply; none where it has none.
 *
 * It is a document inside the reply's, read with the same limits; nothing inside it is read as a document again. Where
 * its code differs from the reply's, the reply's counts. Source: PROTOCOL 8.2 and 10.
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
