/** The exports of the public modules, with their docstrings. */
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"

const source = fileURLToPath(new URL("../../src/", import.meta.url))

/** An export of a module; re-exports are followed to their definition. */
interface Export {
  readonly module: string
  readonly name: string
  readonly isValue: boolean
  readonly docstring: string
}

/** A public module, with the docstring at its top. */
export interface Module {
  readonly name: string
  readonly docstring: string
  readonly exports: ReadonlyArray<Export>
}

const comment = String.raw`\/\*\*(?:(?!\*\/)[^])*\*\/`

const unwrapped = (docstring: string): string =>
  docstring.replace(/^\/\*\* ?|\s*\*\/$/g, "").replaceAll(/^ \*(?: |$)/gm, "").trim()

const read = (file: string): string => fs.readFileSync(file, "utf8")

const definition = (file: string, name: string): Pick<Export, "docstring" | "isValue"> => {
  const pattern = new RegExp(`(${comment})?\n*export (const|class|interface|type) ${name}\\b`)
  const [, docstring = "", kind] = pattern.exec(read(file)) ?? []
  return { docstring: unwrapped(docstring), isValue: kind === "const" || kind === "class" }
}

const exportsOf = (file: string): ReadonlyArray<Export> => {
  const text = read(file)
  const module = path.basename(file, ".ts")
  const own = Array.from(
    text.matchAll(/^export (?:const|class|interface|type) (\w+)/gm),
    ([, name]) => ({ module, name: name!, ...definition(file, name!) })
  )
  const others = Array.from(
    text.matchAll(/^export \{([^}]*)\} from "(.*)"$/gm),
    ([, names, from]) =>
      names!.split(",").map((item) => item.trim().replace(/^type /, "")).map((name) => ({
        module,
        name,
        ...definition(path.join(path.dirname(file), from!), name)
      }))
  ).flat()
  return [...own, ...others]
}

/** Every public module but the index. */
export const modules: ReadonlyArray<Module> = fs.readdirSync(source)
  .filter((name) => name.endsWith(".ts") && name !== "index.ts")
  .map((name) => path.join(source, name))
  .map((file) => ({
    name: path.basename(file, ".ts"),
    docstring: unwrapped(new RegExp(`^${comment}`).exec(read(file))?.[0] ?? ""),
    exports: exportsOf(file)
  }))
