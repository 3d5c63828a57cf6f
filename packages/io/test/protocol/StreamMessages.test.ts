import * as Uuid from "@backup-tree/core/sdk/Uuid"
import * as Handshake from "@backup-tree/io/protocol/Handshake"
import * as Package from "@backup-tree/io/protocol/Package"
import * as PackageParser from "@backup-tree/io/protocol/PackageParser"
import * as RecordLayer from "@backup-tree/io/protocol/RecordLayer"
import * as RoutingTable from "@backup-tree/io/protocol/RoutingTable"
import { describe } from "@effect/vitest"
import * as Result from "effect/Result"
import { somePackage } from "./fixtures.ts"
import { secret, testRefusals } from "./refusals.ts"
import { hex, join } from "./support.ts"

const version = Handshake.ownVersion
const header = { senderType: 3, uuid: "{00112233-4455-6677-8899-aabbccddeeff}" }
const high = RoutingTable.forLevel("high")

describe("the refusals of Handshake", () => {
  const encode = (fields: Partial<Handshake.ProtocolVersion>) => () =>
    Handshake.encodeVersion({ ...version, ...fields })
  const encodeHeader = (fields: Partial<Handshake.HandshakeHeader>) => () =>
    Handshake.encodeHeader({ ...header, ...fields })
  const whole = Result.getOrThrow(
    Handshake.encodeClientPart({ version: { ...version, description: secret }, header, table: high })
  )
  const read = (at: number, changed: string) => () => {
    const bytes = whole.slice()
    bytes.set(hex(changed), at)
    return Handshake.makeClientPartReader().push(bytes)
  }
  testRefusals([
    ["another major version", "wrong-major: the peer uses PRLT 7.10", encode({ major: 7 })],
    ["an old minor version", "old-minor: the peer uses PRLT 6.9", encode({ minor: 9 })],
    ["a large minor version", "old-minor: the peer uses PRLT 6.65536", encode({ minor: 65_536 })],
    ["sender type 0", "wrong-sender-type: sender type 0 is unknown", encodeHeader({ senderType: 0 })],
    ["no uuid", "null-uuid: the connection uuid is not a uuid", encodeHeader({ uuid: secret })],
    ["the null uuid", "null-uuid: the connection uuid is null", encodeHeader({ uuid: Uuid.nil })],
    ["another magic of a peer", "wrong-magic: the peer's first bytes are not PRLT", read(0, "ff")],
    ["another major version of a peer", "wrong-major: the peer uses PRLT 7.10", read(4, "07")],
    ["an old minor version of a peer", "old-minor: the peer uses PRLT 6.9", read(6, "09")],
    ["sender type 11 of a peer", "wrong-sender-type: sender type 11 is unknown", read(72, "0b")],
    ["the null uuid of a peer", "null-uuid: the connection uuid is null", read(76, "00".repeat(16))],
    ["a large table of a peer", "malformed-table: the routing table announces 21 routes, more than 20", read(100, "15")]
  ])
})

