import { assert, describe, it } from "@effect/vitest"
import { Duplex } from "node:stream"
import { type ChannelEnd, type ChannelRead, RawChannel } from "../../src/dispatcher/internal/RawChannel.ts"

/** A socket without a network: what is written is kept, and fails with `error` if there is one. */
const make = (error?: Error) => {
  const written: Array<number> = []
  const socket = Object.assign(
    new Duplex({
      read: () => {},
      write: (chunk: Uint8Array, _encoding, callback) => {
        written.push(...chunk)
        callback(error)
      }
    }),
    { setNoDelay: () => {} }
  )
  return { socket, written, channel: new RawChannel(socket as never) }
}

const read = (channel: RawChannel): Promise<ChannelRead> => new Promise((resolve) => void channel.read(resolve))

const secured = (channel: RawChannel, allowsPlain: boolean) =>
  new Promise<ChannelEnd | undefined>((resolve) => channel.secure("client", allowsPlain, resolve))

const written = (channel: RawChannel) =>
  new Promise<ChannelEnd | undefined>((resolve) => channel.write(Uint8Array.of(1), "plain", resolve))

const lost = (detail: string): ChannelEnd => ({ _tag: "Lost", detail })

/** Lets everything that has been pushed arrive. */
const turn = () => new Promise<void>((resolve) => void setImmediate(resolve))

/** Pushes pieces into a socket, one after the other. */
const arrive = async (socket: Duplex, ...pieces: ReadonlyArray<Uint8Array>) => {
  for (const piece of pieces) {
    socket.push(piece)
    await turn()
  }
}

const lengthOf = (read: ChannelRead) => "bytes" in read ? read.bytes.length : undefined

const plainFrame = Uint8Array.of(0xff, 3, 0, 0, 1, 7)

/** The types of whole records. */
const recordTypes = (bytes: Buffer): ReadonlyArray<number> => {
  const types: Array<number> = []
  for (let at = 0; at < bytes.length; at += 5 + bytes.readUInt16BE(at + 3)) types.push(bytes[at]!)
  return types
}

