/** The events that a server sends, in their two forms. Source: PROTOCOL 4.7. */
import * as Uuid from "@backup-tree/core/sdk/Uuid"
import * as BinaryEvent from "@backup-tree/io/protocol/BinaryEvent"
import * as Event from "@backup-tree/io/protocol/Event"
import * as PackageType from "@backup-tree/io/protocol/PackageType"
import * as Payload from "@backup-tree/io/protocol/Payload"
import * as Result from "effect/Result"

/**
 * An event as a client receives it: its number, return code, object and texts.
 *
 * @category models
 * @since 0.2.0
 */
export interface PublishedEvent {
  readonly number: number
  readonly code?: number | undefined
  readonly issuerId?: string | undefined
  readonly parameters?:
    | ReadonlyArray<{ readonly name: string; readonly values: ReadonlyArray<string> }>
    | undefined
}

/**
 * The two forms of an event: a document (3003), or binary (3008).
 *
 * @category models
 * @since 0.2.0
 */
export type EventForm = "text" | "binary"

/** Makes a frequent event: the progress of another client's job. */
export const floodEvent = (index: number): PublishedEvent => ({
  number: 100_051,
  parameters: [{ name: "progress_changed", values: [String(index % 101)] }]
})

/** Encodes an event as the type and payload of a package. */
export const payloadOf = (
  { code = 0, issuerId = Uuid.nil, number, parameters = [] }: PublishedEvent,
  form: EventForm
): { readonly type: number; readonly payload: Uint8Array } => {
  const head = { ...Event.make({ issuerId, initialRequestId: Uuid.nil }, code, []), type: number }
  const type = Event.ParameterType.string
  if (form === "binary") {
    const event: BinaryEvent.BinaryEvent = {
      ...head,
      parameters: parameters.map(({ name, values }) =>
        values.length === 1
          ? BinaryEvent.plain(name, type, values[0]!)
          : { _tag: "List", name, type, value: "", cdata: "", items: values }
      )
    }
    return { type: PackageType.DspVmBinaryEvent, payload: Result.getOrThrow(BinaryEvent.encode(event)) }
  }
  const text = Event.print({
    ...head,
    parameters: parameters.map(({ name, values }) =>
      values.length === 1 ? Event.text(name, values[0]!) : { _tag: "List", name, type, items: values }
    )
  }, { forbiddenCharacters: "raw" })
  return {
    type: PackageType.DspVmEvent,
    payload: Result.getOrThrow(Result.flatMap(text, Payload.encode))
  }
}
