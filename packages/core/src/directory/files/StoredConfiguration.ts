/**
 * The configuration of an item in a backup directory: whether it exists, and the disks that it names.
 *
 * @since 0.2.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as XmlDocument from "../../xml/XmlDocument.ts"
import type { StoredText, TextFault } from "./StoredMetadata.ts"
import * as StoreNames from "./StoreNames.ts"
import * as VmConfig from "./VmConfig.ts"

/**
 * Schema of an {@link ItemConfiguration}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const ItemConfiguration = Schema.Struct({ file: StoreNames.Configuration, name: Schema.String })
/**
 * The configuration of an item: its file, and the name of the machine in it, which may be empty.
 *
 * @category models
 * @since 0.2.0
 */
export type ItemConfiguration = typeof ItemConfiguration.Type

/**
 * A configuration with its disks. They are `undefined` if the format is unknown.
 *
 * @category models
 * @since 0.2.0
 */
export interface Configured extends ItemConfiguration {
  readonly disks: ReadonlyArray<VmConfig.ConfiguredDisk> | undefined
}

/**
 * A configuration, or the reason why there is none.
 *
 * @category models
 * @since 0.2.0
 */
export type StoredConfiguration = Result.Result<Configured, TextFault>

/**
 * Reads the configuration of a virtual machine; `vmType` is that of the environment, if it is known.
 *
 * @category codecs
 * @since 0.2.0
 */
export const ofMachine = (
  text: StoredText,
  options: XmlDocument.ParseOptions & { readonly vmType: number | undefined }
): StoredConfiguration => {
  const { vmType, ...limits } = options
  const file = StoreNames.machineConfiguration
  if (Result.isFailure(text)) return Result.fail(inFile(file, text.failure))
  if (text.success === undefined) {
    const none = vmType === 0 || vmType === undefined ? file : `${file} and no ${StoreNames.containerConfiguration}`
    return Result.fail({ _tag: "NoText", detail: `it has no ${none}` })
  }
  return Result.mapBoth(VmConfig.decode(text.success, limits), {
    onSuccess: (config): Configured => ({ file, ...config }),
    onFailure: ({ fault }): TextFault => inFile(file, { _tag: "NoText", detail: fault })
  })
}

/**
 * Reads the configuration of a container, or returns that of a virtual machine, which may exist instead.
 *
 * Its format is unknown, so only its existence counts. The disks are known only from the images.
 *
 * @category codecs
 * @since 0.2.0
 */
export const ofContainer = (text: StoredText, machine: StoredConfiguration): StoredConfiguration => {
  const file = StoreNames.containerConfiguration
  if (Result.isFailure(text)) return Result.fail(inFile(file, text.failure))
  return text.success === undefined ? machine : Result.succeed({ file, name: "", disks: undefined })
}

const inFile = (file: StoreNames.Configuration, fault: TextFault): TextFault => ({
  ...fault,
  detail: `${file}: ${fault.detail}`
})

/**
 * Returns the part of a configuration that a reading keeps.
 *
 * @category accessors
 * @since 0.2.0
 */
export const toItemConfiguration = (config: StoredConfiguration): ItemConfiguration | undefined =>
  Result.isSuccess(config) ? { file: config.success.file, name: config.success.name } : undefined
