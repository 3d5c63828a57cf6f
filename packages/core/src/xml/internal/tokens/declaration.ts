/** The XML declaration. */
import * as PrintableText from "../../../text/PrintableText.ts"
import type { Reason } from "../../XmlError.ts"

const blank = "[ \\t\\r\\n]"
const quoted = (value: string): string => `(?:"(${value})"|'(${value})')`
const pseudoAttribute = (name: string, value: string): string => `${blank}+${name}${blank}*=${blank}*${quoted(value)}`

const declaration = new RegExp(
  `^<\\?xml${pseudoAttribute("version", "[^\"'<]*")}(?:${pseudoAttribute("encoding", "[A-Za-z][A-Za-z0-9._-]*")})?` +
    `(?:${pseudoAttribute("standalone", "yes|no")})?${blank}*\\?>$`
)

/** A declaration is short; a longer one is refused unread. */
const maxLength = 1000

/** Returns what is wrong with a declaration, from its `<?xml` to its `?>`, or `undefined`. */
export const faultOfDeclaration = (text: string): { readonly reason: Reason; readonly detail: string } | undefined => {
  const match = text.length <= maxLength && declaration.exec(text)
  if (!match) return { reason: "declaration", detail: "the XML declaration is malformed" }
  const version = match[1] ?? match[2]!
  const encoding = match[3] ?? match[4] ?? "UTF-8"
  if (version !== "1.0") {
    return { reason: "declaration", detail: `the document is XML ${PrintableText.excerpt(version, 40)}, not 1.0` }
  }
  return encoding.toUpperCase() === "UTF-8" ? undefined : {
    reason: "encoding",
    detail: `the document declares the encoding ${PrintableText.excerpt(encoding, 40)}, not UTF-8`
  }
}
