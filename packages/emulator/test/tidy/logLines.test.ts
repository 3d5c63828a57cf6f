import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import { readText } from "../support/documents.ts"
import { rows, sorted } from "../support/observability.ts"

describe("the document about observability", () => {
  it("lists the log lines that there are, by level", () => {
    const folders = ["packages/io/src", "packages/emulator/src"]
    const lines = folders.flatMap((folder) =>
      fs.readdirSync(new URL(`../../../../${folder}`, import.meta.url), { encoding: "utf8", recursive: true })
        .filter((path) => path.endsWith(".ts"))
        .flatMap((path) =>
          [...readText(`${folder}/${path}`).matchAll(/Effect\.log(\w*)\(\s*["`]([^"`]*)["`]/g)].map(([, level, text]) =>
            `${level!.replace("Warning", "Warn")} ${text!.replaceAll(/\$\{[^}]*\}/g, "…")}`
          )
        )
    )
    assert.isNotEmpty(lines)
    assert.deepStrictEqual(
      sorted(lines),
      sorted(rows("Log lines").map(([level, text]) => `${level![0]} ${text![0]}`))
    )
  })
})
