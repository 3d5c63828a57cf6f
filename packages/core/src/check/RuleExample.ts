/**
 * A message of each rule as an example of its findings, for documents and for people who meet a rule.
 *
 * @since 0.2.0
 */
import type { RuleText } from "./Rule.ts"
import type * as RuleTable from "./RuleTable.ts"

const chain = "{0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}"
const web = "{4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10}"
const directory = `${web}/${chain}`

const examples: { readonly [I in RuleTable.Id]: string } = {
  I01: "environment uuid \"4f6a1c2e\" does not have the form {xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}",
  I02: `chain "${chain}" is in directory "{18a92a2a-6b61-4ce5-8f43-3a1ab3ac5bd2}"`,
  I03: `chain uuid ${chain} also appears at VmItem[1]/BackupItem[1]`,
  I04: `the full backup of chain ${chain} has id "${chain}.abc", which does not match`,
  I05: `incremental 3 of chain ${chain} has id "${chain}.4", which does not match`,
  I06: `backup id ${chain}.3 also appears at VmItem[1]/BackupItem[1]/PartialBackupItem[2]`,
  I07: "incremental number 4 follows number 4",
  I08: `backup ${chain}.3 has number 3, but is in directory "5"`,
  I09: "LastNumber is 6, but the greatest number of this newest chain is 5",
  I10: "LastNumber is 4, but the chain contains number 5",
  I11: "the chain is missing number 4",
  I12: "the chain has version 3, but is missing number 2",
  I13: `backup ${chain} has no date`,
  I14: `backup ${chain}.3 is dated 2024-03-02T02:00:07Z, before its predecessor ${chain}.2 (2024-03-03T02:00:05Z)`,
  I15: "full backup date 2024-03-02T02:00:07Z also appears at VmItem[1]/BackupItem[1]",
  I16: `backup ${chain} is dated 2024-07-05T08:15:07Z, but the current time is 2024-03-10T02:00:00Z`,
  I17: `backup ${chain} has type "i"; expected "f"`,
  I18: `backup ${chain} has the flags 0x1c, but not PBT_FULL`,
  I19: `backup ${chain} has size 0`,
  I20: `backup ${chain}.2 has a size of 3212124005138080580 bytes`,
  I21: `backup ${chain}.4 has 2 disks, but no image`,
  I22: `backup ${chain}.2 has the images "a.hdd.2.qcow2", but its disks are "a.hdd.3.qcow2"`,
  I23: "the name of image \"a.hdd.3.qcow2\" does not match number 2",
  I24: `image "a.hdd.qcow2" also belongs to backup ${chain}`,
  I25: "the chain contains \"a.hdd.tib\" and \"b.hdd.qcow2\"",
  I26: "the version is 5, but all images are .tib",
  I27: "the environment has the unknown VmType 4",
  I28: "the environment has no backup",
  I29:
    `disk 1 of backup ${chain}.3 is "root.hdd" (0 bytes), but in its full backup it is "root.hdd" (10737418240 bytes)`,
  I30: `the backups of the chain come from "hn1.example.com" (${web}), "hn2.example.com" (${web})`,
  I31: "the backups of the chain were created by \"root\", \"admin\"",
  I32: `disk "harddisk.hdd" of backup ${chain}.3 has key "2", but in its full backup it has ""`,
  I33: "Description contains U+FFFF, which XML 1.0 does not allow",
  I34: `the response does not contain the requested backup "${chain}.7"`,
  I35: "the response contains 7 chains, but only one was requested",
  I36: `image "harddisk.hdd.qcow2" of backup ${chain} is missing from "${directory}"`,
  I37: `image "harddisk.hdd.3.qcow2" of backup ${chain}.3 has backing file "harddisk.hdd.qcow2"; expected `
    + "\"harddisk.hdd.2.qcow2\"",
  I38: `"${directory}/harddisk.hdd.8.qcow2" belongs to no backup: no readable backup names it`,
  I39: `chain directory "${directory}" contains no backup: it has no backup`,
  I40: "the newest backup (2024-03-02T02:00:07Z) is 3 days old; the limit is 1 day 2 hours",
  I41: "the chain has 40 backups; the limit is 30",
  I42: `backup "${chain.toUpperCase()}.2" spells the uuid of its chain ${chain} differently`,
  "absolute-backing-file": "an image has an absolute backing path, so the chain can be restored only while it is in "
    + `"/mnt/old-backups/${directory}", but it is in "/mnt/backups/${directory}"`,
  "ambiguous-name": `"web01" (line 3 of the inventory) could be ${web} or {a2c1d8e3-4f50-4b6c-9d7e-8f90a1b2c3d4}`,
  "bad-date": "DateTime is not a valid date: \"2024-02-30 00:00:00\"; the backup is treated as undated",
  "bad-letter": "Type is \"\" instead of \"i\"; the letter is ignored, and the position of the backup decides",
  "base-without-metadata": `full backup "${directory}/base" has no .metadata: its backup is still running, was `
    + "interrupted, or has lost its metadata",
  "chain-unreadable": `chain directory "${directory}" cannot be listed: permission denied`,
  "duplicate-element": "Host appears 2 times; the last one is used",
  "duplicate-entry": `line 4 and line 5 of the inventory name the same machine, ${web}`,
  "early-full": "this full backup follows a chain of 2 backups; usual are 7",
  "empty-answer": "the response contains no backups",
  "empty-inventory": "the inventory names no machine",
  "forbidden-character": "Name contains U+001B, which XML 1.0 does not allow; it is kept",
  "future-date": `a backup of ${web} is dated 2024-08-11T18:15:07Z, but the current time is 2024-07-06T00:00:00Z; its `
    + "age is ignored",
  "head-config-missing": `full backup "${directory}/base" has no readable configuration: it has no config.pvs`,
  "head-invalid": `"${directory}/base" does not describe a full backup: .metadata: the document ends inside a tag`,
  "junk-number": "Size is not a number: \"1 GB\"; it is read as 0",
  "link-config-missing": `incremental "${directory}/2" has no readable configuration: it has no config.pvs`,
  "link-invalid": `"${directory}/2" does not describe an incremental: .metadata describes a BackupItem`,
  "link-without-metadata":
    `incremental "${directory}/2" has no .metadata: its backup is still running, was interrupted, `
    + "or has lost its metadata",
  "lost-environments": `environment ${web} ("web01") was listed earlier and is now missing`,
  "lost-newest-backup": `backup ${chain}.2, then the newest, has been missing since the check of 2026-01-05T06:00:00Z`,
  "missed-runs": "there is no backup between 2024-03-14T02:00:00Z and 2024-03-16T02:00:00Z, 2 days later. The usual "
    + "interval is 1 day, so 1 backup may have been missed",
  "missing-required": "Size is missing; it is read as 0",
  "never-backed-up": "\"web01\" (line 3 of the inventory) has no backup in this listing",
  "no-chains": `environment "${web}" has no chain that a server lists`,
  "not-a-file": `"${web}/latest" is neither a file nor a directory: a broken link`,
  "not-uuid": "directory \"web01.old\" does not have a uuid as its name: its name is not a uuid",
  "number-duplicate": `"${directory}/04" has the same number as another directory: number 4 occurs twice`,
  "outside-root":
    `the link "${directory}/3" leads out of the backup directory, or in a circle: a link to a target outside `
    + "the backup directory",
  "possibly-locked": `chain ${chain} with backup ${chain}.2, the newest, was present at the previous check and is now `
    + "missing; it may be locked",
  "removed-backups":
    `backup ${chain}.2 (2026-01-02T02:00:00Z) has been missing since the check of 2026-01-05T06:00:00Z`,
  "size-outlier": "the size is 2100 bytes; the median of its type is 100 bytes",
  "stale-backup":
    `the newest backup of "web01" ${web} (2024-03-06T22:30:00Z) is 3 days 3 hours old; the limit is 1 day 2 `
    + "hours",
  "uncomparable-inventory": "the inventory cannot be compared with this listing: it covers one environment only",
  "undated-backups": `"web01" ${web} has 5 backups, none with a plausible date`,
  "unknown-completeness": "this listing may be incomplete",
  "unknown-element": "<Retention> is not a known element; it is kept",
  "unlisted-environment": `${web} is not in the inventory and has 9 backups`,
  unreadable: `"${directory}/harddisk.hdd.2.qcow2" cannot be read: permission denied`,
  "vm-metadata-invalid": `the .metadata of environment "${web}" cannot be read: the document ends inside a tag`,
  "vm-metadata-missing": `environment "${web}" has no .metadata: it has no .metadata`
}

/**
 * Returns a message of a rule.
 *
 * @category accessors
 * @since 0.2.0
 */
export const of = ({ id }: RuleText): string | undefined =>
  Object.hasOwn(examples, id) ? examples[id as RuleTable.Id] : undefined
