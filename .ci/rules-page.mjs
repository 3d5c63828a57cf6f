// Writes the page about all rules. A test compares the file with the rules.
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { rulesPage } from "../packages/formats/test/support/rulesPage.ts"

writeFileSync(join(import.meta.dirname, "../docs/rules.md"), rulesPage())
