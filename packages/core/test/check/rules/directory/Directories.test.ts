import * as Arbitraries from "@backup-tree/testing/Arbitraries"
import { assert, describe, it } from "@effect/vitest"
import type { DirectoryReading, ReadChain } from "../../../../src/directory/DirectoryReading.ts"
import * as BackupListing from "../../../../src/listing/BackupListing.ts"
import * as BackupTreeRequest from "../../../../src/sdk/BackupTreeRequest.ts"
import { brief, findingsOf, head, link, ruleOf } from "../../../support/findings.ts"
import { hostileReading } from "../../../support/readingArbitraries.ts"
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
  withFiles,
  withItem
} from "../../../support/readings.ts"
import { chainX, chainY, fetchedAt, full, source, stranger, web } from "../../../support/treeLiterals.ts"

const check = (directory: DirectoryReading) => findingsOf(directoryListing(directory))
const found = (directory: DirectoryReading) => check(directory).map(({ path, rule }) => `${rule} ${path}`)
const foundIn = (chain: ReadChain) => found(readingOf(chain))
const brieflyIn = (chain: ReadChain) => check(readingOf(chain)).map(brief)

describe("a healthy directory", () => {
  it.each([
    ["three backups of two disks", readChain()],
    ["a gap that a merge left", readChain({ numbers: [1, 4, 7] })],
    ["a promoted head", readChain({ numbers: [3, 4] })],
    ["no disks", readChain({ disks: [] })],
    ["one backup", readChain({ numbers: [1] })],
    ["names that meet", readChain({ disks: ["a.hdd", "/vz/a.hdd"] })],
    ["images of the archiver", readChain({ format: "tib" })]
  ])("has nothing to warn of: %s", (_, chain) => {
    const version = chain.files.has("a.hdd.tib") ? 3 : 5
    const environment = readEnvironment([chain], {
      metadata: { uuid: web, name: "web01", vmType: 0, version, kept: [] }
    })
    assert.deepStrictEqual(found(reading([environment])).filter((finding) => !finding.startsWith("I11")), [])
  })

  it("is needed by rules of scope D only", () => {
    const directory = readingOf(withFiles(readChain(), { "a.hdd.2.qcow2": undefined }), [
      skip(inChainX("x.tmp"), "temp-file"),
      skip("lost+found", "not-uuid")
    ])
    const { directory: _, ...bare } = directoryListing(directory)
    assert.deepStrictEqual(findingsOf(bare), [])
    for (const { rule } of check(directory)) assert.strictEqual(ruleOf(rule)?.scope, "D")
  })
})

describe("I02, names of directories", () => {
  it("match the uuids in the metadata, byte by byte", () => {
    const chain = readChain()
    assert.deepStrictEqual(check(reading([readEnvironment([chain], { directory: stranger })])).map(brief), [
      ["I02", "error", "VmItem[1]", `environment "${web}" is in directory "${stranger}"`]
    ])
    assert.deepStrictEqual(check(readingOf({ ...chain, directory: chainX.toUpperCase() })).map(brief), [
      [
        "I02",
        "error",
        head,
        `chain "${chainX}" is in directory "${chainX.toUpperCase()}", a different spelling of its uuid`
      ]
    ])
  })
})

describe("I08, numbers of directories", () => {
  it("match the metadata", () => {
    const chain = withItem(readChain(), 3, (item) => ({ ...item, number: 5, directory: "5" }))
    assert.deepStrictEqual(brieflyIn(chain), [
      ["I08", "error", link(2), `backup ${chainX}.3 has number 3, but is in directory "5"`]
    ])
    const promoted = withItem(readChain({ numbers: [3, 4] }), 3, (item) => ({ ...item, number: 1, directory: "base" }))
    assert.deepStrictEqual(foundIn(promoted), [`I08 ${head}`])
  })

  it("are not compared where the head's is not known", () => {
    const chain = withItem(readChain({ numbers: [1] }), 1, (item) => {
      const backup = full(`${chainX}.junk`)
      return { ...item, described: backup, content: { _tag: "Head", uuid: chainX, lastNumber: 0, backup } }
    })
    assert.deepStrictEqual(foundIn(withFiles({ ...chain, files: new Map() }, {})), [`I04 ${head}`])
  })
})

