/** Whether secrets show in anything that a program writes about itself: logs, spans, errors. */
import { assert } from "@effect/vitest"
import { Cause, Effect, Exit, Logger, References, Tracer } from "effect"
import { randomUUID } from "node:crypto"
import { inspect } from "node:util"
import { withUuids } from "./uuids.ts"

/** Returns the forms in which a secret may be written: as it is, in hex, and in base64 at each of its alignments. */
export const formsOf = (secret: string): ReadonlyArray<string> => {
  const bytes = Buffer.from(secret)
  // The first and last characters of a base64 text depend on what stands beside.
  const base64 = [0, 1, 2].map((before) =>
    Buffer.concat([Buffer.alloc(before), bytes]).toString("base64").slice(before === 0 ? 0 : before + 1, -4)
  )
  return [secret, bytes.toString("hex"), ...base64].map((form) => form.toLowerCase())
}

const uuidForms = (uuid: string): ReadonlyArray<string> => {
  const bare = uuid.replaceAll(/[{}]/g, "")
  return [
    ...formsOf(bare),
    bare.replaceAll("-", ""),
    Buffer.from(bare.replaceAll("-", ""), "hex").toString("base64").slice(0, 20)
  ]
    .map((form) => form.toLowerCase())
}

/** What was written while an effect ran. */
class Transcript {
  readonly texts: Array<string> = []
  readonly sessions: Array<string> = []

  add(value: unknown): void {
    this.texts.push(typeof value === "string" ? value : inspect(value, { depth: 20, maxStringLength: null }))
  }
}

/**
 * Runs an effect that talks to a dispatcher with a password, and asserts that neither the password nor the session's id,
 * the first uuid that is made, shows in its logs, its spans or its error.
 */
export const tellsNoSecret = <A, E, R>(password: string, self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    const transcript = new Transcript()
    const logger = Logger.make(({ cause, message }) => {
      transcript.add(message)
      transcript.add(Cause.pretty(cause))
    })
    const tracer = Tracer.make({
      span: (options) => {
        transcript.add(options.name)
        const span = new Tracer.NativeSpan(options)
        const attribute = span.attribute.bind(span)
        span.attribute = (key, value) => {
          transcript.add([key, value])
          attribute(key, value)
        }
        return span
      }
    })
    const nextUuid = () => {
      const uuid = `{${randomUUID()}}`
      if (transcript.sessions.length === 0) transcript.sessions.push(uuid)
      return uuid
    }
    return Effect.onExit(self, (exit) =>
      Effect.sync(() => {
        if (Exit.isFailure(exit)) {
          transcript.add(exit.cause)
          transcript.add(Cause.pretty(exit.cause))
          for (const reason of exit.cause.reasons) {
            if (reason._tag !== "Fail") continue
            transcript.add(reason.error)
            transcript.add(String(reason.error))
            transcript.add(JSON.stringify(reason.error))
          }
        }
        const written = transcript.texts.join("\n").toLowerCase()
        const secrets = [...formsOf(password), ...transcript.sessions.flatMap(uuidForms)]
        for (const secret of secrets) assert.isFalse(written.includes(secret), "a secret is told")
      })).pipe(
        withUuids(nextUuid),
        Effect.provideService(Tracer.Tracer, tracer),
        Effect.provideService(References.MinimumLogLevel, "All"),
        Effect.provide(Logger.layer([logger]))
      )
  })
