// Writes the JSON Schemas of all documents to packages/formats/schema. A test compares the files with the documents.
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as JsonDocument from "../packages/formats/src/json/JsonDocument.ts"
import * as JsonSchema from "../packages/formats/src/json/JsonSchema.ts"

const directory = join(import.meta.dirname, "../packages/formats/schema")
mkdirSync(directory, { recursive: true })
for (const kind of JsonDocument.kinds) {
  writeFileSync(join(directory, `${kind}.json`), `${JSON.stringify(JsonSchema.of(kind), undefined, 2)}\n`)
}
