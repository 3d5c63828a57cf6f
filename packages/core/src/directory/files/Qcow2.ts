/**
 * The header of a qcow2 image: the size of the disk, and the backing file.
 *
 * The functions are pure. A reader passes the first {@link headerBytes} bytes of a file, and then reads the name of the
 * backing file from the place in the header.
 *
 * @see [Semantics 3.6](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/semantics.md#s3-6)
 * @since 0.2.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

/**
 * The number of bytes that {@link decode} needs: the header of version 2, which is also the start of version 3.
 *
 * @category codecs
 * @since 0.2.0
 */
export const headerBytes = 72

/**
 * The maximum length of the name of a backing file, in bytes.
 *
 * @category codecs
 * @since 0.2.0
 */
export const maxNameBytes = 1023

/**
 * The place of the name of the backing file, in bytes. The name is UTF-8 without a terminating NUL.
 *
 * @category models
 * @since 0.2.0
 */
export interface NamePlace {
  readonly offset: number
  readonly length: number
}

/**
 * A decoded header. `virtualSize` is in bytes.
 *
 * `tableEnd` is the offset of the end of the first cluster table: a complete image is not shorter.
 *
 * @category models
 * @since 0.2.0
 */
export interface Header {
  readonly version: number
  readonly virtualSize: bigint
  readonly backingFile: NamePlace | undefined
  readonly tableEnd: bigint
}

/**
 * The error for bytes that are not a valid header of a qcow2 image.
 *
 * @category errors
 * @since 0.2.0
 */
export class Qcow2Error extends Schema.TaggedError<Qcow2Error>()("Qcow2Error", {
  reason: Schema.Literals(["truncated", "magic", "version", "cluster-size", "backing-file"]),
  detail: Schema.String
}) {
  override get message(): string {
    return `not a qcow2 image: ${this.detail}.`
  }
}

const fail = (reason: Qcow2Error["reason"], detail: string): Result.Result<never, Qcow2Error> =>
  Result.fail(new Qcow2Error({ reason, detail }))

const magic = 0x5146_49fb
const nameOffsetAt = 8
const nameLengthAt = 16
const clusterBitsAt = 20
const virtualSizeAt = 24
const tableEntriesAt = 36
const tableOffsetAt = 40

const bytesOfTableEntry = 8n

const minClusterBits = 9
const maxClusterBits = 21

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/**
 * Decodes a header from the first bytes of an image, and ignores the bytes after it.
 *
 * The name of the backing file is in the first cluster, so its place is within the first 2 MiB of the file.
 *
 * @category codecs
 * @since 0.2.0
 */
export const decode = (bytes: Uint8Array): Result.Result<Header, Qcow2Error> => {
  const view = viewOf(bytes)
  if (bytes.length < 4) return fail("truncated", `it has ${bytes.length} bytes`)
  if (view.getUint32(0) !== magic) return fail("magic", "it has no qcow2 signature")
  if (bytes.length < headerBytes) return fail("truncated", `its header ends after ${bytes.length} bytes`)
  const version = view.getUint32(4)
  if (version !== 2 && version !== 3) return fail("version", `it has version ${version}, not 2 or 3`)
  const clusterBits = view.getUint32(clusterBitsAt)
  if (clusterBits < minClusterBits || clusterBits > maxClusterBits) {
    return fail("cluster-size", `its cluster size is 2^${clusterBits} bytes`)
  }
  return Result.map(
    nameOf(view.getBigUint64(nameOffsetAt), view.getUint32(nameLengthAt), 2 ** clusterBits),
    (backingFile) => ({
      version,
      virtualSize: view.getBigUint64(virtualSizeAt),
      backingFile,
      tableEnd: view.getBigUint64(tableOffsetAt) + bytesOfTableEntry * BigInt(view.getUint32(tableEntriesAt))
    })
  )
}

