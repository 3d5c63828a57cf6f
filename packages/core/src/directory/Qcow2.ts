/**
 * The header of a qcow2 image: how large the disk is, and which image its data builds on. Source: SEMANTICS 3.6.
 *
 * Pure: a reader gives the first {@link headerBytes} bytes of a file, and reads the name of the backing file where the
 * header says that it lies.
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

/** How many bytes of an image {@link decode} needs: the header of version 2, which that of version 3 begins with. */
export const headerBytes = 72

/** How long the name of a backing file may be, in bytes. */
export const maxNameBytes = 1023

/** Where the name of the backing file lies, in bytes; it is UTF-8, and no NUL ends it. */
export interface NamePlace {
  readonly offset: number
  readonly length: number
}

/**
 * What a header says; `virtualSize` is in bytes.
 *
 * `tableEnd` is where the first table of clusters ends: no image is shorter.
 */
export interface Header {
  readonly version: number
  readonly virtualSize: bigint
  readonly backingFile: NamePlace | undefined
  readonly tableEnd: bigint
}

/** Bytes that are no header of a qcow2 image, or a header that cannot be. */
export class Qcow2Error extends Schema.TaggedError<Qcow2Error>()("Qcow2Error", {
  reason: Schema.Literals(["truncated", "magic", "version", "cluster-size", "backing-file"]),
  detail: Schema.String
}) {
  override get message(): string {
    return `this is no qcow2 image: ${this.detail}.`
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
 * Reads a header from the first bytes of an image; whatever follows them is not looked at.
 *
 * The name of the backing file lies in the first cluster, so that its place is within the first two MiB of the file.
 */
export const decode = (bytes: Uint8Array): Result.Result<Header, Qcow2Error> => {
  const view = viewOf(bytes)
  if (bytes.length < 4) return fail("truncated", `it has ${bytes.length} bytes`)
  if (view.getUint32(0) !== magic) return fail("magic", "it does not begin as one")
  if (bytes.length < headerBytes) return fail("truncated", `its header ends after ${bytes.length} bytes`)
  const version = view.getUint32(4)
  if (version !== 2 && version !== 3) return fail("version", `it is of version ${version}`)
  const clusterBits = view.getUint32(clusterBitsAt)
  if (clusterBits < minClusterBits || clusterBits > maxClusterBits) {
    return fail("cluster-size", `its clusters have 2^${clusterBits} bytes`)
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
    ? fail("backing-file", "the name of its backing file lies outside of its first cluster")
    : Result.succeed({ offset: Number(offset), length })
}

/** An image to write; the name of the backing file is UTF-8, as the image is to hold it, relative or absolute. */
export interface Image {
  readonly virtualSize: bigint
  readonly backingFile: Uint8Array | undefined
}

/** Bytes, and where in the file they stand. */
export interface Part {
  readonly offset: number
  readonly bytes: Uint8Array
}

/** An image as a sparse file: its parts, all else being zero, and the least length that it has. */
export interface EncodedImage {
  readonly parts: readonly [header: Part, ...tables: ReadonlyArray<Part>]
  readonly length: number
}

const version3HeaderBytes = 104
const clusterBits = 16
const clusterSize = 2 ** clusterBits
// An entry of the first table (8 bytes) stands for a cluster full of entries, each of them a cluster of the disk.
const bytesOfEntry = BigInt(clusterSize) * BigInt(clusterSize / 8)
// 32 MiB of table, beyond which no program opens an image.
const maxEntries = 2 ** 22
const refcountBits = 4

/**
 * Writes an image of version 3 that holds no data: its disk reads as its backing file does, or as zeros.
 *
 * The header is followed by the table of reference counts, its one block, and the first table of the clusters. Disks
 * beyond 2 PiB have a first table that is too short for them, as clusters of 64 KiB do not reach that far.
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

  // Eight zeros behind the header end the list of its extensions.
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
