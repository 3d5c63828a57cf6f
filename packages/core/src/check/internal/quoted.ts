/** Quotes texts of a listing in messages. */
import * as PrintableText from "../../text/PrintableText.ts"

// A path of a store has two uuids and a name, after the path of the store itself.
const limit = 400

/** Formats a name, an id or a path in double quotes, escaped and cut after 400 characters. */
export const quoted = (text: string): string => PrintableText.quote(text, limit)
