/** Random uuids. */
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

/**
 * A random uuid, with braces, from the `SecureRandom` in the context, or from WebCrypto without one.
 *
 * The service is optional, so that no program has to provide it. The source is a cryptographic one because a connection's
 * uuid becomes its session id. Source: PROTOCOL 2.2 and 5.5.
 */
export const next: Effect.Effect<string> = Effect.serviceOption(SecureRandom.SecureRandom).pipe(
  Effect.flatMap(Option.match({
    onNone: () => Effect.sync(() => SecureRandom.uuidV4Unsafe()),
    onSome: (random) => random.uuidV4()
  })),
  Effect.map((uuid) => `{${uuid}}`)
)