describe("I36, images that are there", () => {
  it("are files of the chain directory that are not empty", () => {
    assert.deepStrictEqual(brieflyIn(withFiles(readChain(), { "a.hdd.2.qcow2": undefined })), [
      ["I36", "error", link(1), `image "a.hdd.2.qcow2" of backup ${chainX}.2 is missing from "${web}/${chainX}"`]
    ])
    assert.deepStrictEqual(
      brieflyIn(withFiles(readChain(), { "b.hdd.qcow2": { size: 0n, isCut: false, header: undefined } })),
      [
        ["I36", "error", head, `image "b.hdd.qcow2" of backup ${chainX} is empty in "${web}/${chainX}"`]
      ]
    )
    const cut = withFiles(readChain(), { "a.hdd.2.qcow2": qcow2("a.hdd.qcow2", { isCut: true }) })
    assert.deepStrictEqual(brieflyIn(cut), [
      ["I36", "error", link(1), `image "a.hdd.2.qcow2" of backup ${chainX}.2 is truncated in "${web}/${chainX}"`]
    ])
    const tib = readChain({ format: "tib", numbers: [1] })
    assert.include(foundIn(withFiles(tib, { "b.hdd.tib": undefined })), `I36 ${head}`)
  })

  it("are looked for by their names between the backups of the archiver, which cannot be merged away", () => {
    const chain = withItem(readChain({ format: "tib", disks: ["a.hdd"] }), 2, () => undefined)
    const told = (one: ReadChain, ...skips: ReadonlyArray<string>) =>
      check(readingOf(one, skips.map((name) => skip(inChainX(name), "unreadable")))).flatMap((
        { message, path, rule }
      ) => rule === "I36" ? [[path, message]] : [])
    assert.deepStrictEqual(told(chain), [])
    const gone = withFiles(chain, { "a.hdd2.tib": undefined })
    assert.deepStrictEqual(told(gone), [
      [link(1), `image "a.hdd2.tib", which backup ${chainX}.3 builds on, is missing from "${web}/${chainX}"`]
    ])
    assert.deepStrictEqual(told(gone, "a.hdd2.tib"), [])
    assert.deepStrictEqual(told(withFiles(chain, { "a.hdd2.tib": { size: 0n, isCut: false, header: undefined } })), [
      [link(1), `image "a.hdd2.tib", which backup ${chainX}.3 builds on, is empty in "${web}/${chainX}"`]
    ])
    // A gap of another chain may be a merge.
    const merged = withItem(readChain({ disks: ["a.hdd"] }), 2, () => undefined)
    assert.deepStrictEqual(
      told(withFiles(merged, { "a.hdd.2.qcow2": undefined, "a.hdd.3.qcow2": qcow2("a.hdd.qcow2") })),
      []
    )
  })

  it("are looked for in hidden backups too, and reported once", () => {
    const chain = withFiles(withItem(readChain(), 2, unconfigured), { "a.hdd.2.qcow2": undefined })
    const skips = [
      skip(inChainX("2"), "link-config-missing"),
      skip(inChainX("a.hdd.2.qcow2"), "missing-image")
    ]
    const findings = check(readingOf(chain, skips))
    assert.deepStrictEqual(findings.filter(({ rule }) => rule !== "I11").map(brief), [
      [
        "I36",
        "error",
        head,
        `image "a.hdd.2.qcow2" of backup ${chainX}.2 is missing from "${web}/${chainX}"; the server does not list this backup`
      ],
      [
        "link-config-missing",
        "error",
        head,
        `incremental "${inChainX("2")}" has no readable configuration`
      ]
    ])
  })

  it("are not reported as gone if they could not be read", () => {
    const chain = withFiles(readChain(), { "a.hdd.3.qcow2": undefined })
    const skips = [skip(inChainX("a.hdd.3.qcow2"), "outside-root")]
    assert.deepStrictEqual(found(readingOf(chain, skips)), [`outside-root ${head}`])
  })
})

