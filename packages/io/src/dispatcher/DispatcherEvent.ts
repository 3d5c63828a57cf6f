/**
 * Events that a dispatcher sends: a backup started, a job made progress, the service shuts down.
 *
 * A backup tree request causes no event; other work does. Texts are untrusted.
 *
 * @see [Protocol 4.7](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p4-7)
 * @since 0.2.0
 */
import * as Result from "effect/Result"
import * as BinaryEvent from "../protocol/BinaryEvent.ts"
import * as Event from "../protocol/Event.ts"
import * as Package from "../protocol/Package.ts"
import * as PackageType from "../protocol/PackageType.ts"
import * as Payload from "../protocol/Payload.ts"
import type { MessageError } from "../protocol/ProtocolError.ts"

/**
 * An event of a dispatcher.
 *
 * @category models
 * @since 0.2.0
 */
export interface DispatcherEvent {
  /** The kind of event: one of {@link numbers}, or another number. */
  readonly number: number
  /** The return code; 0 for most events. */
  readonly code: number
  /** The uuid of the object, as the server wrote it. */
  readonly issuerId: string
  /** The text parameters, in order. A name may occur several times. */
  readonly parameters: ReadonlyArray<{ readonly name: string; readonly values: ReadonlyArray<string> }>
}

/**
 * The numbers of events about backups and jobs.
 *
 * @category constants
 * @since 0.2.0
 */
export const numbers = {
  backupStarted: 100_047,
  backupCancelled: 100_048,
  backupProgress: 100_050,
  jobProgress: 100_051,
  restoreProgress: 100_052,
  serviceShutsDown: 100_404,
  question: 100_503,
  errorMessage: 100_507,
  jobStageProgress: 100_523
} as const

/**
 * Decodes the event of a package, in either of its two forms.
 *
 * @category codecs
 * @since 0.2.0
 */
export const fromPackage = (received: Package.Package): Result.Result<DispatcherEvent, MessageError> =>
  Result.flatMap(Package.payload(received), (payload) =>
    received.type === PackageType.DspVmBinaryEvent
      ? Result.map(BinaryEvent.decode(payload), ({ event }) => fromBinary(event))
      : Result.map(Result.flatMap(Payload.decode(payload), Event.parse), fromText))

const fromText = (event: Event.Event): DispatcherEvent => ({
  number: event.type,
  code: event.code,
  issuerId: event.issuerId,
  parameters: event.parameters.flatMap((parameter) =>
    parameter._tag === "Data"
      ? []
      : [{ name: parameter.name, values: parameter._tag === "List" ? parameter.items : [parameter.value] }]
  )
})

const fromBinary = (event: BinaryEvent.BinaryEvent): DispatcherEvent => ({
  number: event.type,
  code: event.code,
  issuerId: event.issuerId,
  parameters: event.parameters.flatMap((parameter) =>
    parameter._tag === "Binary"
      ? []
      : [{ name: parameter.name, values: parameter._tag === "List" ? parameter.items : [parameter.value] }]
  )
})
