/**
 * `backup-tree schema`: prints the JSON Schema of a document that other commands print.
 */
import * as JsonDocument from "@backup-tree/formats/json/JsonDocument"
import * as JsonSchema from "@backup-tree/formats/json/JsonSchema"
import { Argument, Command } from "effect/cli"
import * as Output from "../Output.ts"

/** The command. */
export const schema = Command.make(
  "schema",
  {
    kind: Argument.Literals("name", JsonDocument.kinds).pipe(
      Argument.withDescription(`Name of the document: ${JsonDocument.kinds.join(", ")}`)
    )
  },
  ({ kind }) => Output.json(JsonSchema.of(kind))
).pipe(
  Command.withDescription("Print the JSON Schema of a document that --output json prints"),
  Command.withExamples([
    { command: "backup-tree schema listing", description: "The form of list --output json" },
    { command: "backup-tree schema error", description: "The form of a failure under --output json" }
  ])
)