describe("I37, backing files", () => {
  it("are the images of the same disks in the backup before", () => {
    const with2 = (backingFile: string | undefined) =>
      brieflyIn(withFiles(readChain(), { "a.hdd.2.qcow2": qcow2(backingFile) }))
    const image = `image "a.hdd.2.qcow2" of backup ${chainX}.2`
    assert.deepStrictEqual(with2("./a.hdd.qcow2"), [])
    const faults = [
      [undefined, "has no backing file; expected \"a.hdd.qcow2\""],
      ["b.hdd.qcow2", "has backing file \"b.hdd.qcow2\"; expected \"a.hdd.qcow2\""],
      ["a.hdd.2.qcow2", "has backing file \"a.hdd.2.qcow2\"; expected \"a.hdd.qcow2\""],
      ["gone", "has backing file \"gone\"; expected \"a.hdd.qcow2\", and \"gone\" is missing"],
      ["../a.hdd.qcow2", "has backing file \"../a.hdd.qcow2\", which is not in its chain directory"],
      ["nbd:a.hdd.qcow2", "has backing file \"nbd:a.hdd.qcow2\", which is not in its chain directory"],
      [
        "/old/a.hdd.qcow2",
        "has backing file \"/old/a.hdd.qcow2\", which is not in its chain directory; the store or the image may have been moved"
      ]
    ] as const
    for (const [backingFile, fault] of faults) {
      assert.deepStrictEqual(with2(backingFile), [["I37", "error", link(1), `${image} ${fault}`]])
    }
  })

  it("are none for a head", () => {
    assert.deepStrictEqual(brieflyIn(withFiles(readChain(), { "b.hdd.qcow2": qcow2("x") })), [
      [
        "I37",
        "error",
        head,
        `image "b.hdd.qcow2" of backup ${chainX} has backing file "x", but belongs to the full backup`
      ]
    ])
    const promoted = withFiles(readChain({ numbers: [3, 4] }), { "a.hdd.3.qcow2": qcow2("a.hdd.2.qcow2") })
    assert.deepStrictEqual(foundIn(promoted), [`I37 ${head}`])
  })

  it("may be absolute if they lead to the directory of the chain, and are reported once for each chain", () => {
    const at = `/vz/vmprivate/backups/${web}/${chainX}`
    const chain = withFiles(readChain(), {
      "a.hdd.2.qcow2": qcow2(`${at}/a.hdd.qcow2`),
      "b.hdd.2.qcow2": qcow2(`${at}/b.hdd.qcow2`)
    })
    assert.deepStrictEqual(brieflyIn(chain), [[
      "absolute-backing-file",
      "warning",
      head,
      `2 images have an absolute backing path, so the chain can be restored only while it is in "${at}", but it is in `
      + `"/mnt/backups/${web}/${chainX}"`
    ]])
    const there = check({ ...readingOf(chain), root: "/vz/vmprivate/backups" })
    assert.deepStrictEqual(there.map(({ message, severity }) => [severity, message]), [[
      "info",
      `2 images have an absolute backing path, so the chain can be restored only while it is in "${at}", as it is now`
    ]])
    const wrong = withFiles(readChain(), { "a.hdd.2.qcow2": qcow2(`${at}/b.hdd.qcow2`) })
    assert.deepStrictEqual(check(readingOf(wrong)).map(({ rule }) => rule), ["I37", "absolute-backing-file"])
  })

  it("are reported if a hidden image builds on a missing one", () => {
    const told = (chain: ReadChain, ...skips: ReadonlyArray<string>) =>
      check(readingOf(chain, skips.map((name) => skip(inChainX(name), "unreadable")))).flatMap(({ message, rule }) =>
        rule === "I37" ? [message] : []
      )
    const chain = readChain({ disks: ["a.hdd"] })
    const hidden = withItem(chain, 1, undescribed)
    assert.deepStrictEqual(told(hidden), [])
    assert.deepStrictEqual(told(withFiles(hidden, { "a.hdd.qcow2": undefined })), [
      `image "a.hdd.2.qcow2" in "${web}/${chainX}" has backing file "a.hdd.qcow2", which is missing; the server does not list it`
    ])
    assert.deepStrictEqual(told(withFiles(hidden, { "a.hdd.qcow2": undefined }), "a.hdd.qcow2"), [])
    const last = withItem(chain, 3, unconfigured)
    assert.deepStrictEqual(told(last), [])
    assert.deepStrictEqual(told(withFiles(last, { "a.hdd.3.qcow2": { size: 5n, isCut: false, header: undefined } })), [
      `image "a.hdd.3.qcow2" in "${web}/${chainX}" is not a qcow2 image, so it has no backing file; the server does not list it`
    ])
    const hiddenImage = `image "a.hdd.3.qcow2" in "${web}/${chainX}" has backing file`
    for (
      const [files, fault] of [
        [{ "a.hdd.2.qcow2": qcow2("a.hdd.qcow2", { isCut: true }) }, "\"a.hdd.2.qcow2\", which is incomplete"],
        [
          { "a.hdd.3.qcow2": qcow2("x"), x: { size: 9n, isCut: false, header: undefined } },
          "\"x\", which leads nowhere"
        ],
        [{ "a.hdd.3.qcow2": qcow2("a.hdd.3.qcow2") }, "\"a.hdd.3.qcow2\", which is not in its chain directory"]
      ] as const
    ) {
      const message = told(withFiles(last, files)).find((message) => message.startsWith("image \"a.hdd.3"))
      assert.include(message ?? "", `${hiddenImage} ${fault}`)
    }
    // An empty or incomplete image is a fault of its own.
    assert.deepStrictEqual(told(withFiles(last, { "a.hdd.3.qcow2": qcow2("gone", { isCut: true }) })), [])
    assert.deepStrictEqual(told(withFiles(last, { "a.hdd.3.qcow2": qcow2("../x") })), [
      `image "a.hdd.3.qcow2" in "${web}/${chainX}" has backing file "../x", which is not in its chain directory; the server `
      + "does not list it"
    ])
  })

  it("are not judged where what lies between could not be looked at", () => {
    const chain = withFiles(withItem(readChain({ disks: ["a.hdd"] }), 2, undescribed), { "a.hdd.2.qcow2": undefined })
    const unread = check(readingOf(chain, [skip(inChainX("a.hdd.2.qcow2"), "unreadable")]))
    assert.notInclude(unread.map(({ rule }) => rule), "I37")
  })

  it("are judged once where two directories have one number", () => {
    const chain = readChain()
    const twice = { ...chain, items: chain.items.flatMap((item) => item.number === 3 ? [item, { ...item }] : [item]) }
    assert.notInclude(check(readingOf(twice)).map(({ rule }) => rule), "I37")
  })

  it("may lie between two backups, where the metadata of one is lost", () => {
    for (
      const chain of [
        withItem(readChain(), 2, undescribed),
        withItem(readChain(), 2, () => undefined)
      ]
    ) {
      assert.deepStrictEqual(foundIn(chain), [`I11 ${head}`])
      const astray = withFiles(chain, { "a.hdd.2.qcow2": qcow2("b.hdd.qcow2") })
      assert.include(foundIn(astray), `I37 ${link(1)}`)
      const round = withFiles(chain, { "a.hdd.2.qcow2": qcow2("a.hdd.2.qcow2") })
      assert.include(foundIn(round), `I37 ${link(1)}`)
      assert.include(foundIn(withFiles(chain, { "a.hdd.2.qcow2": undefined })), `I37 ${link(1)}`)
      const cut = qcow2("a.hdd.qcow2", { isCut: true })
      assert.include(foundIn(withFiles(chain, { "a.hdd.2.qcow2": cut })), `I37 ${link(1)}`)
    }
  })

  it("are judged by the backup before, be it in the tree or not", () => {
    const chain = withItem(readChain(), 2, unconfigured)
    assert.deepStrictEqual(foundIn(chain), [`I11 ${head}`])
    assert.include(foundIn(withFiles(chain, { "a.hdd.3.qcow2": qcow2("a.hdd.qcow2") })), `I37 ${link(1)}`)
  })

  it("are those of qcow2 images", () => {
    const chain = withFiles(readChain(), { "a.hdd.2.qcow2": { size: 5n, isCut: false, header: undefined } })
    assert.deepStrictEqual(brieflyIn(chain), [
      [
        "I37",
        "error",
        link(1),
        `image "a.hdd.2.qcow2" of backup ${chainX}.2 is not a qcow2 image, so it has no backing file`
      ]
    ])
    const skips = [skip(inChainX("a.hdd.2.qcow2"), "unreadable")]
    assert.deepStrictEqual(found(readingOf(chain, skips)), [`unreadable ${head}`])
  })

  it("are those of disks in their order, one that came later has none", () => {
    const two = readChain({ numbers: [1, 2] })
    const grown = withItem(two, 1, (item) => {
      const backup = { ...item.described!, images: ["a.hdd.qcow2"], _tag: "FullBackup" as const }
      return { ...item, described: backup, content: { _tag: "Head", uuid: chainX, lastNumber: 2, backup } }
    })
    const of37 = (chain: ReadChain) => foundIn(chain).filter((finding) => finding.startsWith("I37"))
    assert.deepStrictEqual(of37(withFiles(grown, { "b.hdd.2.qcow2": qcow2(undefined) })), [])
    assert.deepStrictEqual(of37(grown), [`I37 ${link(1)}`])
  })
})