describe("RawChannel", () => {
  it("reports why no more bytes arrive", async () => {
    const ended = make()
    ended.socket.push(null)
    assert.deepStrictEqual(await read(ended.channel), lost("the peer closed it"))
    const gone = make()
    gone.socket.destroy()
    assert.deepStrictEqual(await read(gone.channel), lost("it is closed"))
    const reset = make()
    reset.socket.destroy(Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }))
    assert.deepStrictEqual(await read(reset.channel), lost("ECONNRESET"))
    const failed = make()
    failed.socket.destroy(new Error("why"))
    assert.deepStrictEqual(await read(failed.channel), lost("why"))
  })

  it("reports the first end, to every read, write and start of TLS", async () => {
    const { channel, socket } = make()
    socket.push(null)
    await read(channel)
    await new Promise<void>((resolve) => channel.close(resolve))
    const end = lost("the peer closed it")
    assert.deepStrictEqual(await read(channel), end)
    assert.deepStrictEqual(await written(channel), end)
    assert.deepStrictEqual(await secured(channel, false), end)
  })

  it("reports that this side closed it", async () => {
    const { channel } = make()
    const waiting = read(channel)
    channel.close(() => {})
    assert.deepStrictEqual(await waiting, lost("it is closed"))
  })

  it("reports why a write failed", async () => {
    assert.deepStrictEqual(await written(make(new Error("why")).channel), lost("why"))
    const error = Object.assign(new Error("write EPIPE"), { code: "EPIPE" })
    assert.deepStrictEqual(await written(make(error).channel), lost("EPIPE"))
    const { channel, written: bytes } = make()
    assert.isUndefined(await written(channel))
    assert.deepStrictEqual(bytes, [1])
  })

  it("reports records that it refuses while TLS starts", async () => {
    const { channel, socket } = make()
    const securing = secured(channel, false)
    socket.push(Uint8Array.of(0x42, 3, 3, 0, 1))
    const end = await securing
    assert.strictEqual(end?._tag === "Refused" && end.error.detail, "a record has the unknown type 66")
    channel.close(() => {})
  })

  it("reads what arrives in one piece with the end of the TLS handshake", async () => {
    const client = make()
    const server = make()
    client.channel.send = (bytes, done) => {
      server.socket.push(Uint8Array.from(bytes))
      done()
    }
    // The last flight of the server begins with a change of ciphers, and ends with one handshake record.
    let flight = Buffer.alloc(0)
    server.channel.send = (bytes, done) => {
      flight = Buffer.concat([flight, bytes])
      const types = recordTypes(flight)
      const isLast = types.includes(0x14)
      if (!isLast || types.at(-1) === 0x16) {
        client.socket.push(isLast ? Buffer.concat([flight, plainFrame]) : flight)
        flight = Buffer.alloc(0)
      }
      done()
    }
    const accepting = new Promise((resolve) => server.channel.secure("server", true, resolve))
    const securing: Array<ChannelEnd | undefined> = []
    await new Promise<void>((resolve) =>
      client.channel.secure("client", true, (end) => {
        securing.push(end)
        resolve()
      })
    )
    assert.isUndefined(await accepting)
    const first = await read(client.channel)
    assert.deepStrictEqual("bytes" in first && [first.route, ...first.bytes], ["plain", 7])
    client.channel.close(() => {})
    server.channel.close(() => {})
    // The end of the connection is not reported as that of the handshake.
    assert.deepStrictEqual(securing, [undefined])
  })

  it("keeps bytes for the next reader if one stops waiting", async () => {
    const { channel, socket } = make()
    const stop = channel.read(() => assert.fail("it no longer waits"))
    stop()
    await arrive(socket, Uint8Array.of(1))
    assert.deepStrictEqual(await read(channel), { route: "plain", bytes: Buffer.of(1) })
  })

  it("keeps a reader waiting if an earlier one stops", async () => {
    const { channel, socket } = make()
    const reads: Array<ChannelRead> = []
    const stop = channel.read((read) => reads.push(read))
    await arrive(socket, Uint8Array.of(1))
    channel.read((read) => reads.push(read))
    stop()
    await arrive(socket, Uint8Array.of(2))
    assert.deepStrictEqual(reads, [1, 2].map((byte) => ({ route: "plain", bytes: Buffer.of(byte) })))
  })

  it("returns surplus bytes again, followed by what arrived later", async () => {
    const { channel, socket } = make()
    channel.unread(Uint8Array.of(1))
    await arrive(socket, Uint8Array.of(2))
    assert.deepStrictEqual(await read(channel), { route: "plain", bytes: Buffer.of(1, 2) })
  })

  it("waits for bytes if a read had no surplus", async () => {
    const { channel, socket } = make()
    channel.unread(new Uint8Array(0))
    const waiting = read(channel)
    await arrive(socket, Uint8Array.of(1))
    assert.deepStrictEqual(await waiting, { route: "plain", bytes: Buffer.of(1) })
  })

  it("stops reading the socket while more than 128 KiB wait", async () => {
    const { channel, socket } = make()
    await arrive(socket, new Uint8Array(1 << 17))
    assert.isFalse(socket.isPaused())
    await arrive(socket, Uint8Array.of(1))
    assert.isTrue(socket.isPaused())
    assert.strictEqual(lengthOf(await read(channel)), 1 << 17)
    assert.isFalse(socket.isPaused())
    // Surplus bytes of a read wait too.
    channel.unread(new Uint8Array((1 << 17) - 1))
    await arrive(socket, Uint8Array.of(2))
    assert.isTrue(socket.isPaused())
  })

  it("returns pieces that arrived one by one in reads of at most 32 KiB", async () => {
    const { channel, socket } = make()
    const half = new Uint8Array(1 << 14)
    await arrive(socket, half, half, Uint8Array.of(1), half)
    assert.strictEqual(lengthOf(await read(channel)), 1 << 15)
    assert.strictEqual(lengthOf(await read(channel)), (1 << 14) + 1)
  })

  it("returns bytes that arrived before the end to a reader that waits", async () => {
    const { channel, socket } = make()
    const waiting = read(channel)
    socket.emit("data", Buffer.of(1))
    channel.close(() => {})
    assert.deepStrictEqual(await waiting, { route: "plain", bytes: Buffer.of(1) })
    assert.deepStrictEqual(await read(channel), lost("it is closed"))
  })

  it("passes to TLS what arrived before it started", async () => {
    const { channel, socket } = make()
    await arrive(socket, Uint8Array.of(0x42, 3, 3, 0, 1))
    const end = await secured(channel, false)
    assert.strictEqual(end?._tag === "Refused" && end.error.detail, "a record has the unknown type 66")
    channel.close(() => {})
  })

  it("counts bytes that wait for TLS once", async () => {
    const { channel, socket } = make()
    const record = Buffer.concat([Uint8Array.of(0x16, 3, 3, 0x40, 0), new Uint8Array(1 << 14)])
    for (let records = 0; records < 6; records++) await arrive(socket, record)
    channel.secure("client", false, () => {})
    socket.emit("data", record)
    assert.isFalse(socket.isPaused())
    for (let records = 0; records < 2; records++) socket.emit("data", record)
    assert.isTrue(socket.isPaused())
    channel.close(() => {})
  })

  it("closes more than once", async () => {
    const { channel } = make()
    for (let times = 0; times < 2; times++) await new Promise<void>((resolve) => channel.close(resolve))
    assert.deepStrictEqual(await read(channel), lost("it is closed"))
  })

  it("sends small packages without delay", () => {
    const delays: Array<boolean> = []
    const socket = Object.assign(new Duplex({ read: () => {} }), {
      setNoDelay: (noDelay: boolean) => delays.push(noDelay)
    })
    const channel = new RawChannel(socket as never)
    assert.deepStrictEqual(delays, [true])
    channel.close(() => {})
  })

  it("returns bytes that arrived before the end first", async () => {
    const { channel, socket } = make()
    socket.push(Uint8Array.of(1, 2))
    socket.push(null)
    const first = await read(channel)
    assert.deepStrictEqual("bytes" in first && [...first.bytes], [1, 2])
    assert.deepStrictEqual(await read(channel), lost("the peer closed it"))
  })
})
