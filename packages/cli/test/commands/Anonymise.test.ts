import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as path from "node:path"
import { example, passwordIn, readExample, type Run, run, serve, withFolder } from "../support/command.ts"

const formats = ["tree", "json", "ndjson", "csv", "xml", "prlctl", "prlctl-full"]
const examples = [
  "03-vm-full-2inc.xml",
  "04-ct-ploop.xml",
  "05-two-chains.xml",
  "06-odd-legal.xml",
  "08-legacy-tib.xml"
]
const web = "4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10"
const directory = example("backup-root")

const uuids = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi

const separators = /[\s._/\\@"'(){}<>,;:=-]+/

const entities: { readonly [name: string]: string } = { amp: "&", lt: "<", gt: ">", quot: "\"", "#xd": "\r" }

const unescape = (text: string): string =>
  text.replaceAll(/&([^;]+);/g, (whole, name: string) => entities[name] ?? whole)

/** Returns every text of a document that can name something: whole texts, their words, and all uuids. */
const namesIn = (xml: string): ReadonlyArray<string> => {
  const texts = [...xml.matchAll(/>([^<>]+)</g), ...xml.matchAll(/ (?!dyn_lists|id)\w+="([^"]+)"/g)]
    .map(([, text]) => unescape(text!).trim())
  // Words that the formats print in any case, and those of the product in the names of its files.
  const own = /^(?:backup|element|full|kept|node|harddisk\d*|hdd|private\d*|qcow2|tib|root|)$/
  return [
    ...new Set([
      ...texts.flatMap((text) => [...text.split(separators), ...wholeText(text)]),
      ...Array.from(xml.matchAll(uuids), ([uuid]) => uuid).filter((uuid) => !/^[0-]+$/.test(uuid))
    ])
  ].filter((text) => text.length > 2 && /\p{L}/u.test(text) && !own.test(text))
}

/** A name as a whole, unless only the product's words and digits make it up. */
const wholeText = (text: string): ReadonlyArray<string> =>
  /^[\d._]*(?:harddisk|private)?\d*(?:\.(?:hdd|qcow2|tib|\d+))*$/.test(text) ? [] : [text]

const assertNone = (names: ReadonlyArray<string>, { stderr, stdout }: Run, what: string): void => {
  const printed = `${stdout}\n${stderr}`.toLowerCase()
  const words = new Set(printed.split(separators))
  for (const name of names) {
    const isPrinted = name.length > 4 || separators.test(name)
      ? printed.includes(name.toLowerCase())
      : words.has(name.toLowerCase())
    assert.isFalse(isPrinted, `${what}: ${name}`)
  }
}

const withKey = <A>(use: (flags: ReadonlyArray<string>, folder: string) => Promise<A>): Promise<A> =>
  withFolder((folder) => {
    const file = path.join(folder, "secret.key")
    fs.writeFileSync(file, "0123456789abcdef\n")
    return use(["--anonymise", "--anonymise-key", file], folder)
  })

describe("list --anonymise", () => {
  it("prints no name of a listing, in any format", () =>
    withKey(async (flags) => {
      for (const file of examples) {
        const names = namesIn(readExample(file))
        assert.isAbove(names.length, 3, file)
        for (const output of formats) {
          const result = await run(["list", "--file", example(file), ...flags, "--output", output])
          assert.strictEqual(result.code, 0)
          assert.isNotEmpty(result.stdout)
          assertNone([...names, file, example(file)], result, `${file} as ${output}`)
        }
      }
    }))

  it("prints no name of a server or a directory, or of its path", () =>
    withKey(async (flags, folder) => {
      const names = namesIn(readExample("03-vm-full-2inc.xml"))
      for (const output of formats) {
        const result = await run(["list", "--directory", directory, ...flags, "--output", output])
        assertNone([...names, "backup-root", directory], result, output)
      }
      const { address, stop } = await serve(["--file", example("03-vm-full-2inc.xml"), ...passwordIn(folder)])
      const login = ["--server", `root@${address}`, ...passwordIn(folder), "--security-level", "normal"]
      const more = ["--uuid", web, "--backup-directory", "/acme/vault"]
      const result = await run(["list", ...login, ...more, ...flags, "--output", "json"])
      await stop()
      assertNone([...names, "127.0.0.1", "acme", "vault"], result, "server")
      assert.deepInclude(JSON.parse(result.stdout), { source: { kind: "memory", name: "an anonymised listing" } })
    }))

  it("prints no name of several servers, or of one that cannot be queried", () =>
    withKey(async (flags, folder) => {
      const { address, stop } = await serve(["--file", example("03-vm-full-2inc.xml"), ...passwordIn(folder)])
      const servers = ["--server", `root@${address}`, "--server", "acme@localhost:1"]
      for (const output of ["tree", "json", "xml"]) {
        const login = [...passwordIn(folder), "--security-level", "normal"]
        const result = await run(["list", ...servers, ...login, ...flags, "--output", output])
        assert.match(result.stderr, /^backup-tree: a server is missing from the listing \(ConnectFailed\)\. /)
        assert.strictEqual(result.code, 3)
        assert.isNotEmpty(result.stdout)
        const names = namesIn(readExample("03-vm-full-2inc.xml"))
        assertNone([...names, "127.0.0.1", "localhost", "acme"], result, output)
      }
      await stop()
    }))

  it("names no source in the summary line, and keeps the shape", async () => {
    const { stdout } = await run(["list", "--tree", "--file", example("05-two-chains.xml"), "--anonymise"])
    assert.match(stdout, /\n1 environment, 2 chains, 5 backups, 19\.3 GiB, from an anonymised listing\n$/)
  })

  it("has the same pseudonyms for the same key, and others in each run without one", () =>
    withKey(async (flags) => {
      const list = async (...more: ReadonlyArray<string>) =>
        (await run(["list", "--file", example("05-two-chains.xml"), ...more, "--output", "csv"])).stdout
      assert.strictEqual(await list(...flags), await list(...flags))
      assert.notStrictEqual(await list(...flags), await list("--anonymise"))
      assert.notStrictEqual(await list("--anonymise"), await list("--anonymise"))
    }))

  it("makes listings that check finds the same in", () =>
    withKey(async (flags, folder) => {
      for (const name of ["05-two-chains.xml", "06-odd-legal.xml"]) {
        const rules = async (file: string) => {
          const { stdout } = await run(["check", "--file", file, "--complete", "--output", "json"])
          const { findings } = JSON.parse(stdout) as { findings: ReadonlyArray<{ rule: string; path: string }> }
          return findings.map(({ path, rule }) => [rule, path])
        }
        for (const output of ["json", "xml"]) {
          const file = path.join(folder, `anonymous.${output}`)
          fs.writeFileSync(file, (await run(["list", "--file", example(name), ...flags, "--output", output])).stdout)
          assert.deepStrictEqual(await rules(file), await rules(example(name)), `${name} as ${output}`)
        }
      }
    }))

  it("applies names and queries first, which use the real names", () =>
    withKey(async (flags) => {
      const select = ["web01", "--where", "name=web* and latest=1"]
      for (const output of formats) {
        const result = await run([
          "list",
          ...select,
          "--file",
          example("05-two-chains.xml"),
          ...flags,
          "--output",
          output
        ])
        assert.strictEqual(result.code, 0)
        assert.include(`${result.stdout}${result.stderr}`, output === "json" ? "\"partial\"" : "1 of 5 backups")
        assertNone(namesIn(readExample("05-two-chains.xml")), result, output)
      }
    }))

  it("shows no names in its errors", () =>
    withKey(async (flags, folder) => {
      const broken = path.join(folder, "acme-broken.xml")
      fs.writeFileSync(broken, readExample("03-vm-full-2inc.xml").replace("<Name>web01</Name>", "<Name>web01</Nome>"))
      const cases: ReadonlyArray<readonly [args: ReadonlyArray<string>, reason: RegExp]> = [
        [["--file", broken], /XmlError/],
        [["--file", path.join(folder, "acme-none.xml")], /FileUnreadable/],
        [["--directory", path.join(folder, "acme-none")], /DirectoryUnreadable/],
        [["--file", example("05-two-chains.xml"), "web0"], /UsageError/],
        [["--file", example("05-two-chains.xml"), "--where", "name=web01 an host=hn1*"], /UsageError/],
        [["--file", example("05-two-chains.xml"), "--uuid", web.slice(1)], /UsageError/],
        [["--server", "web01 acme"], /UsageError/],
        [["--server", "root@localhost:1", ...passwordIn(folder)], /ConnectFailed/]
      ]
      for (const [args, reason] of cases) {
        for (const output of formats) {
          const result = await run(["list", ...args, ...flags, "--output", output])
          assert.match(result.stderr, reason)
          assert.match(result.stderr, /without --anonymise to see it/)
          assert.strictEqual(result.code, 3)
          assertNone([...namesIn(readExample("05-two-chains.xml")), "acme", "localhost", folder], result, output)
        }
      }
    }))

  it("never prints the key", () =>
    withKey(async (flags, folder) => {
      const short = path.join(folder, "short.key")
      fs.writeFileSync(short, "fifteen-bytes-.")
      const binary = path.join(folder, "binary.key")
      fs.writeFileSync(binary, Buffer.alloc(32, 0xff))
      const cases: ReadonlyArray<readonly [args: ReadonlyArray<string>, message: RegExp]> = [
        [["--anonymise", "--anonymise-key", short], /"[^"]*short\.key" cannot be used: it has fewer than 16 bytes/],
        [["--anonymise", "--anonymise-key", binary], /it is not UTF-8/],
        [["--anonymise", "--anonymise-key", path.join(folder, "none")], /cannot be used: it does not exist/],
        [["--anonymise", "--anonymise-key", ""], /--anonymise-key is empty/],
        [["--anonymise-key", short], /works only with --anonymise/],
        [[...flags, "--forensic", "--directory", directory], /--forensic shows the paths/]
      ]
      for (const [args, message] of cases) {
        const file = args.includes("--directory") ? [] : ["--file", example("05-two-chains.xml")]
        const result = await run(["list", ...file, ...args])
        assert.match(result.stderr, message)
        assert.deepStrictEqual([result.code, result.stdout], [3, ""])
        assertNone(["fifteen-bytes", "0123456789abcdef"], result, args.join(" "))
      }
      const both = await run(["list", "--file", "-", "--anonymise", "--anonymise-key", "-"])
      assert.match(both.stderr, /only one of --file and --anonymise-key can be standard input/)
    }))
})
