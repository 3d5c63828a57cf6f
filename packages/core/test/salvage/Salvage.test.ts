import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import type { ChainDisk } from "../../src/directory/ChainContents.ts"
import type { DirectoryReading, ReadChain, ReadEnvironment, ReadItem } from "../../src/directory/DirectoryReading.ts"
import * as BackupListing from "../../src/listing/BackupListing.ts"
import * as Salvage from "../../src/salvage/Salvage.ts"
import * as BackupTreeRequest from "../../src/sdk/BackupTreeRequest.ts"
import * as PrintableText from "../../src/text/PrintableText.ts"
import type * as BackupTree from "../../src/tree/BackupTree.ts"
import * as BackupTreeXml from "../../src/tree/BackupTreeXml.ts"
import { hostileReading } from "../support/readingArbitraries.ts"
import {
  directoryListing,
  inChainX,
  qcow2,
  readChain,
  readEnvironment,
  reading,
  readingOf,
  skip,
  unconfigured,
  undescribed,
  withBare,
  withFiles,
  withItem
} from "../support/readings.ts"
import { chainX, chainY, fetchedAt, full, source, stranger, web } from "../support/treeLiterals.ts"

/** Goes down from the newest image of a disk; undefined where that is not as the disk says. */
const imagesOf = (directory: DirectoryReading, disk: ChainDisk): ReadonlyArray<string> | undefined => {
  const chains = directory.environments.flatMap((environment) =>
    environment.chains.filter((chain) => `${environment.directory}/${chain.directory}` === disk.directory)
  )
  return chains.map(({ files }) => {
    const images = [disk.newest]
    while (images.length < disk.imageCount) {
      images.unshift(files.get(images[0]!)?.header?.backingFile?.replace(/^.*\//, "") ?? "gone")
    }
    const [oldest = ""] = images
    return oldest === disk.oldest && files.get(oldest)?.header?.backingFile === undefined ? images : undefined
  }).find((images) => images !== undefined)
}

const of = (directory: DirectoryReading) =>
  Salvage.from(directory).map(({ disks, missing, path }) => ({
    missing,
    path,
    disks: disks.map((disk) => imagesOf(directory, disk)?.join(" "))
  }))

const inChain = (chain: ReadChain, ...skips: ReadonlyArray<readonly [string, Parameters<typeof skip>[1]]>) =>
  of(readingOf(chain, skips.map(([name, reason]) => skip(inChainX(name), reason))))

const sentences = ({ steps }: Salvage.Salvage) => steps.map(({ text }) => text)

const commandsOf = (directory: DirectoryReading) =>
  Salvage.from(directory)[0]!.steps.flatMap(({ command = [] }) => command)

const bothDisks = ["a.hdd.qcow2 a.hdd.2.qcow2 a.hdd.3.qcow2", "b.hdd.qcow2 b.hdd.2.qcow2 b.hdd.3.qcow2"]

/** A head whose metadata says other things of the chain. */
const withHead = (
  chain: ReadChain,
  more: { readonly lastNumber?: number; readonly flags?: number }
): ReadChain =>
  withItem(chain, 1, (item): ReadItem => {
    const backup = { ...full(chainX), images: item.described!.images, flags: more.flags ?? 2048 }
    return {
      ...item,
      described: backup,
      content: { _tag: "Head", uuid: chainX, lastNumber: more.lastNumber ?? 0, backup }
    }
  })

describe("Salvage", () => {
  it("reports nothing for a healthy directory", () => {
    for (
      const chain of [
        readChain(),
        readChain({ numbers: [3, 4] }),
        readChain({ disks: [] }),
        readChain({ format: "tib" })
      ]
    ) assert.deepStrictEqual(inChain(chain), [])
    assert.deepStrictEqual(Salvage.from(reading([])), [])
  })

  it("finds what the metadata of an environment hides", () => {
    const environment = readEnvironment([readChain(), readChain({ uuid: chainY, disks: ["c.hdd"], numbers: [1, 2] })], {
      metadata: undefined
    })
    assert.deepStrictEqual(of(reading([environment])), [{
      missing: "environment-metadata",
      path: web,
      disks: [...bothDisks, "c.hdd.qcow2 c.hdd.2.qcow2"]
    }])
    // The first backup of an environment is running, and nothing was stored yet.
    const first = withItem(readChain({ numbers: [1] }), 1, undescribed)
    const running = readEnvironment([{ ...first, files: new Map() }], { metadata: undefined })
    assert.deepStrictEqual(of(reading([running], [skip(inChainX("base"), "base-without-metadata")])), [])
  })

  it("finds directories that lost their names", () => {
    const renamed = readEnvironment([readChain()], { directory: "web01.old" })
    const [entry] = Salvage.from(reading([renamed]))
    assert.strictEqual(entry!.missing, "environment-name")
    assert.strictEqual(
      sentences(entry!).at(-1),
      `To make servers list it again, rename the directory to "${web}", the uuid in its metadata. Then check again, `
        + "because other steps have the old path:"
    )
    assert.strictEqual(
      entry!.steps.at(-1)!.command,
      `mv --no-clobber --no-target-directory /mnt/backups/web01.old '/mnt/backups/${web}'`
    )
    const nameless = readEnvironment([readChain()], { directory: "web01.old", metadata: undefined })
    assert.strictEqual(
      sentences(Salvage.from(reading([nameless]))[0]!).at(-1),
      "To make servers list it again, restore the name of the directory. Its metadata does not have the name."
    )
    const copied = { ...readChain(), directory: "copy" }
    const [copy, ...more] = Salvage.from(reading([readEnvironment([copied, readChain()])]))
    assert.deepStrictEqual(more, [])
    assert.strictEqual(copy!.missing, "chain-name")
    assert.strictEqual(
      sentences(copy!).at(-1),
      `Use directory "${chainX}" instead: it has the uuid in this metadata, and holds everything that is here. So this is `
        + "a copy or an older state of it."
    )
    // What stands under its name lacks an image, or a backup: this may be all that there is.
    for (
      const namesake of [
        withFiles(readChain(), { "a.hdd.3.qcow2": undefined }),
        withItem(readChain(), 3, () => undefined)
      ]
    ) {
      const [only] = Salvage.from(reading([readEnvironment([copied, namesake])]))
      assert.match(sentences(only!).at(-1)!, /^Compare this with directory .* but lacks data that is complete here/)
      const old = readEnvironment([readChain()], { directory: "web01.old" })
      const [environment] = Salvage.from(reading([old, readEnvironment([namesake])]))
      assert.match(sentences(environment!).at(-1)!, /lacks data that is complete here/)
    }
  })

  it("finds chains that the first backup hides", () => {
    assert.deepStrictEqual(inChain(withItem(readChain(), 1, undescribed), ["base", "base-without-metadata"]), [
      { missing: "head-metadata", path: inChainX("base"), disks: bothDisks }
    ])
    assert.deepStrictEqual(inChain(withItem(readChain(), 1, undescribed), ["base", "head-invalid"]), [
      { missing: "head-metadata", path: inChainX("base"), disks: bothDisks }
    ])
    assert.deepStrictEqual(inChain(withItem(readChain(), 1, unconfigured), ["base", "head-config-missing"]), [
      { missing: "head-configuration", path: inChainX("base"), disks: bothDisks }
    ])
    assert.deepStrictEqual(inChain(withItem(readChain(), 1, () => undefined), ["2", "head-invalid"]), [
      { missing: "base-directory", path: inChainX("base"), disks: bothDisks }
    ])
    assert.deepStrictEqual(inChain({ ...readChain(), items: [] }), [
      { missing: "base-directory", path: inChainX("base"), disks: bothDisks }
    ])
    assert.deepStrictEqual(inChain({ ...readChain(), items: [], files: new Map() }), [])
    const promoted = readChain({ numbers: [3, 4] })
    assert.deepStrictEqual(inChain(withItem(promoted, 3, unconfigured)).map(({ missing, path }) => [missing, path]), [
      ["head-configuration", inChainX("3")]
    ])
    assert.deepStrictEqual(inChain(withItem(promoted, 3, undescribed)).map(({ missing, path }) => [missing, path]), [
      ["head-metadata", inChainX("3")]
    ])
  })

  it("reports that a lone full backup without metadata may still be running", () => {
    const bare = skip(inChainX("base"), "base-without-metadata")
    const alone = withItem(readChain({ numbers: [1] }), 1, undescribed)
    const doubt = /running or interrupted backup/
    assert.match(sentences(Salvage.from(readingOf(alone, [bare]))[0]!)[0]!, doubt)
    assert.notMatch(sentences(Salvage.from(readingOf(withItem(readChain(), 1, undescribed), [bare]))[0]!)[0]!, doubt)
  })

  it("finds incrementals that are hidden", () => {
    assert.deepStrictEqual(inChain(withItem(readChain(), 2, unconfigured)), [{
      missing: "link-configuration",
      path: inChainX("2"),
      disks: ["a.hdd.qcow2 a.hdd.2.qcow2", "b.hdd.qcow2 b.hdd.2.qcow2"]
    }])
    assert.deepStrictEqual(inChain(withItem(readChain(), 3, undescribed)), [
      { missing: "link-metadata", path: inChainX("3"), disks: bothDisks }
    ])
    assert.deepStrictEqual(inChain(withBare(readChain(), 2)), [{
      missing: "link-metadata",
      path: inChainX("2"),
      disks: ["a.hdd.qcow2 a.hdd.2.qcow2", "b.hdd.qcow2 b.hdd.2.qcow2"]
    }])
  })

  it("ignores an incremental that was never stored, and is doubtful if that is unknown", () => {
    const lost = withBare(readChain({ numbers: [1, 2] }), 2)
    const entries = (more: Parameters<typeof withHead>[1]) => Salvage.from(readingOf(withHead(lost, more)))
    assert.lengthOf(entries({ lastNumber: 0 }), 0)
    assert.lengthOf(entries({ lastNumber: 2 }), 1)
    assert.notMatch(sentences(entries({ lastNumber: 2 })[0]!)[0]!, /running or interrupted backup/)
    assert.match(sentences(entries({ lastNumber: 0, flags: 0 })[0]!)[0]!, /running or interrupted backup/)
  })

  it("leaves out what two directories of one number are", () => {
    const chain = readChain()
    const twice = { ...chain, items: [...chain.items, { ...undescribed(chain.items[1]!), directory: "02" }] }
    assert.deepStrictEqual(inChain(twice), [])
  })

  it("includes all images up to the newest one whose backing chain is unbroken", () => {
    const hidden = withItem(readChain(), 1, unconfigured)
    for (const file of [undefined, qcow2("a.hdd.qcow2", { isCut: true })]) {
      const [missing, image] = inChain(withFiles(hidden, { "a.hdd.2.qcow2": file }))
      assert.deepStrictEqual(missing!.disks, ["a.hdd.qcow2", bothDisks[1]])
      assert.deepStrictEqual([image!.missing, image!.path], ["image", inChainX("a.hdd.2.qcow2")])
    }
    const disksWith = (backingFile: string) =>
      inChain(withFiles(hidden, { "a.hdd.3.qcow2": qcow2(backingFile) }))[0]!.disks[0]
    for (const backingFile of ["gone", "../a.hdd.2.qcow2", "/x/a.hdd.2.qcow2", "json:{}", "a.hdd.3.qcow2"]) {
      assert.strictEqual(disksWith(backingFile), "a.hdd.qcow2 a.hdd.2.qcow2", backingFile)
    }
    assert.strictEqual(disksWith("./a.hdd.2.qcow2"), bothDisks[0])
  })

  it("reports that disks are from different times", () => {
    const hidden = withItem(readChain(), 1, unconfigured)
    const apart = /different points in time/
    const how = (chain: ReadChain) => sentences(Salvage.from(readingOf(chain))[0]!).join("\n")
    assert.notMatch(how(hidden), apart)
    assert.match(how(withFiles(hidden, { "a.hdd.3.qcow2": undefined })), apart)
  })

  it("leaves out images above all that metadata names, which may never have been finished", () => {
    const hidden = withItem(readChain({ disks: ["a.hdd"] }), 1, undescribed)
    assert.deepStrictEqual(inChain(withFiles(hidden, { "a.hdd.4.qcow2": qcow2("a.hdd.3.qcow2") }))[0]!.disks, [
      bothDisks[0]
    ])
  })

  it("finds a chain that lacks an image, and reports the backups that do not need it", () => {
    const [entry, ...more] = Salvage.from(readingOf(withFiles(readChain(), { "b.hdd.3.qcow2": undefined })))
    assert.deepStrictEqual(more, [])
    assert.strictEqual(entry!.missing, "image")
    assert.strictEqual(
      sentences(entry!)[0],
      "Without image \"b.hdd.3.qcow2\", backup 3 and all later ones cannot be restored. Restore an earlier backup, "
        + "which does not need it."
    )
    const unseen = withFiles(readChain(), { "b.hdd.3.qcow2": undefined })
    assert.deepStrictEqual(inChain(unseen, ["b.hdd.3.qcow2", "outside-root"]), [])
    const empty = withFiles(readChain(), { "b.hdd.qcow2": { size: 0n, isCut: false, header: undefined } })
    assert.match(
      sentences(Salvage.from(readingOf(empty))[0]!)[0]!,
      /^Without image "b.hdd.qcow2", backup 1 and all later ones/
    )
  })

  it("reports only that images without headers exist", () => {
    const [entry] = Salvage.from(readingOf(withItem(readChain({ format: "tib", disks: ["a.hdd"] }), 1, unconfigured)))
    assert.deepStrictEqual(entry!.disks, [])
    assert.strictEqual(entry!.recoverable, "All images, and with them the data of all disks.")
    assert.strictEqual(
      sentences(entry!)[2],
      "Keep these images: \"a.hdd.tib\", \"a.hdd2.tib\", \"a.hdd3.tib\". Nothing else is known about them, because they "
        + "have no header that names their backing images."
    )
    const [link] = Salvage.from(readingOf(withItem(readChain({ format: "tib", disks: ["a.hdd"] }), 2, unconfigured)))
    assert.match(sentences(link!)[2]!, /^Keep these images: "a.hdd2.tib"\./)
    assert.strictEqual(link!.recoverable, "Its images. Later backups do not need the configuration.")
  })

  it("reports that nothing can be recovered from an incremental whose images lead nowhere", () => {
    const chain = withFiles(withItem(readChain({ disks: ["a.hdd"] }), 3, unconfigured), {
      "a.hdd.3.qcow2": qcow2("gone")
    })
    const [entry] = Salvage.from(readingOf(chain))
    assert.deepStrictEqual(entry!.disks, [])
    assert.match(sentences(entry!)[0]!, /^Do not convert "a.hdd.3.qcow2": /)
    const onRaw = withFiles(chain, {
      "a.hdd.3.qcow2": qcow2("a.raw"),
      "a.raw": { size: 9n, isCut: false, header: undefined }
    })
    assert.match(sentences(Salvage.from(readingOf(onRaw))[0]!)[0]!, /^Do not convert "a.hdd.3.qcow2": /)
    const hidden = withItem(onRaw, 1, unconfigured)
    assert.strictEqual(
      Salvage.from(readingOf(hidden))[0]!.recoverable,
      "The disks below. The backing chains of other images are broken."
    )
  })

  it("writes commands that a shell and QEMU read as they are meant", () => {
    const commandFor = (name: string) => {
      const chain = { ...readChain({ disks: [] }), items: [], files: new Map([[name, qcow2(undefined)]]) }
      return commandsOf(reading([readEnvironment([chain], { metadata: undefined })])).find((one) =>
        one.startsWith("qemu-img")
      )
    }
    const convert = (file: string) => `qemu-img convert -f qcow2 -O raw '/mnt/backups/${web}/${chainX}/${file}'`
    const out = `"\${OUT:?}"/${`${web}__${chainX}`.replace(/[{}]/g, "")}`
    assert.strictEqual(commandFor("a.hdd.3.qcow2"), `${convert("a.hdd.3.qcow2")} ${out}__a.hdd.3.raw`)
    assert.strictEqual(commandFor("-o"), `${convert("-o")} ${out}__-o.raw`)
    assert.strictEqual(commandFor("json:{}"), `${convert("json:{}")} ${out}__json_3a__7b__7d_.raw`)
    assert.strictEqual(commandFor("it's $(me)"), `${convert("it'\\''s $(me)")} ${out}__it_27_s_20__24__28_me_29_.raw`)
    assert.isUndefined(commandFor("a\u001b[2J"))
  })

  it("copies the chain, or all of the environment, before anything else", () => {
    const plain = (path: string) => path.replace(/[{}]/g, "")
    const [choose, copy] = commandsOf(readingOf(withItem(readChain(), 1, undescribed)))
    assert.strictEqual(choose, "OUT=~/backup-tree-salvage; mkdir -p \"$OUT\"")
    assert.strictEqual(
      copy,
      `cp -aT --no-clobber --reflink=auto '/mnt/backups/${web}/${chainX}' "\${OUT:?}"/${plain(web)}__${plain(chainX)}`
    )
    assert.strictEqual(
      commandsOf(reading([readEnvironment([readChain()], { metadata: undefined })]))[1],
      `cp -aT --no-clobber --reflink=auto '/mnt/backups/${web}' "\${OUT:?}"/${plain(web)}`
    )
  })

  it("creates the directory of a first backup that is gone, and writes into it", () => {
    const gone = withItem(readChain(), 1, () => undefined)
    const commands = commandsOf(readingOf(gone, [skip(inChainX("2"), "head-invalid")]))
    assert.deepStrictEqual(commands.slice(-3).map((command) => command.split("\n")[0]), [
      `mkdir -p '/mnt/backups/${inChainX("base")}'`,
      `cp -a --no-clobber '/mnt/backups/${inChainX("2/config.pvs")}' '/mnt/backups/${inChainX("base")}'/`,
      `cat > '/mnt/backups/${inChainX("base/.metadata")}' <<'END'`
    ])
  })

  it("states how much space copies and disks take", () => {
    const [{ text } = { text: "" }] = Salvage.from(readingOf(withItem(readChain(), 1, undescribed)))[0]!.steps
    assert.include(text, `with up to ${6n * 1_310_720n + 2n * 68_719_476_736n} bytes of space`)
  })

  it("writes a file by a document in the command, whose last line is not in the file", () => {
    const write = (metadata: ReadEnvironment["metadata"]) =>
      Salvage.from(reading([readEnvironment([readChain()], { metadata })]))[0]!.steps.at(-1)!
    const { command = "", file } = write(undefined)
    const lines = command.split("\n")
    assert.strictEqual(lines[0], `cat > '/mnt/backups/${web}/.metadata' <<'END'`)
    assert.strictEqual(lines.slice(1, -1).join("\n"), file!.content.trimEnd())
    assert.strictEqual(lines.at(-1), "END")
    const tricky = write({ uuid: web, name: "a\nEND\nb", vmType: 3, version: 5, kept: [] })
    assert.strictEqual(tricky.command?.split("\n").at(-1), "END_")
  })

  it("never writes two disks to one file", () => {
    const environment = readEnvironment([readChain(), readChain({ uuid: chainY })], { metadata: undefined })
    const targetsIn = (directory: DirectoryReading) =>
      new Set(
        commandsOf(directory).flatMap((command) => command.startsWith("qemu-img") ? [command.split(" ").at(-1)] : [])
      )
    assert.strictEqual(targetsIn(reading([environment])).size, 4)
    const bare = readEnvironment([readChain(), { ...readChain(), directory: chainX.slice(1, -1) }], {
      metadata: undefined
    })
    assert.strictEqual(targetsIn(reading([bare])).size, 4)
    const alike = readChain({ disks: ["a b", "a-b", "a_b", "a_20_b"], numbers: [1] })
    assert.strictEqual(targetsIn(reading([readEnvironment([alike], { metadata: undefined })])).size, 4)
  })

  it("describes how to make a chain visible again", () => {
    const last = (chain: ReadChain) => sentences(Salvage.from(readingOf(chain))[0]!).at(-1)
    assert.strictEqual(
      last(withItem(readChain(), 1, unconfigured)),
      "To make servers list it again, copy a configuration into directory \"base\". The nearest one is "
        + "\"2/config.pvs\", which may differ from the lost one:"
    )
    assert.strictEqual(
      commandsOf(readingOf(withItem(readChain(), 1, unconfigured))).at(-1),
      `cp -a --no-clobber '/mnt/backups/${inChainX("2/config.pvs")}' '/mnt/backups/${inChainX("base")}'/`
    )
    assert.strictEqual(
      last(withItem(readChain(), 2, undescribed)),
      `To make servers list it again, write new metadata to "${
        inChainX("2/.metadata")
      }". Fill in the time if you know it. `
        + "Host and creator are copied from the nearest backup:"
    )
    const lone = withItem(readChain({ numbers: [1] }), 1, unconfigured)
    assert.match(last(lone)!, /The VM or container has no readable configuration left/)
    const beside = reading([readEnvironment([readChain({ uuid: chainY }), lone])])
    assert.strictEqual(
      commandsOf(beside).at(-1),
      `cp -a --no-clobber '/mnt/backups/${web}/${chainY}/base/config.pvs' '/mnt/backups/${inChainX("base")}'/`
    )
  })

  const fileOf = (directory: DirectoryReading) => {
    const { content, path } = Salvage.from(directory)[0]!.steps.at(-1)!.file!
    return { path, metadata: Result.getOrThrow(BackupTreeXml.decodeMetadata(content, { mode: "strict" })).metadata }
  }

  it("writes metadata in place of what is lost, from all that is known", () => {
    const { described } = readChain().items[1]!
    const link = fileOf(readingOf(withItem(readChain(), 2, undescribed)))
    assert.strictEqual(link.path, inChainX("2/.metadata"))
    assert.deepStrictEqual(link.metadata, {
      _tag: "PartialBackupItem",
      backup: {
        ...described as BackupTree.IncrementalBackup,
        dateTime: "",
        description: "",
        flags: 4096,
        size: 2_621_440n,
        disks: { list: [], kept: [] }
      }
    })
    for (const numbers of [[1], [1, 2, 3], [3, 4], [3]]) {
      const chain = readChain({ numbers })
      const [head] = chain.items
      const { metadata, path } = fileOf(readingOf(withItem(chain, head!.number, undescribed)))
      assert.strictEqual(path, inChainX(`${head!.directory}/.metadata`))
      if (metadata._tag !== "BackupItem") return assert.fail(metadata._tag)
      assert.strictEqual(metadata.chain.uuid, chainX)
      assert.strictEqual(metadata.chain.head.id, head!.described!.id)
      assert.deepStrictEqual(metadata.chain.head.images, head!.described!.images)
      assert.strictEqual(metadata.chain.lastNumber, numbers.length === 1 && numbers[0] === 1 ? 0 : numbers.at(-1))
      assert.strictEqual(metadata.chain.head.flags, 2048)
    }
    const bare = fileOf(reading([readEnvironment([readChain({ format: "tib" })], { metadata: undefined })]))
    assert.deepStrictEqual(bare.metadata, {
      _tag: "VmItem",
      environment: { uuid: web, name: "web01", vmType: 0, version: 3, chains: [], kept: [] }
    })
  })

  it("finds the first backup of a chain by its images", () => {
    const missing = (chain: ReadChain) =>
      Salvage.from(readingOf(chain)).map((entry) => `${entry.missing} ${entry.path.slice(inChainX("").length)}`)
    // Number 3 was promoted, and lost its metadata: nothing is left of what came before.
    const promoted = withBare(readChain({ numbers: [3, 4] }), 3)
    assert.deepStrictEqual(missing(promoted), ["head-metadata 3"])
    const { metadata } = fileOf(readingOf(promoted))
    assert.strictEqual(metadata._tag === "BackupItem" && metadata.chain.head.id, `${chainX}.3`)
    // Directory base is gone with its images, and so is the metadata of the next one, which is a link all the same.
    const base = withItem(withItem(readChain(), 1, () => undefined), 2, undescribed)
    assert.deepStrictEqual(missing(base), ["base-directory base", "link-metadata 2"])
    // A disk may be called as images of a later backup are.
    const called = withItem(readChain({ disks: ["data.2"] }), 1, undescribed)
    assert.deepStrictEqual(missing(called), ["head-metadata base"])
    // What another backup names is of that one.
    const taken = withItem(withItem(readChain({ disks: ["a.hdd"] }), 2, undescribed), 3, (item) => ({
      ...item,
      described: { ...item.described!, images: ["a.hdd.3.qcow2", "a.hdd.2.qcow2"] } as BackupTree.IncrementalBackup
    }))
    const how = sentences(Salvage.from(readingOf(taken)).find(({ path }) => path.endsWith("/2"))!)
    assert.strictEqual(how.at(-1), "Do not write new metadata, because the images of this backup cannot be identified.")
    // A chain of the archiver says it by the names.
    const tib = withItem(withItem(readChain({ format: "tib" }), 1, () => undefined), 2, undescribed)
    assert.deepStrictEqual(missing(tib), ["base-directory base", "link-metadata 2"])
  })

  it("reports what else is gone, and repairs nothing that cannot be restored", () => {
    const entries = (chain: ReadChain) =>
      Salvage.from(readingOf(chain)).map(({ missing, path, recoverable, steps }) => ({
        what: `${missing} ${path.slice(inChainX("").length)}`,
        recoverable,
        repairs: steps.some(({ file }) => file !== undefined)
      }))
    const chain = readChain({ disks: ["a.hdd"] })
    const head = withItem(chain, 1, undescribed)
    const whole = "All images, and with them the data of all disks."
    assert.deepStrictEqual(entries(head), [{ what: "head-metadata base", recoverable: whole, repairs: true }])
    const before = "The earlier backups, if their own images are complete."
    // What the chain builds on is gone: what else was before it is unknown.
    for (const file of [undefined, { size: 5n, isCut: false, header: undefined }, qcow2(undefined, { isCut: true })]) {
      assert.deepStrictEqual(entries(withFiles(head, { "a.hdd.qcow2": file })), [
        { what: "image a.hdd.qcow2", recoverable: before, repairs: false }
      ])
    }
    const link = withItem(chain, 3, undescribed)
    assert.deepStrictEqual(entries(withFiles(link, { "a.hdd.3.qcow2": undefined })), [{
      what: "link-metadata 3",
      recoverable: "Nothing of this backup or of later ones, because \"a.hdd.3.qcow2\" is missing too.",
      repairs: false
    }])
    const unconfiguredLink = withFiles(withItem(chain, 3, unconfigured), { "a.hdd.2.qcow2": undefined })
    assert.deepStrictEqual(entries(unconfiguredLink)[0], {
      what: "link-configuration 3",
      recoverable: "Nothing of this backup, because the backing chain of \"a.hdd.3.qcow2\" is broken.",
      repairs: false
    })
    // The image of a backup that lost its metadata too is known by what builds on it.
    assert.deepStrictEqual(entries(withFiles(withItem(chain, 2, () => undefined), { "a.hdd.2.qcow2": undefined })), [
      { what: "image a.hdd.2.qcow2", recoverable: before, repairs: false }
    ])
    const tib = withFiles(withItem(readChain({ format: "tib", disks: ["a.hdd"] }), 1, undescribed), {
      "a.hdd.tib": undefined
    })
    assert.deepStrictEqual(entries(tib), [
      {
        what: "head-metadata base",
        recoverable: "Only the data that does not build on \"a.hdd.tib\", which is missing too.",
        repairs: false
      }
    ])
  })

  it("counts an unread image neither as missing nor as broken", () => {
    const chain = withFiles(withItem(readChain({ disks: ["a.hdd"] }), 1, undescribed), { "a.hdd.qcow2": undefined })
    assert.deepStrictEqual(inChain(chain, ["a.hdd.qcow2", "unreadable"]), [])
    const link = withFiles(withItem(readChain({ disks: ["a.hdd"] }), 3, unconfigured), { "a.hdd.2.qcow2": undefined })
    const [entry, ...more] = Salvage.from(readingOf(link, [skip(inChainX("a.hdd.2.qcow2"), "unreadable")]))
    assert.deepStrictEqual(more, [])
    assert.strictEqual(entry!.recoverable, "Its images. Later backups do not need the configuration.")
    assert.notInclude(sentences(entry!).join(), "Do not convert")
  })

  it("never writes over metadata that can be read", () => {
    const promoted = readChain({ numbers: [3, 4] })
    // A removal that keeps the chain rewrites the next backup before it removes the directory of the first.
    const asLink = (item: ReadItem): ReadItem => ({ ...item, content: { _tag: "Damaged" } })
    const [base] = withItem(readChain(), 1, undescribed).items
    const broken = { ...withItem(promoted, 3, asLink), items: [base!, asLink(promoted.items[0]!), promoted.items[1]!] }
    const entries = Salvage.from(readingOf(broken, [skip(inChainX("base"), "base-without-metadata")]))
    assert.deepStrictEqual(entries.map(({ missing, path }) => [missing, path]), [["leftover", inChainX("base")]])
    assert.match(
      sentences(entries[0]!).at(-1)!,
      /"base" comes before it: an interrupted removal with keep-chain leaves this behind/
    )
    // The leftover of a number in between is no backup of the chain.
    const leftover = {
      ...withFiles(promoted, { "a.hdd.2.qcow2": qcow2(undefined), "b.hdd.2.qcow2": qcow2(undefined) }),
      bareItems: [{ directory: "2", number: 2, configuration: undefined }]
    }
    assert.deepStrictEqual(Salvage.from(readingOf(leftover)), [])
    // A link that comes first, and what it builds on is gone.
    const headless = withFiles(withItem(readChain(), 1, () => undefined), {
      "a.hdd.qcow2": undefined,
      "b.hdd.qcow2": undefined
    })
    assert.deepStrictEqual(inChain(headless).map(({ missing, path }) => [missing, path]), [
      ["image", inChainX("a.hdd.qcow2")]
    ])
  })

  it("recognises a chain by the ids of its backups, even if its directory has another name", () => {
    const renamed = { ...withItem(readChain(), 1, undescribed), directory: "web.old" }
    const [name, head] = Salvage.from(readingOf(renamed))
    assert.strictEqual(
      sentences(name!).at(-1),
      `To make servers list it again, rename the directory to "${chainX}", the uuid in its metadata. Then check again, `
        + "because other steps have the old path:"
    )
    const { content } = head!.steps.find(({ file }) => file !== undefined)!.file!
    assert.include(content, `<Uuid>${chainX}</Uuid>`)
    const other = { ...withItem(readChain(), 2, undescribed), directory: chainY }
    const [link] = Salvage.from(readingOf(other))
    assert.include(link!.steps.find(({ file }) => file !== undefined)!.file!.content, `<Id>${chainX}.2</Id>`)
    assert.match(sentences(link!).at(-1)!, /^Rename the directory of the chain to /)
    const nameless = { ...readChain(), directory: "x", items: readChain().items.map(undescribed) }
    const environment = readEnvironment([nameless], { metadata: undefined })
    assert.strictEqual(
      sentences(Salvage.from(reading([environment])).find(({ missing }) => missing === "head-metadata")!).at(-1),
      "Do not write new metadata, because no readable file has the uuid of the chain."
    )
    assert.isFalse(
      Salvage.from(reading([environment])).some(({ path, steps }) =>
        path !== web && steps.some(({ file }) => file !== undefined)
      )
    )
  })

  it("requires a configuration too if it is lost with the metadata", () => {
    for (const number of [1, 2]) {
      const chain = withItem(readChain(), number, (item) => unconfigured(undescribed(item)))
      const how = sentences(Salvage.from(readingOf(chain))[0]!).slice(-2)
      assert.match(how[0]!, /copy a configuration into directory/)
      assert.match(how[1]!, /^Then write new metadata to /)
    }
  })

  it("writes the metadata of an environment from what can be read of it", () => {
    const kind = readEnvironment([readChain()])
    const known = { ...kind, metadata: { ...kind.metadata!, vmType: 3, version: 4, name: "known" } }
    assert.deepStrictEqual(fileOf(reading([known])).metadata, {
      _tag: "VmItem",
      environment: { uuid: web, name: "known", vmType: 0, version: 4, chains: [], kept: [] }
    })
    // One chain of the archiver beside one that is not: the version is that of the newest.
    const mixed = readEnvironment([readChain({ format: "tib" }), readChain({ uuid: chainY })], { metadata: undefined })
    const { metadata } = fileOf(reading([mixed]))
    assert.strictEqual(metadata._tag === "VmItem" && metadata.environment.version, 5)
    const container = (item: ReadItem): ReadItem => ({ ...item, configuration: { file: "ve.conf", name: "" } })
    const chain = readChain({ numbers: [1] })
    const ct = fileOf(reading([readEnvironment([withItem(chain, 1, container)], { metadata: undefined })])).metadata
    assert.deepStrictEqual(ct._tag === "VmItem" && [ct.environment.vmType, ct.environment.name], [2, web])
  })

  it("ignores the number of a file that belongs to no backup", () => {
    const chain = withFiles(withItem(readChain({ numbers: [1] }), 1, undescribed), {
      "notes.4294967296.qcow2": qcow2(undefined),
      "data.9.qcow2": qcow2(undefined)
    })
    const described = withItem(chain, 1, (item) => item)
    const two = { ...described, items: [...described.items, readChain({ numbers: [1, 2] }).items[1]!] }
    const { metadata } = fileOf(readingOf(two))
    assert.strictEqual(metadata._tag === "BackupItem" && metadata.chain.lastNumber, 2)
  })

  it("covers only what was requested", () => {
    const hidden = (directory: string, uuid: string) =>
      readEnvironment([withItem(readChain({ uuid }), 1, undescribed)], {
        directory,
        metadata: { uuid: directory, name: "x", vmType: 0, version: 5, kept: [] }
      })
    const directory = reading([hidden(web, chainX), hidden(stranger, chainY)])
    const asked = (subject: BackupTreeRequest.Subject) =>
      Salvage.fromListing(BackupListing.fromResponse({
        tree: directoryListing(directory).tree,
        notes: [],
        request: { ...BackupTreeRequest.everything, subject },
        source,
        fetchedAt,
        directory
      })).map(({ environment }) => environment.directory)
    assert.deepStrictEqual(asked({ _tag: "Everything" }), [web, stranger])
    assert.deepStrictEqual(asked({ _tag: "Environment", uuid: stranger }), [stranger])
    assert.deepStrictEqual(Salvage.fromListing({ ...directoryListing(directory), directory: undefined }), [])
  })

  it("recognises the images of an archiver by their names too", () => {
    const chain = readChain({ format: "tib" })
    for (const [number, names] of [[1, ["a.hdd.tib", "b.hdd.tib"]], [2, ["a.hdd2.tib", "b.hdd2.tib"]]] as const) {
      const { metadata } = fileOf(readingOf(withItem(chain, number, undescribed)))
      assert.deepStrictEqual(
        metadata._tag === "BackupItem"
          ? metadata.chain.head.images
          : metadata._tag === "PartialBackupItem"
          ? metadata.backup.images
          : [],
        names
      )
    }
    assert.deepStrictEqual(of(readingOf(withBare(chain, 2))), [{
      missing: "link-metadata",
      path: inChainX("2"),
      disks: []
    }])
  })

  it("does not show the text of a file if a terminal must not receive it", () => {
    const chain = withItem(readChain(), 2, (item) => ({
      ...undescribed(item),
      described: { ...item.described!, host: "\u001b[2J" } as BackupTree.IncrementalBackup
    }))
    const [entry] = Salvage.from(readingOf(withItem(chain, 1, undescribed)))
    assert.isUndefined(entry!.steps.at(-1)!.file)
    assert.match(entry!.steps.at(-1)!.text, /No command is shown, because a name has characters that are unsafe/)
  })

  it("finds a backup in a place where no server looks for it", () => {
    const padded = withItem(readChain(), 2, (item) => ({ ...item, directory: "02", content: { _tag: "Damaged" } }))
    const [entry, ...more] = Salvage.from(readingOf(padded))
    assert.deepStrictEqual(more, [])
    assert.deepStrictEqual([entry!.missing, entry!.path], ["backup-name", inChainX("02")])
    assert.strictEqual(sentences(entry!).at(-1), "To make servers list it again, rename directory \"02\" to \"2\":")
    const one = withItem(readChain(), 1, (item) => ({ ...item, directory: "1", content: { _tag: "Damaged" } }))
    assert.strictEqual(
      sentences(Salvage.from(readingOf(one))[0]!).at(-1),
      "To make servers list it again, rename directory \"1\" to \"base\":"
    )
  })

  it("finds an environment of a kind that no server shows", () => {
    const environment = readEnvironment([readChain()])
    const strange = { ...environment, metadata: { ...environment.metadata!, vmType: 3 } }
    assert.deepStrictEqual(of(reading([strange])), [{ missing: "environment-kind", path: web, disks: bothDisks }])
  })

  it("reports nothing that only the current user cannot read", () => {
    const chain = readChain()
    const unread = (directory: DirectoryReading, ...paths: ReadonlyArray<string>) =>
      of({ ...directory, skips: paths.map((path) => skip(path, "unreadable")) })
    for (const name of ["", "/.metadata"]) {
      assert.deepStrictEqual(
        unread(reading([readEnvironment([chain], { metadata: undefined })]), `${web}${name}`),
        []
      )
      assert.deepStrictEqual(unread(readingOf(withItem(chain, 1, undescribed)), inChainX(`base${name}`)), [])
      assert.deepStrictEqual(unread(readingOf(withItem(chain, 2, undescribed)), inChainX(`2${name}`)), [])
    }
    assert.deepStrictEqual(unread(readingOf(withItem(chain, 2, unconfigured)), inChainX("2/config.pvs")), [])
  })

  it("warns if images are read by absolute paths", () => {
    const at = `/vz/vmprivate/backups/${web}/${chainX}`
    const chain = withFiles(withItem(readChain({ disks: ["a.hdd"] }), 1, unconfigured), {
      "a.hdd.2.qcow2": qcow2(`${at}/a.hdd.qcow2`)
    })
    const [entry] = Salvage.from(readingOf(chain))
    assert.deepStrictEqual(
      entry!.disks.map(({ imageCount, isAbsolute, number, virtualSize }) => ({
        images: imageCount,
        isAbsolute,
        number,
        virtualSize
      })),
      [{ images: 3, isAbsolute: true, number: 3, virtualSize: 68_719_476_736n }]
    )
    assert.match(sentences(entry!).join("\n"), /absolute path/)
  })

  it.prop(
    "prints only what is safe for a terminal, and only about existing images",
    [hostileReading],
    ([directory]) => {
      for (const { disks, lost, recoverable, steps } of Salvage.from(directory)) {
        for (const { command = "", file, text } of [...steps, { text: recoverable }, { text: lost }] as typeof steps) {
          for (const line of [text, ...command.split("\n"), ...(file?.content.split("\n") ?? []), file?.path ?? ""]) {
            assert.strictEqual(PrintableText.escape(line), line)
          }
        }
        for (const disk of disks) assert.isDefined(imagesOf(directory, disk))
      }
    }
  )
})