describe("I38, leftovers", () => {
  it("are reported one by one, each with its path", () => {
    const skips = [
      skip(inChainX("old.qcow2"), "orphan-image"),
      skip(inChainX("4"), "link-without-metadata", "an incremental may be running"),
      skip(inChainX("4/.metadata.libprlcommon_tmp.{x}"), "temp-file"),
      skip(`${web}/${chainY}/base`, "base-without-metadata")
    ]
    const second: ReadChain = { ...readChain({ uuid: chainY }), items: [], files: new Map() }
    assert.deepStrictEqual(check(reading([readEnvironment([readChain(), second])], skips)).map(brief), [
      ["I38", "info", head, `"${inChainX("old.qcow2")}" belongs to no backup`],
      [
        "I38",
        "info",
        head,
        `"${inChainX("4")}" is an incremental without metadata: an incremental may be running`
      ],
      ["I38", "info", head, `"${inChainX("4/.metadata.libprlcommon_tmp.{x}")}" is a temporary file`],
      ["I38", "info", "VmItem[1]", `"${web}/${chainY}/base" is a full backup without metadata`]
    ])
  })

  it("say what is backed by them", () => {
    const chain = withItem(readChain({ disks: ["a.hdd"] }), 2, () => undefined)
    const skips = [skip(inChainX("a.hdd.2.qcow2"), "orphan-image")]
    assert.deepStrictEqual(
      check(readingOf(chain, skips)).filter(({ rule }) => rule === "I38").map(({ message }) => message),
      [`"${inChainX("a.hdd.2.qcow2")}" belongs to no backup, but is the backing file of "a.hdd.3.qcow2"`]
    )
  })

  it("are no metadata of a backup that was stored", () => {
    const link2 = skip(inChainX("2"), "link-without-metadata")
    const ruleOf = (chain: ReadChain, one = link2) =>
      check(readingOf(chain, [one])).map(({ rule }) => rule).filter((rule) =>
        !["I09", "I11", "empty-answer"].includes(rule)
      )
    // A later one is there.
    assert.deepStrictEqual(ruleOf(withItem(readChain(), 2, () => undefined)), ["link-without-metadata"])
    // LastNumber knows of it.
    const last = withItem(readChain({ numbers: [1, 2] }), 2, () => undefined)
    assert.deepStrictEqual(ruleOf(last), ["link-without-metadata"])
    // LastNumber does not, be it of this time or not.
    const first = readChain({ numbers: [1] })
    assert.deepStrictEqual(ruleOf(first), ["I38"])
    assert.deepStrictEqual(
      ruleOf(withItem(first, 1, (item) => {
        const backup = { ...full(chainX), flags: 0 }
        return { ...item, content: { _tag: "Head", uuid: chainX, lastNumber: 0, backup } }
      })),
      ["I38"]
    )
    const base = skip(inChainX("base"), "base-without-metadata")
    assert.deepStrictEqual(ruleOf(withItem(readChain(), 1, undescribed), base), ["base-without-metadata"])
    assert.deepStrictEqual(ruleOf(withItem(readChain({ numbers: [1] }), 1, undescribed), base), ["I38"])
  })
})

