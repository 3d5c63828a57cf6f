/** Generators of requests and call options. */
import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import * as Arbitrary from "effect/Arbitrary"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { boolean, integer, oneOf, pick } from "../choices.ts"
import { backupId, uuid, uuidSpellings } from "./ids.ts"
import { xmlText } from "./texts.ts"

const subject: Arbitrary.Arbitrary<BackupTreeRequest.Subject> = oneOf<BackupTreeRequest.Subject>(
  Arbitrary.Constant({ _tag: "Everything" }),
  Arbitrary.map(
    Arbitrary.all([uuid, pick(uuidSpellings)]),
    ([value, spell]) => ({ _tag: "Environment", uuid: spell(value) })
  ),
  Arbitrary.map(backupId, ({ text }) => ({ _tag: "Backup", id: text })),
  Arbitrary.map(backupId, ({ text }) => ({ _tag: "Chain", id: text }))
)

const kinds = pick(["vm", "ct", "vm+ct"])

const directory: Arbitrary.Arbitrary<Option.Option<string>> = Arbitrary.map(
  Arbitrary.all([boolean, xmlText]),
  ([given, path]) => given ? Option.some(`/backups/${path}`) : Option.none()
)

/**
 * A valid request: everything, an environment, a backup or a chain; VMs, containers or both; with or without a backup
 * directory. Its uuids belong to no store.
 *
 * **Example** (Testing that requests survive a queue)
 *
 * ```ts
 * it.prop("a request survives JSON", [Arbitraries.request], ([request]) => {
 *   const json = Schema.fromJsonString(Schema.toCodecJson(BackupTreeRequest.BackupTreeRequest))
 *   assert.deepStrictEqual(Schema.decodeSync(json)(Schema.encodeSync(json)(request)), request)
 * })
 * ```
 *
 * @category requests
 * @since 0.2.0
 */
export const request: Arbitrary.Arbitrary<BackupTreeRequest.BackupTreeRequest> = Arbitrary.map(
  Arbitrary.all([subject, kinds, directory]),
  ([subject, kinds, directory]) => ({ subject, kinds, directory })
)

/** A session of a target server. */
export const session = Arbitrary.map(Arbitrary.all([uuid, xmlText]), ([value, rest]) => Redacted.make(value + rest))

const target: Arbitrary.Arbitrary<BackupTreeRequest.Target> = oneOf<BackupTreeRequest.Target>(
  Arbitrary.Constant(BackupTreeRequest.configuredTarget),
  Arbitrary.map(
    Arbitrary.all([oneOf(pick(["backup.example.com", "2001:db8::1", ""]), xmlText), integer(0, 65_535), session]),
    ([host, port, session]) => ({ _tag: "TargetServer", host, port, session })
  )
)

/**
 * The options of a call: any target, security level and switches.
 *
 * **Example** (Testing a mapping to the parameters of the SDK)
 *
 * ```ts
 * it.prop("parameters hold the whole call", [Arbitraries.request, Arbitraries.callOptions], ([request, options]) => {
 *   const call = BackupTreeRequest.fromParameters(BackupTreeRequest.toParameters(request, options))
 *   const { ignored, options: { target: _, ...rest } } = Result.getOrThrow(call)
 *   const { target: __, ...expected } = options
 *   assert.deepStrictEqual({ ignored, rest }, { ignored: [], rest: expected })
 * })
 * ```
 *
 * @category requests
 * @since 0.2.0
 */
export const callOptions: Arbitrary.Arbitrary<BackupTreeRequest.CallOptions> = Arbitrary.map(
  Arbitrary.all([target, pick(["low", "normal", "high"]), boolean, boolean, boolean]),
  ([target, hopLevel, force, nonInteractive, cancelOnEndOfSession]) => ({
    target,
    hopLevel,
    force,
    nonInteractive,
    cancelOnEndOfSession
  })
)
