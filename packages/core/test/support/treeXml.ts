/** Backup trees as XML, read and edited. */
import { assert } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as BackupTree from "../../src/tree/BackupTree.ts"
import * as BackupTreeXml from "../../src/tree/BackupTreeXml.ts"
import type { NotedTree } from "../../src/tree/Note.ts"
import type { XmlError } from "../../src/xml/XmlError.ts"
import { fixture } from "./xmlFixtures.ts"

export const decoded = (text: string, mode: BackupTreeXml.Mode = "tolerant"): NotedTree =>
  Result.getOrThrow(BackupTreeXml.decode(text, { mode }))

export const refusal = (text: string, mode: BackupTreeXml.Mode = "strict"): XmlError =>
  Result.getOrThrow(Result.flip(BackupTreeXml.decode(text, { mode })))

export const isTree = Schema.is(BackupTree.BackupTree)

/** Replaces a part of a document that must be there, once. */
export const edit = (text: string, from: string, to: string): string => {
  assert.include(text, from)
  return text.replace(from, () => to)
}

export const full = fixture("02-vm-full.xml")
export const chained = fixture("03-vm-full-2inc.xml")

export const environment = "{4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10}"
export const backup = "{0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}"
export const first = (tree: BackupTree.BackupTree): BackupTree.BackupChain => tree.environments[0]!.chains[0]!
