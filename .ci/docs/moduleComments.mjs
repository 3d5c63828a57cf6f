// A plugin for TypeDoc: shows the comment at the top of each file on the page of its module. TypeDoc wants a tag for that,
// which would say in every file what its place says already.
import { sep } from "node:path"
import ts from "typescript"

const header = /^\/\*\*(?:(?!\*\/)[^])*(?=\*\/)/

export const load = () => {
  const readFile = ts.sys.readFile.bind(ts.sys)
  ts.sys.readFile = (path, encoding) => {
    const text = readFile(path, encoding)
    return path.includes("/src/") && !path.includes(`${sep}node_modules${sep}`)
      ? text?.replace(header, "$&@packageDocumentation ")
      : text
  }
}
