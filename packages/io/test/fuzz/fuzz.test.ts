import { assert, describe, it } from "@effect/vitest"
import * as Corpus from "./corpus.ts"
import * as Differential from "./differential.ts"
import * as Fuzzer from "./fuzzer.ts"
import type { Target } from "./laws.ts"
import * as Targets from "./targets.ts"

// The short run; the long one is `npm run assure`, which also measures time and memory.
const seed = process.env["BACKUP_TREE_SEED"]!
const corpus = Corpus.load()

const run = (target: Target, count: number): Fuzzer.Summary => Fuzzer.run({ target, corpus, seed, from: 0, count })

/** The part of a run's inputs that came to certain places. */
const share = ({ inputs, layers }: Fuzzer.Summary, where: (layer: string) => boolean): number =>
  Fuzzer.reached(layers, where) / inputs

describe("mutated recordings", () => {
  for (const target of Targets.decoders) {
    it(`break no law of ${target.name}`, () => {
      const summary = run(target, 15 * target.share)
      assert.isAbove(summary.layers.size, 1, "the inputs all come equally far")
    })
  }

  it("reach the mapping to a tree, one in five at least", () => {
    const target = Targets.decoders.find(({ name }) => name === "tree-reply")!
    assert.isAtLeast(share(run(target, 1000), Targets.isMapped), 0.2)
  })

  it("have shares that are hundredths of the whole", () => {
    assert.strictEqual(Targets.decoders.reduce((sum, { share }) => sum + share, 0), 100)
  })
})

describe("mutated documents", () => {
  it("are read as a second parser reads them", () => {
    const summary = run(Targets.xml, 2000)
    assert.isAtLeast(share(summary, (layer) => layer === "both accept"), 0.3)
    assert.isAtLeast(share(summary, (layer) => layer === "both refuse"), 0.2)
    // What the parsers are meant to judge otherwise stays the exception.
    assert.isAtMost(share(summary, (layer) => !layer.startsWith("both")), 0.2)
  })
})

describe("the two XML parsers", () => {
  // A document for each intended difference, and the other counts.
  const literals: ReadonlyArray<readonly [text: string, verdict: string, counted?: string]> = [
    ["<a b='c'>d</a>", "both accept"],
    ["<a><b></a>", "both refuse"],
    ["<!DOCTYPE a><a/>", "refused: DOCTYPE"],
    ["<a __proto__=''/>", "refused: a name that is not safe to keep"],
    ["<a><constructor/></a>", "refused: a name that is not safe to keep"],
    ["<a\u1680/>", "refused: U+1680 or U+FEFF in a name"],
    ["<a><?p\ufeff?></a>", "refused: U+1680 or U+FEFF in a name"],
    ["<?xml version='1.1'?><a/>", "refused: a version other than 1.0"],
    ["<?xml version='1.0' encoding='latin1'?><a/>", "refused: a declared encoding other than UTF-8"],
    ["<?xml version='1.0' encoding='utf-8'standalone='no'?><a/>", "refused: no white space before standalone"],
    ["<a>".repeat(65) + "</a>".repeat(65), "refused: deeper than 64"],
    ["<a>".repeat(60_000) + "</a>".repeat(60_000), "both refuse"],
    ["<a xml:space='b'/>", "accepted: a value of xml:space"],
    ["<a b='\u0001'>\u0002\ue000&#xe001;\uffff</a>", "both accept", "carried: raw characters outside XML 1.0"],
    ["<a>b<!---->c</a>", "both accept", "dropped: text behind a comment or an instruction"],
    ["<a> <b/>\n</a>", "both accept", "dropped: white space between elements"]
  ]
  for (const [text, verdict, counted] of literals) {
    it(`${JSON.stringify(text.slice(0, 60))}: ${counted === undefined ? verdict : `${verdict}, ${counted}`}`, () => {
      const counts: Array<string> = []
      assert.strictEqual(Differential.compare(text, (what) => counts.push(what)), verdict)
      assert.deepStrictEqual(counts, counted === undefined ? [] : [counted])
    })
  }
})

describe("an input", () => {
  it("is made from its seed, target and index alone", () => {
    for (const target of [...Targets.decoders, Targets.xml]) {
      const options = { target, corpus, seed, from: 0, count: 0 }
      const inputs = () =>
        Array.from({ length: 20 }, (_, index) => Fuzzer.hexOf(Fuzzer.makeCase(options, 19 - index).input))
      assert.deepStrictEqual(inputs(), inputs())
      // Few changes of a table of nine bytes differ.
      assert.isAbove(new Set(inputs()).size, 1, target.name)
    }
  })

  it("that breaks a law is reported with the command that runs it again", () => {
    const broken: Target = {
      name: "broken",
      share: 0,
      make: (random) => ({
        input: "é",
        check: () => {
          if (random.chance(0.5)) throw new Error("a law")
          return "read"
        }
      })
    }
    const options = { target: broken, corpus, seed: "1", from: 0, count: 100 }
    const message = (() => {
      try {
        return String(Fuzzer.run(options).inputs)
      } catch (cause) {
        return cause instanceof Fuzzer.Finding ? cause.message : String(cause)
      }
    })()
    assert.match(
      message,
      /^a law\n  target broken, seed 1, input (\d+)\n  again: npm run assure -- --seed 1 --target broken --replay \1\n  input \(UTF-16\): 00e9$/
    )
  })
})
