/**
 * Generates random uuids.
 *
 * @since 0.2.0
 */
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

/**
 * Generates a uuid with braces, from the `SecureRandom` in the context, or from WebCrypto without that service.
 *
 * The source is cryptographic because the uuid of a connection becomes its session id.
 *
 * @see [Protocol 2.2](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p2-2)
 * @see [Protocol 5.5](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p5-5)
 * @category constructors
 * @since 0.2.0
 */
export const next: Effect.Effect<string> = Effect.serviceOption(SecureRandom.SecureRandom).pipe(
  Effect.flatMap(Option.match({
    onNone: () => Effect.sync(() => SecureRandom.uuidV4Unsafe()),
    onSome: (random) => random.uuidV4()
  })),
  Effect.map((uuid) => `{${uuid}}`)
)
