/**
 * Where fresh uuids come from: a connection's uuid becomes its session id, so the source is a cryptographic one.
 *
 * Source: PROTOCOL 2.2 and 5.5.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { randomUUID } from "node:crypto"

/** Makes a fresh uuid with braces; replaced in tests that compare bytes. */
export const RandomUuid: Context.Reference<Effect.Effect<string>> = Context.Reference<Effect.Effect<string>>(
  "@backup-tree/io/RandomUuid",
  { defaultValue: () => Effect.sync(() => `{${randomUUID()}}`) }
)

/** Makes a fresh uuid from the source in the context. */
export const next: Effect.Effect<string> = Effect.flatten(Effect.service(RandomUuid))
