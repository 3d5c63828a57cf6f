/** The configuration of an item of a backup directory: whether there is one, and which disks it names. */
import * as Result from "effect/Result"
import type * as XmlDocument from "../xml/XmlDocument.ts"
import type { StoredText, TextFault } from "./StoredMetadata.ts"
import * as StoreNames from "./StoreNames.ts"
import * as VmConfig from "./VmConfig.ts"

/** The configuration of an item: which file it is, and the name of the machine in it, which may be empty. */
export interface ItemConfiguration {
  readonly file: StoreNames.Configuration
  readonly name: string
}

/** A configuration; its disks are `undefined` if its format does not tell them. */
export interface Configured extends ItemConfiguration {
  readonly disks: ReadonlyArray<VmConfig.ConfiguredDisk> | undefined
}

/** A configuration, or why there is none. */
export type StoredConfiguration = Result.Result<Configured, TextFault>

/** Reads the configuration of a virtual machine; `vmType` is that of the environment, if it is known. */
export const ofMachine = (
  text: StoredText,
  options: XmlDocument.ParseOptions & { readonly vmType: number | undefined }
): StoredConfiguration => {
  const { vmType, ...limits } = options
  const file = StoreNames.machineConfiguration
  if (Result.isFailure(text)) return Result.fail(inFile(file, text.failure))
  if (text.success === undefined) {
    const none = vmType === 0 || vmType === undefined ? file : `${file} and no ${StoreNames.containerConfiguration}`
    return Result.fail({ _tag: "NoText", detail: `it holds no ${none}` })
  }
  return Result.mapBoth(VmConfig.decode(text.success, limits), {
    onSuccess: (config): Configured => ({ file, ...config }),
    onFailure: ({ fault }): TextFault => inFile(file, { _tag: "NoText", detail: fault })
  })
}

/**
 * Reads the configuration of a container, beside that of a virtual machine, which may be there instead.
 *
 * Nothing is known about its format: that there is one counts, and only the images tell of the disks.
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

/** Returns what a reading keeps of a configuration. */
export const toItemConfiguration = (config: StoredConfiguration): ItemConfiguration | undefined =>
  Result.isSuccess(config) ? { file: config.success.file, name: config.success.name } : undefined