describe("I39, empty chain directories", () => {
  it("are reported", () => {
    const second: ReadChain = { ...readChain({ uuid: chainY }), items: [], files: new Map() }
    const skips = [skip(`${web}/${chainY}`, "chain-empty")]
    const [finding, ...more] = check(reading([readEnvironment([readChain(), second])], skips))
    assert.deepStrictEqual(more, [])
    assert.deepStrictEqual(brief(finding!), [
      "I39",
      "warning",
      "VmItem[1]",
      `chain directory "${web}/${chainY}" contains no backup`
    ])
    assert.deepStrictEqual(finding!.subject, { environment: web, name: "web01", chain: chainY })
  })
})

describe("the other skips", () => {
  const reasons = [
    ["not-uuid", "info", "directory @ does not have a uuid as its name"],
    ["vm-metadata-missing", "info", "environment @ has no .metadata"],
    ["vm-metadata-invalid", "error", "the .metadata of environment @ cannot be read"],
    ["no-chains", "warning", "environment @ has no chain that a server lists"],
    ["chain-unreadable", "warning", "chain directory @ cannot be listed"],
    ["head-invalid", "error", "@ does not describe a full backup"],
    ["head-config-missing", "error", "full backup @ has no readable configuration"],
    ["link-invalid", "error", "@ does not describe an incremental"],
    ["link-config-missing", "error", "incremental @ has no readable configuration"],
    ["number-duplicate", "warning", "@ has the same number as another directory"],
    ["outside-root", "warning", "the link @ leads out of the backup directory, or in a circle"],
    ["not-a-file", "warning", "@ is neither a file nor a directory"],
    ["unreadable", "warning", "@ cannot be read"]
  ] as const

  it.each(reasons)("%s is a finding of that name", (reason, severity, text) => {
    const [finding, ...more] = check(readingOf(readChain(), [skip("a\u202eb", reason, "c\u001b[2J")]))
    assert.deepStrictEqual(more, [])
    const [rule, worst, path, message] = brief(finding!)
    assert.deepStrictEqual([rule, worst, path], [reason, severity, "BackupTree"])
    assert.strictEqual(message, `${text.replace("@", "\"a\\u{202e}b\"")}: c\\e[2J`)
  })

  it("are errors if they hide backups", () => {
    const severities = (directory: DirectoryReading) =>
      check(directory).filter(({ rule }) => rule !== "empty-answer").map(({ rule, severity }) => `${rule} ${severity}`)
    const hidden = readEnvironment([readChain()], { metadata: undefined })
    assert.deepStrictEqual(severities(reading([hidden], [skip(web, "vm-metadata-missing")])), [
      "vm-metadata-missing error"
    ])
    const renamed = readEnvironment([readChain()], { directory: "web01.old" })
    assert.deepStrictEqual(severities(reading([renamed], [skip("web01.old", "not-uuid")])), ["not-uuid error"])
    const chain = { ...readChain(), directory: "copy" }
    assert.deepStrictEqual(severities(reading([readEnvironment([chain])], [skip(`${web}/copy`, "not-uuid")])), [
      "not-uuid error"
    ])
  })

  it("are no faults of copies that lie beside what they are of", () => {
    const severities = (directory: DirectoryReading) =>
      check(directory).flatMap(({ rule, severity }) => rule === "not-uuid" ? [severity] : [])
    const copy = { ...readChain(), directory: "copy" }
    assert.deepStrictEqual(
      severities(reading([readEnvironment([readChain(), copy])], [skip(`${web}/copy`, "not-uuid")])),
      ["info"]
    )
    const old = readEnvironment([readChain()], { directory: "web01.old" })
    const directory = reading([readEnvironment([readChain()]), old], [skip("web01.old", "not-uuid")])
    assert.deepStrictEqual(severities(directory), ["info"])
    // What stands under its name lacks an image, or a backup: this may be all that there is.
    for (
      const namesake of [
        withFiles(readChain(), { "a.hdd.3.qcow2": undefined }),
        withItem(readChain(), 3, () => undefined)
      ]
    ) {
      assert.deepStrictEqual(
        severities(reading([readEnvironment([namesake, copy])], [skip(`${web}/copy`, "not-uuid")])),
        ["error"]
      )
      assert.deepStrictEqual(
        severities(reading([readEnvironment([namesake]), old], [skip("web01.old", "not-uuid")])),
        ["error"]
      )
    }
  })

  it("name what is hidden, where the tree does not hold it", () => {
    const hidden = readEnvironment([readChain({ uuid: chainY })], { directory: stranger, metadata: undefined })
    const directory = reading([readEnvironment([readChain()]), hidden], [skip(stranger, "vm-metadata-invalid")])
    assert.deepStrictEqual(check(directory).map(({ place, subject }) => ({ place, subject })), [
      { place: {}, subject: { environment: stranger, name: "web01", chain: undefined } }
    ])
  })
})

