import * as BackupTreeXml from "@backup-tree/core/BackupTreeXml"
import * as XmlElement from "@backup-tree/core/XmlElement"
import * as XmlScanner from "@backup-tree/core/XmlScanner"
import * as FXP from "./packages/core/src/internal/fastXmlParser.ts"
import * as BackupTree from "@backup-tree/core/BackupTree"
import * as Schema from "effect/Schema"
import * as fs from "node:fs"
const one = fs.readFileSync("packages/core/test/fixtures/05-two-chains.xml", "utf8")
const body = one.slice(one.indexOf("\n")+1, one.lastIndexOf("</BackupTree>"))
const n = Math.round(20e6/body.length)
const doc = `<BackupTree dyn_lists="VmItem ${n}" id="-1">\n` + body.repeat(n) + "</BackupTree>\n"
const flat = Buffer.from(doc).toString()
console.log("MB", flat.length/1e6, "vms", n)
const t = (name: string, f: () => any) => { const a = performance.now(); const r = f(); console.log(name, (performance.now()-a).toFixed(0), "ms", (flat.length/1e3/(performance.now()-a)).toFixed(1), "MB/s"); return r }
for (let i=0;i<3;i++) {
  const s = t("scan", () => XmlScanner.make().scan(flat, true))
  t("scan refuse", () => XmlScanner.make({forbiddenCharacters:"refuse"}).scan(flat, true))
  t("fxp", () => FXP.read(flat, (s as any).success.edits))
  const root = t("parse", () => XmlElement.parse(flat)) as any
  const d = t("fromElement", () => BackupTreeXml.fromElement(root.success, {mode:"tolerant"})) as any
  t("fromElement strict", () => BackupTreeXml.fromElement(root.success, {mode:"strict"})) as any
  const e = t("encode", () => BackupTreeXml.encode(d.success.tree))
  console.log(e === flat, d.success.notes.length, process.memoryUsage().rss/1e6|0)
}
