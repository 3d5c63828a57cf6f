import { readdirSync, readFileSync } from "node:fs"

const folder = new URL("../fixtures/", import.meta.url)

/** Reads a fixture as text. */
export const fixture = (name: string): string => readFileSync(new URL(name, folder), "utf8")

/** The eight example documents. */
export const examples: ReadonlyArray<string> = [
  "01-empty.xml",
  "02-vm-full.xml",
  "03-vm-full-2inc.xml",
  "04-ct-ploop.xml",
  "05-two-chains.xml",
  "06-odd-legal.xml",
  "07-promoted-head.xml",
  "08-legacy-tib.xml"
]

/** The examples that the product writes back identically. */
export const identical = examples.filter((name) => !name.startsWith("06") && !name.startsWith("08"))

/** The command documents that travelled between real peers. */
export const wireExamples: ReadonlyArray<string> = readdirSync(new URL("wire-examples/", folder))
  .filter((name) => name.endsWith(".xml"))
  .map((name) => `wire-examples/${name}`)
