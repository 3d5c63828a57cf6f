// Renames, removes and adds items of a store, again and again, as a server that is at work does; tells of each round.
import * as fs from "node:fs"
import * as path from "node:path"

const [, , root] = process.argv
const chains = fs.readdirSync(root).flatMap((machine) =>
  fs.readdirSync(path.join(root, machine)).filter((name) => name.startsWith("{")).map((name) =>
    path.join(root, machine, name)
  )
)

const steps = [
  (chain) => fs.renameSync(path.join(chain, "3"), path.join(chain, ".away")),
  (chain) => fs.renameSync(path.join(chain, ".away"), path.join(chain, "3")),
  (chain) => {
    const file = path.join(chain, "2", ".metadata")
    const text = fs.readFileSync(file)
    fs.writeFileSync(`${file}.libprlcommon_tmp.{1}`, text)
    fs.rmSync(file)
    fs.renameSync(`${file}.libprlcommon_tmp.{1}`, file)
  },
  (chain) => fs.renameSync(chain, `${chain}.away`),
  (chain) => fs.renameSync(`${chain}.away`, chain),
  (chain) => {
    fs.cpSync(path.join(chain, "2"), path.join(chain, "4"), { recursive: true })
    fs.rmSync(path.join(chain, "4"), { recursive: true })
  }
]

while (true) {
  for (const chain of chains) for (const step of steps) step(chain)
  fs.writeSync(1, ".")
}
