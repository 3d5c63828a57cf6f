/** Random uuids that a test chooses or records. */
import { Effect } from "effect"
import * as SecureRandom from "effect/crypto/SecureRandom"

/** Provides a `SecureRandom` whose uuids come from a function; with braces, as the protocol writes them. */
export const withUuids = (next: () => string) => {
  const random = SecureRandom.make(SecureRandom.randomBytesUnsafe)
  const uuidV4 = () => Effect.sync(() => next().slice(1, -1))
  return Effect.provideService(SecureRandom.SecureRandom, { ...random, uuidV4 })
}
