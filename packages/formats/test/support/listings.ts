/** Listings to write as text. */
import * as BackupListing from "@backup-tree/core/listing/BackupListing"
import type * as BackupTree from "@backup-tree/core/tree/BackupTree"
import * as BackupTreeXml from "@backup-tree/core/tree/BackupTreeXml"
import { DateTime, Result } from "effect"
import * as fs from "node:fs"

/** Reads a document. */
export const treeOf = (document: string): BackupTree.BackupTree =>
  Result.getOrThrow(BackupTreeXml.decode(document, { mode: "tolerant" })).tree

/** Reads the text of an example document. */
export const exampleText = (name: string): string =>
  fs.readFileSync(new URL(`../../../core/test/fixtures/${name}`, import.meta.url), "utf8")

/** Reads an example document. */
export const example = (name: string): BackupTree.BackupTree => treeOf(exampleText(name))

/** Makes a whole listing of a tree. */
export const listingOf = (tree: BackupTree.BackupTree): BackupListing.BackupListing =>
  BackupListing.fromDocument({
    tree,
    notes: [],
    source: { _tag: "Memory", name: "test" },
    fetchedAt: DateTime.makeUnsafe(0),
    complete: true
  })
