/**
 * The sources of all packages as text, and the rules that read them: each rule is a function from a source to its
 * findings.
 */
import { assert } from "@effect/vitest"
import { existsSync, readdirSync, readFileSync } from "node:fs"

const root = new URL("../../../../", import.meta.url)

export const readText = (file: string): string => readFileSync(new URL(file, root), "utf8")

const hasFolder = (folder: string): boolean => existsSync(new URL(folder, root))

export const packageNames = readdirSync(new URL("packages/", root)).filter((name) =>
  hasFolder(`packages/${name}/package.json`)
)

export interface Source {
  /** Path from the root: `packages/io/src/protocol/Package.ts`. */
  readonly file: string
  /** The folder of its package: `io`. */
  readonly owner: string
  /** The folder in the package: `src`, `test` or `benchmark`. */
  readonly folder: string
  /** Path in that folder: `protocol/Package.ts`. */
  readonly path: string
  readonly text: string
  /** The text with blanks in place of comments. */
  readonly code: string
  /** The text with blanks in place of comments and of what literals of text hold. Offsets are those of `text`. */
  readonly bare: string
}

export const blank = (text: string): string => text.replace(/[^\n]/g, " ")

const comment = /\/\/[^\n]*|\/\*[^]*?\*\//y
const quoted = /"(?:\\[^]|[^"\\\n])*"|'(?:\\[^]|[^'\\\n])*'/y
const regularExpression = /\/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/y
const templateText = /(?:\\[^]|\$(?!\{)|[^`\\$])*/y
const word = /[\w$]+/y

/** Does a slash after this text begin a regular expression? After an operator, an open bracket or a keyword it does. */
const expectsValue = (before: string): boolean =>
  /(?:^|[^\w$)\]}"'`\s]|\b(?:return|case|typeof|of|in))\s*$/.test(before)

/** Blanks comments and the text in literals; code in the holes of a template stays. */
export const scan = (text: string): { readonly code: string; readonly bare: string } => {
  let code = ""
  let bare = ""
  /** Of each template that is open: how many braces stand open in its hole. */
  const holes: Array<number> = []
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = code.length
    return pattern.exec(text)?.[0]
  }
  const put = (part: string, shown: string = part): void => {
    code += part
    bare += shown
  }
  const putTemplate = (): void => {
    const part = match(templateText) ?? ""
    put(part, blank(part))
    if (text.startsWith("${", code.length)) {
      put("${")
      holes.push(0)
    } else {
      put(text.slice(code.length, code.length + 1))
    }
  }
  while (code.length < text.length) {
    const found = match(comment)
    const literal = match(quoted) ?? (expectsValue(bare.slice(-40)) ? match(regularExpression) : undefined)
    const character = text.charAt(code.length)
    if (found !== undefined) {
      code += blank(found)
      bare += blank(found)
    } else if (literal !== undefined) {
      put(literal, literal.charAt(0) + blank(literal.slice(1, -1)) + literal.slice(-1))
    } else if (character === "`") {
      put(character)
      putTemplate()
    } else if (character === "}" && holes.at(-1) === 0) {
      holes.pop()
      put(character)
      putTemplate()
    } else {
      const step = character === "{" ? 1 : character === "}" ? -1 : 0
      if (step !== 0 && holes.length > 0) holes.push(holes.pop()! + step)
      put(match(word) ?? character)
    }
  }
  return { code, bare }
}

export const makeSource = (file: string, text: string): Source => {
  const [, owner = "", folder = "", ...path] = file.split("/")
  return { file, owner, folder, path: path.join("/"), text, ...scan(text) }
}

const readSources = (folder: string): ReadonlyArray<Source> =>
  packageNames.filter((name) => hasFolder(`packages/${name}/${folder}`)).flatMap((name) =>
    readdirSync(new URL(`packages/${name}/${folder}`, root), { encoding: "utf8", recursive: true })
      .map((path) => `packages/${name}/${folder}/${path.replaceAll("\\", "/")}`)
      .filter((file) => file.endsWith(".ts"))
      .map((file) => makeSource(file, readText(file)))
  )

export type Rule = (source: Source) => ReadonlyArray<string>

export const finding = (source: Source, offset: number, message: string): string =>
  `${source.file}:${source.text.slice(0, offset).split("\n").length} ${message}`

export interface Import {
  readonly offset: number
  readonly specifier: string
}

/** What a source imports, loads or exports anew. */
export const imports = (source: Source): ReadonlyArray<Import> =>
  Array.from(source.bare.matchAll(/\bfrom\s*(["'])|\b(?:import|require)\s*\(?\s*(["'])/g), (match) => {
    const start = match.index + match[0].length
    const end = source.bare.indexOf(match[0].slice(-1), start)
    return { offset: match.index, specifier: source.code.slice(start, end) }
  })

/** A rule about each thing that is imported: why it may not be, or nothing. */
export const importRule = (judge: (specifier: string, source: Source) => string | undefined): Rule => (source) =>
  imports(source).flatMap(({ offset, specifier }) => {
    const message = judge(specifier, source)
    return message === undefined ? [] : [finding(source, offset, `imports ${specifier}: ${message}`)]
  })

/** A rule about code that may not stand in a source. */
export const codeRule = (patterns: ReadonlyArray<readonly [pattern: RegExp, message: string]>): Rule => (source) =>
  patterns.flatMap(([pattern, message]) =>
    Array.from(source.bare.matchAll(pattern), (match) => finding(source, match.index, `${match[0]}: ${message}`))
  )

export const sources = readSources("src")

/** Tests and benchmarks. */
export const tests = [...readSources("test"), ...readSources("benchmark")]

export const assertTidy = (findings: ReadonlyArray<string>): void =>
  assert.isEmpty(findings, `\n${findings.join("\n")}\n`)

/** Asserts that no source breaks a rule. */
export const assertKept = (judged: ReadonlyArray<Source>, rule: Rule): void => {
  assert.isNotEmpty(judged)
  assertTidy(judged.flatMap(rule))
}

const planted = (rule: Rule, file: string, text: string): ReadonlyArray<string> =>
  rule(makeSource(`packages/${file}`, text))

/** Asserts that a rule finds something on the given lines, and nothing else. */
export const assertFound = (rule: Rule, file: string, text: string, lines: ReadonlyArray<number>): void => {
  const found = planted(rule, file, text)
  const places = found.map((message) => message.slice(0, message.indexOf(" ")))
  assert.deepStrictEqual(places, lines.map((line) => `packages/${file}:${line}`), `${text}\n${found.join("\n")}`)
}

/** The package of this house that a specifier names, and the module in it. */
export const workspaceModule = (specifier: string): { readonly owner: string; readonly module: string } | undefined => {
  const match = /^(?:backup-tree|@backup-tree\/([^/]+))(?:\/(.+))?$/.exec(specifier)
  return match === null ? undefined : { owner: match[1] ?? "cli", module: match[2] ?? "" }
}
