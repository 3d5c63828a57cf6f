/**
 * Salvages as JSON with stable names, for other programs. Sizes are JSON integers.
 *
 * @since 0.2.0
 */
import * as Schema from "effect/Schema"
import { JsonSize } from "../json/JsonSize.ts"
import { Salvage } from "./Salvage.ts"
import { SalvageStep } from "./SalvageStep.ts"

const { environment, lost, missing, path, recoverable } = Salvage.fields

/**
 * Schema of a {@link Salvage} as JSON. Its `kept` has the recoverable data, its `how` the steps.
 *
 * @category schemas
 * @since 0.2.0
 */
export const SalvageJson = Schema.Struct({
  lost,
  kept: recoverable,
  path,
  missing,
  environment: Schema.Struct({ directory: environment.fields.directory, name: Schema.NullOr(Schema.String) }),
  disks: Schema.Array(
    Schema.Struct({
      directory: Schema.String,
      oldest: Schema.String,
      newest: Schema.String,
      imageCount: Schema.Int,
      isAbsolute: Schema.Boolean,
      number: Schema.NullOr(Schema.Int),
      virtualSize: JsonSize
    })
  ),
  how: Schema.Array(
    Schema.Struct({
      text: SalvageStep.fields.text,
      command: Schema.NullOr(Schema.String),
      file: Schema.NullOr(Schema.Struct({ path: Schema.String, content: Schema.String }))
    })
  )
})
/**
 * A salvage as JSON.
 *
 * @category models
 * @since 0.2.0
 */
export type SalvageJson = typeof SalvageJson.Type

/**
 * Encodes a salvage as a value for `JSON.stringify`.
 *
 * @category codecs
 * @since 0.2.0
 */
export const encode = ({ disks, environment, lost, missing, path, recoverable, steps }: Salvage): SalvageJson => ({
  lost,
  kept: recoverable,
  path,
  missing,
  environment: { directory: environment.directory, name: environment.name ?? null },
  disks: disks.map(({ number, virtualSize, ...disk }) => ({
    ...disk,
    number: number ?? null,
    virtualSize
  })),
  how: steps.map(({ command, file, text }) => ({ text, command: command ?? null, file: file ?? null }))
})
