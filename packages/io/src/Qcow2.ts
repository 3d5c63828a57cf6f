/** The header of a qcow2 image. */
import * as Result from "effect/Result"

/** How many bytes of a file hold the fields that are read. */
export const headerBytes = 32

export interface Header {
  readonly version: number
  readonly virtualSize: bigint
  readonly backingFile: { readonly offset: bigint; readonly length: number } | undefined
}

export const decode = (bytes: Uint8Array): Result.Result<Header, string> => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < headerBytes || view.getUint32(0) !== 0x5146_49fb) return Result.fail("no qcow2")
  const offset = view.getBigUint64(8)
  const length = view.getUint32(16)
  if (length > 1023) return Result.fail("name too long")
  return Result.succeed({
    version: view.getUint32(4),
    virtualSize: view.getBigUint64(24),
    backingFile: offset === 0n || length === 0 ? undefined : { offset, length }
  })
}
