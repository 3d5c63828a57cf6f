/** The server side of a command: reads its parameters, and refuses it with a return code. */
import * as ReturnCode from "@backup-tree/core/sdk/ReturnCode"
import * as Schema from "effect/Schema"
import * as Event from "../Event.ts"
import * as PackageType from "../PackageType.ts"

/**
 * A command that a server cannot execute, with the return code of its reply.
 *
 * @see [Protocol 8.2](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p8-2)
 * @category errors
 * @since 0.2.0
 */
export class CommandError extends Schema.TaggedError<CommandError>()("CommandError", {
  reason: Schema.Literals(["not-served", "unparsable", "missing-parameter"]),
  type: Schema.Number,
  returnCode: Schema.Number,
  detail: Schema.String
}) {
  override get message(): string {
    return `Command ${this.type} failed with ${ReturnCode.print(this.returnCode)}: ${this.detail}. `
      + "Compare what the client sends with the protocol."
  }
}

/**
 * Reads the parameters of one command. A parameter is present if both its name and its type match.
 *
 * Keeps the first failure; later values are not used.
 */
export class ParameterReader {
  failure: CommandError | undefined
  readonly #type: number
  readonly #event: Event.Event

  constructor(type: number, event: Event.Event) {
    this.#type = type
    this.#event = event
  }

  fail(reason: CommandError["reason"], detail: string): void {
    this.failure ??= refusal(this.#type, reason, detail)
  }

  optionalText(name: string): string | undefined {
    return Event.find(this.#event, name, Event.ParameterType.string)
  }

  optionalUint(name: string): number | undefined {
    const text = Event.find(this.#event, name, Event.ParameterType.uint)
    if (text === undefined) return undefined
    const value = Event.parseNumber(text)
    if (value === undefined) this.fail("unparsable", `parameter ${name} is not a 32-bit number`)
    return value === undefined ? undefined : value >>> 0
  }

  text(name: string): string {
    const value = this.optionalText(name)
    if (value === undefined) this.fail("missing-parameter", `parameter ${name} of type string is missing`)
    return value ?? ""
  }

  uint(name: string): number {
    const value = this.optionalUint(name)
    if (value === undefined) this.fail("missing-parameter", `parameter ${name} of type unsigned is missing`)
    return value ?? 0
  }
}

/** Builds the error of a command, with the return code that a server replies. */
export const refusal = (type: number, reason: CommandError["reason"], detail: string): CommandError => {
  const { codes } = ReturnCode
  const returnCode = reason === "not-served"
    ? codes.PRL_ERR_UNIMPLEMENTED
    : PackageType.isLogin(type)
    ? codes.PRL_ERR_FAILURE
    : type === PackageType.DspCmdGetBackupTree && reason === "missing-parameter"
    ? codes.PRL_ERR_BACKUP_INTERNAL_PROTO_ERROR
    : codes.PRL_ERR_UNRECOGNIZED_REQUEST
  return new CommandError({ reason, type, returnCode, detail })
}
