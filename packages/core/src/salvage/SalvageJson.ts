/**
 * What could be restored by hand as JSON with stable names: what other programs read. Numbers of 64 bits are decimal strings.
 */
import * as Schema from "effect/Schema"
import { Salvage } from "./Salvage.ts"
import { SalvageStep } from "./SalvageStep.ts"

const { environment, kept, lost, missing, path } = Salvage.fields

/** Schema of a {@link Salvage} as JSON. */
export const SalvageJson = Schema.Struct({
  lost,
  kept,
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
      virtualSize: Schema.String.pipe(Schema.check(Schema.isPattern(/^\d+$/)))
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
/** Something that could be restored by hand, as JSON. */
export type SalvageJson = typeof SalvageJson.Type

/** Writes a salvage as a value that `JSON.stringify` takes. */
export const encode = ({ disks, environment, how, kept, lost, missing, path }: Salvage): SalvageJson => ({
  lost,
  kept,
  path,
  missing,
  environment: { directory: environment.directory, name: environment.name ?? null },
  disks: disks.map(({ number, virtualSize, ...disk }) => ({
    ...disk,
    number: number ?? null,
    virtualSize: virtualSize.toString()
  })),
  how: how.map(({ command, file, text }) => ({ text, command: command ?? null, file: file ?? null }))
})
