/** Backup stores written by hand, file by file. */
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"

/** What a directory holds: texts, bytes, links, sparse files of a length, and directories. */
export interface Files {
  readonly [name: string]: string | Uint8Array | { readonly link: string } | { readonly length: number } | Files
}

const isLink = (value: object): value is { readonly link: string } => "link" in value
const isSparse = (value: object): value is { readonly length: number } =>
  typeof (value as { length?: unknown }).length === "number"

/** Writes files under a directory. */
const write = (directory: string, files: Files): void => {
  fs.mkdirSync(directory, { recursive: true })
  for (const [name, value] of Object.entries(files)) {
    const at = path.join(directory, name)
    if (typeof value === "string" || value instanceof Uint8Array) fs.writeFileSync(at, value)
    else if (isLink(value)) fs.symlinkSync(value.link, at)
    else if (isSparse(value)) {
      fs.writeFileSync(at, "")
      fs.truncateSync(at, value.length)
    } else write(at, value)
  }
}

/** Gives a directory with files for as long as `use` runs. */
export const withStore = async <A>(files: Files, use: (root: string) => Promise<A>): Promise<A> => {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "backup-tree-"))
  try {
    write(root, files)
    return await use(root)
  } finally {
    fs.rmSync(root, { recursive: true, force: true })
  }
}

const declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"

/** A uuid that ends in some digits. */
export const uuid = (kind: "a" | "c", digits: string): string =>
  `{${kind === "a" ? "aaaaaaaa" : "cccccccc"}-0000-4000-8000-${digits.padStart(12, "0")}}`

/** The `.metadata` of an environment. */
export const vmItem = (
  id: string,
  name: string,
  options: { readonly vmType?: number; readonly version?: number } = {}
) =>
  `${declaration}<VmItem dyn_lists="BackupItem 0" schemaVersion="1.0">
 <VmType>${options.vmType ?? 0}</VmType>
 <Uuid>${id}</Uuid>
 <Name>${name}</Name>
 <Version>${options.version ?? 5}</Version>
</VmItem>
`

interface Item {
  readonly day?: number
  readonly images?: ReadonlyArray<string>
}

const fields = (id: string, number: number, item: Item, type: string): string => {
  const day = String(item.day ?? number).padStart(2, "0")
  const images = item.images ?? [imageName(number)]
  return ` <Id>${id}</Id>
 <Host>hn1.example.com</Host>
 <ServerUuid>{7c1f0a52-3d0e-4b6c-9d4e-51a3b2c4d6e8}</ServerUuid>
 <DateTime>2024-03-${day} 02:00:00</DateTime>
 <Creator>root</Creator>
 <Size>1024</Size>
 <Type>${type}</Type>
 <Description></Description>
${images.map((image) => ` <TibFileList>${image}</TibFileList>\n`).join("")} <OriginalSize>0</OriginalSize>
 <BundlePermissions>30464</BundlePermissions>
`
}

/** The name of the image of an item. */
export const imageName = (number: number): string => number === 1 ? "root.hdd.qcow2" : `root.hdd.${number}.qcow2`

/** The `.metadata` of a full backup; one whose number is not 1 was promoted, and has no letter. */
export const head = (
  chain: string,
  options: Item & { readonly number?: number; readonly lastNumber?: number } = {}
) => {
  const number = options.number ?? 1
  return `${declaration}<BackupItem dyn_lists="TibFileList PartialBackupItem 0" schemaVersion="1.0">
 <Uuid>${chain}</Uuid>
${fields(number === 1 ? chain : `${chain}.${number}`, number, options, number === 1 ? "f" : "")} <Flags>2048</Flags>
 <LastNumber>${options.lastNumber ?? 0}</LastNumber>
 <BackupDisks dyn_lists="BackupDisk 0"/>
</BackupItem>
`
}

/** The `.metadata` of an incremental. */
export const link = (chain: string, number: number, options: Item = {}) =>
  `${declaration}<PartialBackupItem dyn_lists="TibFileList" schemaVersion="1.0">
 <Number>${number}</Number>
${fields(`${chain}.${number}`, number, options, "i")} <Flags>4096</Flags>
 <BackupDisks dyn_lists="BackupDisk 0"/>
</PartialBackupItem>
`

/** A configuration with one disk of 10 GiB, or with none. */
export const config = (disks = 1) =>
  `${declaration}<ParallelsVirtualMachine dyn_lists="" schemaVersion="1.0">
 <Identification dyn_lists="">
  <HomePath>/vz/vmprivate/vm/config.pvs</HomePath>
 </Identification>
 <Hardware dyn_lists="Hdd ${disks}">
${
    disks === 0 ? "" : `  <Hdd id="0" dyn_lists="">
   <Enabled>1</Enabled>
   <EmulatedType>1</EmulatedType>
   <StorageURL></StorageURL>
   <InterfaceType>2</InterfaceType>
   <DiskType>1</DiskType>
   <SystemName>/vz/vmprivate/vm/root.hdd/</SystemName>
   <Size>10240</Size>
   <Encryption dyn_lists="">
    <KeyId></KeyId>
   </Encryption>
  </Hdd>
`
  } </Hardware>
</ParallelsVirtualMachine>
`

/** The first bytes of a qcow2 image of 10 GiB. */
export const image = (
  backingFile?: string,
  { nameAt = 200, tableAt }: { readonly nameAt?: number; readonly tableAt?: number } = {}
): Uint8Array => {
  const name = Buffer.from(backingFile ?? "")
  const bytes = Buffer.alloc(Math.max(512, nameAt + name.length))
  bytes.write("QFI\u00fb", 0, "latin1")
  bytes.writeUInt32BE(3, 4)
  if (name.length > 0) {
    bytes.writeBigUInt64BE(BigInt(nameAt), 8)
    bytes.writeUInt32BE(name.length, 16)
    name.copy(bytes, nameAt)
  }
  bytes.writeUInt32BE(16, 20)
  if (tableAt !== undefined) {
    bytes.writeUInt32BE(1, 36)
    bytes.writeBigUInt64BE(BigInt(tableAt), 40)
  }
  bytes.writeBigUInt64BE(10_240n * 1_048_576n, 24)
  return bytes
}

/** A chain of some numbers without a fault: the first of them is the full backup. */
export const chain = (
  id: string,
  numbers: ReadonlyArray<number> = [1, 2, 3]
): { readonly [name: string]: Files[string] } => {
  const [first = 1, ...rest] = numbers
  const lastNumber = numbers.at(-1) ?? 1
  return {
    [first === 1 ? "base" : String(first)]: {
      ".metadata": head(id, { number: first, lastNumber: lastNumber === 1 ? 0 : lastNumber }),
      "config.pvs": config()
    },
    [imageName(first)]: image(),
    ...Object.fromEntries(rest.flatMap((number, index) => [
      [String(number), { ".metadata": link(id, number), "config.pvs": config() }],
      [imageName(number), image(imageName(numbers[index]!))]
    ]))
  }
}
