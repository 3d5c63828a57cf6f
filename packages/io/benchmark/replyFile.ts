/**
 * The file of a reply, as the readers get it.
 */
import * as fs from "node:fs"

/** As long as the plaintext of a TLS record. */
export const chunkBytes = 16 * 1024

/** Gives the chunks of a file, one after the other, in memory that is used again. */
export const chunks = function*(file: string, bytes: number = chunkBytes): Generator<Uint8Array> {
  const descriptor = fs.openSync(file, "r")
  const buffer = new Uint8Array(bytes)
  for (let length; (length = fs.readSync(descriptor, buffer, 0, bytes, null)) > 0;) {
    yield buffer.subarray(0, length)
  }
  fs.closeSync(descriptor)
}

// No XML parser takes the NUL that ends a reply.

/** Gives the chunks of the document in a file. */
export const documentChunks = function*(file: string, bytes?: number): Generator<Uint8Array> {
  for (const chunk of chunks(file, bytes)) yield chunk.at(-1) === 0 ? chunk.subarray(0, -1) : chunk
}

/** Reads the document in a file as a whole. */
export const document = (file: string): Uint8Array => fs.readFileSync(file).subarray(0, -1)