describe("the refusals of RoutingTable", () => {
  const range = { firstType: 1, lastType: 1, route: "tls", requirement: "required" } as const
  const encode = (...routes: ReadonlyArray<Partial<RoutingTable.RouteRange>>) => () =>
    RoutingTable.encode({ ...high, routes: routes.map((route) => ({ ...range, ...route })) })
  const decode = (text: string) => () => RoutingTable.decode(hex(text))
  const accept = (level: "low" | "normal" | "high", minimum: "low" | "normal" | "high") => () =>
    RoutingTable.accept(RoutingTable.forLevel(level), minimum)
  const unknown = "malformed-table: the routing table has a route or requirement with an unknown number"
  const type = "malformed-table: a route has a package type that is not a 32-bit number"
  testRefusals([
    [
      "another table",
      "refused-table: the routing table matches no security level",
      () => RoutingTable.accept({ ...high, defaultRequirement: "optional" }, "low")
    ],
    [
      "a low level",
      "refused-table: the client requests level low, but the minimum of this server is normal",
      accept(
        "low",
        "normal"
      )
    ],
    [
      "a high level",
      "refused-table: the client requests level high, but the minimum of this server is normal",
      accept(
        "high",
        "normal"
      )
    ],
    [
      "a null table",
      "null-table: the server refused the security level with a null routing table",
      () => RoutingTable.confirm(high, RoutingTable.nullTable)
    ],
    [
      "a changed table",
      "changed-table: the server replied with a different routing table than it was sent",
      () => RoutingTable.confirm(high, RoutingTable.forLevel("low"))
    ],
    [
      "21 announced routes",
      "malformed-table: the routing table announces 21 routes, more than 20",
      decode(
        "02000000 01000000 15"
      )
    ],
    [
      "too few bytes",
      "malformed-table: the routing table is 9 bytes long, which does not match its number of routes",
      decode("02000000 01000000 01")
    ],
    ["an unknown default route", unknown, decode("03000000 01000000 00")],
    ["an unknown default requirement", unknown, decode("02000000 02000000 00")],
    ["an unknown route", unknown, decode("02000000 01000000 01 01000000 01000000 03000000 01000000")],
    ["an unknown requirement", unknown, decode("02000000 01000000 01 01000000 01000000 02000000 02000000")],
    [
      "21 routes",
      "malformed-table: the routing table has 21 routes, more than 20",
      encode(
        ...Array.from({ length: 21 }, (_, firstType) => ({ firstType, lastType: firstType }))
      )
    ],
    ["a negative type", type, encode({ firstType: -1 })],
    ["a large type", type, encode({ lastType: 2 ** 32 })],
    ["a range from its end", "malformed-table: a route begins at type 2, after its end 1", encode({ firstType: 2 })],
    [
      "an overlap",
      "malformed-table: two routes overlap at type 5",
      encode({ lastType: 5 }, {
        firstType: 5,
        lastType: 6
      })
    ]
  ])
})

describe("the refusals of RecordLayer", () => {
  const before = (text: string) => () => {
    const framer = RecordLayer.makeFramer()
    framer.push(hex(text))
    return framer.next()
  }
  const after = (text: string) => () => {
    const framer = RecordLayer.makeFramer()
    framer.tlsUp()
    framer.push(hex(text))
    return framer.next()
  }
  const again = "record-type: the peer started a new TLS handshake, which this protocol does not allow"
  testRefusals([
    ["an unknown type", "record-type: a record has the unknown type 24", before("18 0303 0001")],
    ["an early plain frame", "record-type: a plain frame arrived before TLS was up", before("ff 0300 0001")],
    ["another handshake", again, after("16 0303 0001")],
    ["another change of ciphers", again, after("14 0303 0001")],
    ["another version", "record-version: a record has the version 3.4", after("17 0304 0001")],
    ["another version of a plain frame", "record-version: a record has the version 4.3", after("ff 0403 0001")],
    ["no bytes", "record-length: a record has 0 bytes", after("17 0303 0000")],
    ["many bytes", "record-length: a record has 16385 bytes", after("17 0303 4001")],
    ["many bytes before TLS", "record-length: a record has 18433 bytes", before("16 0301 4801")]
  ])
})

describe("the refusals of PackageParser", () => {
  const encoded = (length: number, buffers = 1): Uint8Array =>
    Result.getOrThrow(
      Package.encode(somePackage({
        buffers: Array.from({ length: buffers }, () => ({ encoding: 0, bytes: new Uint8Array(length) }))
      }))
    )
  const parse = (bytes: Uint8Array, options?: PackageParser.ParserOptions) => () => {
    const parser = PackageParser.makeParser(options)
    parser.push(bytes)
    return parser.next()
  }
  testRefusals([
    [
      "a wrong checksum",
      "wrong-checksum: a package header has a wrong checksum",
      parse(
        join(Uint8Array.of(1), encoded(1).subarray(1))
      )
    ],
    [
      "17 buffers",
      "too-many-buffers: a package of type 2117 announces 17 buffers, more than 16",
      parse(encoded(1, 17))
    ],
    [
      "a type of another route",
      "refused-type: a package of type 2117 arrived by a route that must not carry it",
      parse(
        encoded(1),
        { allows: () => false }
      )
    ],
    [
      "many bytes",
      "package-too-large: a package announces 101 bytes, more than 100",
      parse(encoded(11), {
        maxPackageBytes: 100
      })
    ]
  ])
})