const nameOf = (
  offset: bigint,
  length: number,
  clusterSize: number
): Result.Result<NamePlace | undefined, Qcow2Error> => {
  if (offset === 0n || length === 0) return Result.succeed(undefined)
  return length > maxNameBytes
    ? fail("backing-file", `the name of its backing file has ${length} bytes`)
    : offset < headerBytes || offset > clusterSize - length
    ? fail("backing-file", "the name of its backing file is outside its first cluster")
    : Result.succeed({ offset: Number(offset), length })
}

/**
 * An image to write. The name of the backing file is UTF-8, relative or absolute.
 *
 * @category models
 * @since 0.2.0
 */
export interface Image {
  readonly virtualSize: bigint
  readonly backingFile: Uint8Array | undefined
}

/**
 * Bytes, and their offset in the file.
 *
 * @category models
 * @since 0.2.0
 */
export interface Part {
  readonly offset: number
  readonly bytes: Uint8Array
}

/**
 * An image as a sparse file: its parts, with zeros between them, and its minimum length.
 *
 * @category models
 * @since 0.2.0
 */
export interface EncodedImage {
  readonly parts: readonly [header: Part, ...tables: ReadonlyArray<Part>]
  readonly length: number
}

const version3HeaderBytes = 104
const clusterBits = 16
const clusterSize = 2 ** clusterBits
// An entry of the first table (8 bytes) refers to a cluster full of entries, each of them a cluster of the disk.
const bytesOfEntry = BigInt(clusterSize) * BigInt(clusterSize / 8)
// 32 MiB of table, beyond which no program opens an image.
const maxEntries = 2 ** 22
const refcountBits = 4

/**
 * Encodes an image of version 3 without data: its disk reads like its backing file, or as zeros.
 *
 * The header is followed by the table of reference counts, its only block, and the first cluster table. For disks
 * larger than 2 PiB the first table is too short, because it has the maximum size.
 *
 * @category codecs
 * @since 0.2.0
 */
export const encode = ({ backingFile, virtualSize }: Image): Result.Result<EncodedImage, Qcow2Error> => {
  const name = backingFile ?? new Uint8Array(0)
  if (name.length > maxNameBytes) {
    return fail("backing-file", `the name of its backing file has ${name.length} bytes`)
  }
  const size = BigInt.asUintN(64, virtualSize)
  const needed = (size + bytesOfEntry - 1n) / bytesOfEntry
  const entries = needed > maxEntries ? maxEntries : Number(needed)
  const clusters = 3 + Math.max(1, Math.ceil(entries * 8 / clusterSize))

  // Eight zeros after the header end the list of its extensions.
  const nameOffset = version3HeaderBytes + 8
  const header = new Uint8Array(nameOffset + name.length)
  const view = viewOf(header)
  view.setUint32(0, magic)
  view.setUint32(4, 3)
  view.setBigUint64(nameOffsetAt, name.length === 0 ? 0n : BigInt(nameOffset))
  view.setUint32(nameLengthAt, name.length)
  view.setUint32(clusterBitsAt, clusterBits)
  view.setBigUint64(virtualSizeAt, size)
  view.setUint32(tableEntriesAt, entries)
  view.setBigUint64(tableOffsetAt, BigInt(3 * clusterSize))
  view.setBigUint64(48, BigInt(clusterSize))
  view.setUint32(56, 1)
  view.setUint32(96, refcountBits)
  view.setUint32(100, version3HeaderBytes)
  header.set(name, nameOffset)

  const refcountTable = new Uint8Array(8)
  viewOf(refcountTable).setBigUint64(0, BigInt(2 * clusterSize))
  const refcounts = new Uint8Array(2 * clusters)
  for (let cluster = 0; cluster < clusters; cluster++) viewOf(refcounts).setUint16(2 * cluster, 1)
  return Result.succeed({
    parts: [
      { offset: 0, bytes: header },
      { offset: clusterSize, bytes: refcountTable },
      { offset: 2 * clusterSize, bytes: refcounts }
    ],
    length: clusters * clusterSize
  })
}
