/** Certificates for tests, made anew each time: an elliptic key, signed by itself. */
import { DateTime } from "effect"
import * as crypto from "node:crypto"

/** A certificate with its key, both as PEM. */
export interface Certificate {
  readonly cert: string
  readonly key: string
}

const der = (tag: number, ...parts: ReadonlyArray<Uint8Array>): Uint8Array => {
  const body = Buffer.concat(parts)
  const length = body.length < 0x80 ? [body.length] : [0x82, body.length >> 8, body.length & 0xff]
  return Buffer.concat([Uint8Array.of(tag, ...length), body])
}
const sequence = (...parts: ReadonlyArray<Uint8Array>) => der(0x30, ...parts)
const identifier = (hex: string) => der(0x06, Buffer.from(hex, "hex"))
const time = (millis: number) =>
  der(0x17, Buffer.from(DateTime.formatIso(DateTime.makeUnsafe(millis)).replaceAll(/\.\d+|[-:T]/g, "").slice(2)))

const ecdsaWithSha256 = sequence(identifier("2a8648ce3d040302"))
const extension = (id: string, value: Uint8Array) => sequence(identifier(id), der(0x04, value))

/** Makes a certificate for a host name, good for a day. */
export const make = (name: string): Certificate => {
  const { privateKey, publicKey } = crypto.generateKeyPairSync("ec", { namedCurve: "P-256" })
  const subject = sequence(der(0x31, sequence(identifier("550403"), der(0x0c, Buffer.from(name)))))
  const now = DateTime.nowUnsafe().epochMilliseconds
  const body = sequence(
    der(0xa0, der(0x02, Uint8Array.of(2))),
    der(0x02, Uint8Array.of(1, ...crypto.randomBytes(15))),
    ecdsaWithSha256,
    subject,
    sequence(time(now - 3_600_000), time(now + 86_400_000)),
    subject,
    publicKey.export({ type: "spki", format: "der" }),
    der(
      0xa3,
      sequence(
        extension("551d13", sequence(der(0x01, Uint8Array.of(0xff)))),
        extension("551d11", sequence(der(0x82, Buffer.from(name))))
      )
    )
  )
  const signature = der(0x03, Uint8Array.of(0), crypto.sign("sha256", body, privateKey))
  const text = Buffer.from(sequence(body, ecdsaWithSha256, signature)).toString("base64").replaceAll(/.{64}/g, "$&\n")
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: "pkcs8", format: "pem" }) as string
  }
}
