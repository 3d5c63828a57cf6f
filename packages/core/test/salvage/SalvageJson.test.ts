import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as Salvage from "../../src/salvage/Salvage.ts"
import * as SalvageJson from "../../src/salvage/SalvageJson.ts"
import { hostileReading } from "../support/readingArbitraries.ts"
import { readChain, readingOf, unconfigured, withItem } from "../support/readings.ts"
import { assertStored } from "../support/stored.ts"
import { chainX, web } from "../support/treeLiterals.ts"

describe("a salvage as JSON", () => {
  it("has its names in their order, null for what is not there, and decimals", () => {
    const hidden = withItem(readChain({ disks: ["a.hdd"] }), 1, unconfigured)
    const [entry] = Salvage.from(readingOf(hidden))
    const json = SalvageJson.encode({
      ...entry!,
      environment: { directory: web, name: undefined },
      steps: [{ text: "Do." }]
    })
    assert.strictEqual(
      JSON.stringify(
        { ...json, lost: "", kept: "" },
        (_, value: unknown) => typeof value === "bigint" ? Number(value) : value
      ),
      `{"lost":"","kept":"","path":"${web}/${chainX}/base","missing":"head-configuration","environment":{"directory":`
        + `"${web}","name":null},"disks":[{"directory":"${web}/${chainX}","oldest":"a.hdd.qcow2","newest":`
        + `"a.hdd.3.qcow2","imageCount":3,"isAbsolute":false,"number":3,"virtualSize":68719476736}],"how":[{"text":`
        + "\"Do.\",\"command\":null,\"file\":null}]}"
    )
  })

  it.prop(
    "matches its schema, and the value is the same after it was stored and read",
    [hostileReading],
    ([reading]) => {
      for (const entry of Salvage.from(reading)) {
        assert.isTrue(Schema.is(Salvage.Salvage)(entry))
        assertStored(Salvage.Salvage, entry)
        const json = SalvageJson.encode(entry)
        assert.isTrue(Schema.is(SalvageJson.SalvageJson)(json))
      }
    }
  )
})
