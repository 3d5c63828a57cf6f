import * as Package from "@backup-tree/io/protocol/Package"
import * as fs from "node:fs"
import { hex, join } from "./support.ts"

const directory = new URL("../fixtures/", import.meta.url)

/** The names of the files of a fixture directory with an ending. */
export const names = (folder: "wire-examples" | "transcripts", ending: string): ReadonlyArray<string> =>
  fs.readdirSync(new URL(`${folder}/`, directory)).filter((name) => name.endsWith(ending)).sort()
    .map((name) => name.slice(0, -ending.length))

const read = (path: string): string => fs.readFileSync(new URL(path, directory), "utf8")

/** A recorded package: its bytes, and its parts. */
export const wirePackage = (name: string) => {
  const parts = new Map(
    read(`wire-examples/${name}.package.hex`).trim().split("\n").map((line) => {
      const [key, value] = line.split(/\s+/)
      return [key!, hex(value!)] as const
    })
  )
  const whole = join(...parts.values())
  return { whole, header: parts.get("header")!, payload: parts.get("buffer0") }
}

/** A recorded command text, without its NUL. */
export const wireText = (name: string): string => read(`wire-examples/${name}.xml`)

/** The recorded handshake at level high. */
export const handshake = (): { readonly client: Uint8Array; readonly server: Uint8Array } => {
  const values = read("wire-examples/handshake.hex").trim().split("\n").map((line) => hex(line.split(/\s+/).at(-1)!))
  return { client: join(...values.slice(0, 3)), server: join(...values.slice(3)) }
}

interface Line {
  readonly fd: number
  readonly dir?: "c2s" | "s2c"
  readonly framing?: "handshake" | "tls-record" | "ff-record"
  readonly hex?: string
}

/** One direction of a recorded connection: the bytes of its handshake, and those of its packages. */
interface Direction {
  readonly handshake: Uint8Array
  readonly packages: Uint8Array
  readonly framings: ReadonlySet<string>
}

/** A recorded connection. */
export interface Connection {
  readonly c2s: Direction
  readonly s2c: Direction
}

/** The connections of a transcript, in the order in which they began. */
export const transcript = (name: string): ReadonlyArray<Connection> => {
  const lines = read(`transcripts/${name}.jsonl`).trim().split("\n").map((line) => JSON.parse(line) as Line)
  return [...new Set(lines.map((line) => line.fd))].map((fd) => {
    const direction = (dir: "c2s" | "s2c"): Direction => {
      const own = lines.filter((line) => line.fd === fd && line.dir === dir)
      const part = (isHandshake: boolean) =>
        join(...own.filter((line) => (line.framing === "handshake") === isHandshake).map((line) => hex(line.hex!)))
      return {
        handshake: part(true),
        packages: part(false),
        framings: new Set(
          own.flatMap(({ framing }) => framing === undefined || framing === "handshake" ? [] : [framing])
        )
      }
    }
    return { c2s: direction("c2s"), s2c: direction("s2c") }
  })
}

/** A package of one raw buffer, its uuids given by their last byte. */
export const somePackage = (fields: Partial<Package.Package> = {}): Package.Package => ({
  ...Package.request({
    uuid: "{00000000-0000-0000-0000-000000000001}",
    senderUuid: "{00000000-0000-0000-0000-0000000000c1}",
    type: 2117,
    payload: new TextEncoder().encode("<a/>\0")
  }),
  ...fields
})