describe("a request for part of a directory", () => {
  const other = readEnvironment([readChain({ uuid: chainY })], {
    directory: stranger,
    metadata: { uuid: stranger, name: "db", vmType: 2, version: 5, kept: [] }
  })
  const directory = reading([readEnvironment([readChain()]), other], [
    skip(inChainX("a.tmp"), "temp-file"),
    skip(`${stranger}/${chainY}/b.tmp`, "temp-file"),
    skip(stranger, "unreadable"),
    skip("lost+found", "not-uuid")
  ])
  const asked = (subject: BackupTreeRequest.Subject, kinds: BackupTreeRequest.Kinds = "vm+ct") =>
    findingsOf(BackupListing.fromResponse({
      tree: directoryListing(directory).tree,
      notes: [],
      request: { ...BackupTreeRequest.everything, subject, kinds },
      source,
      fetchedAt,
      directory
    })).filter(({ rule }) => rule !== "I35").map(({ message, rule }) =>
      `${rule} ${/"(?:[^"]*\/)?([^"/]+)"/.exec(message)![1]}`
    )

  it("has findings about the requested parts only", () => {
    assert.deepStrictEqual(asked({ _tag: "Everything" }), [
      "I38 a.tmp",
      "I38 b.tmp",
      "not-uuid lost+found",
      `unreadable ${stranger}`
    ])
    assert.deepStrictEqual(asked({ _tag: "Everything" }, "vm"), ["I38 a.tmp", "not-uuid lost+found"])
    assert.deepStrictEqual(asked({ _tag: "Everything" }, "ct"), [
      "I38 b.tmp",
      "not-uuid lost+found",
      `unreadable ${stranger}`
    ])
    assert.deepStrictEqual(asked({ _tag: "Environment", uuid: web }), ["I38 a.tmp"])
    assert.deepStrictEqual(asked({ _tag: "Chain", id: `${chainY}.2` }), ["I38 b.tmp", `unreadable ${stranger}`])
    assert.deepStrictEqual(asked({ _tag: "Backup", id: chainX }), ["I38 a.tmp"])
  })
})

describe("laws about directories", () => {
  it.prop(
    "whatever a reading holds, it can be checked, and every finding names a rule",
    [hostileReading],
    ([directory]) => {
      for (const { place, rule } of check(directory)) {
        assert.isDefined(ruleOf(rule))
        if (place.environment !== undefined) {
          assert.isDefined(
            directoryListing(directory).tree.environments[place.environment]
          )
        }
      }
    }
  )

  it.prop("every skip except a missing image is reported once", [hostileReading], ([directory]) => {
    const told = check(directory).filter(({ rule }) => ruleOf(rule)?.scope === "D")
    const fromSkips = told.filter(({ rule }) => !["I02", "I08", "I36", "I37", "absolute-backing-file"].includes(rule))
    const known = directory.skips.filter(({ reason }) => reason !== "missing-image").length
    assert.strictEqual(fromSkips.length, known)
  })

  it.prop(
    "a listing that was not read from a directory has no finding of scope D",
    [Arbitraries.listing],
    ([listing]) => {
      for (const { rule } of findingsOf(listing)) assert.notStrictEqual(ruleOf(rule)?.scope, "D")
    }
  )
})
