/** What the errors of plans have in common: the shapes of their details, and the texts about them in messages. */
import * as Schema from "effect/Schema"
import { isUnseen, StoreSkip } from "../../directory/files/StoreSkip.ts"
import * as ReturnCode from "../../sdk/ReturnCode.ts"
import * as CountText from "../../text/CountText.ts"
import * as PrintableText from "../../text/PrintableText.ts"

/** Schema of the environment that an error is about. */
export const Environment = Schema.Struct({ uuid: Schema.String, name: Schema.String })

/**
 * Schema of a {@link ServerOutcome}.
 *
 * @category schemas
 * @since 0.2.0
 */
export const ServerOutcome = Schema.Struct({
  code: Schema.Int,
  removed: Schema.Array(Schema.String),
  scope: Schema.Literals(["nothing", "backups", "chain", "environment"])
})
/**
 * The effect that a removal would have on a server, although this library refuses to plan it.
 *
 * `code` is the return code of the server. With 0 the removal succeeds and destroys the backups in `removed`. With the
 * scope `environment` it also destroys the whole directory of the environment.
 *
 * @category models
 * @since 0.2.0
 */
export type ServerOutcome = typeof ServerOutcome.Type

/** Schema of the effect of a refused removal, if the error is about one. */
export const Outcome = Schema.UndefinedOr(ServerOutcome)

const shownIds = 5

/** Lists ids, the first few of them. */
export const list = (texts: ReadonlyArray<string>): string =>
  CountText.list(texts, (text) => PrintableText.excerpt(text), { most: shownIds })

/** The list format for findings and skips: each of them is a whole sentence. */
const sentences = { separator: "; ", conjunction: "; and" }

/** Describes an environment. */
export const place = ({ name, uuid }: typeof Environment.Type): string =>
  `${PrintableText.quote(name)} (${PrintableText.excerpt(uuid)})`

/** Describes what a server would do with the id, as a sentence after a blank. */
export const consequence = (outcome: ServerOutcome | undefined): string => {
  if (outcome === undefined) return ""
  if (outcome.code !== ReturnCode.codes.PRL_ERR_SUCCESS) {
    return ` A server would return ${ReturnCode.print(outcome.code)} and remove nothing.`
  }
  const what = outcome.scope === "environment"
    ? "the whole directory of this VM or container"
    : outcome.scope === "chain"
    ? "the whole chain"
    : outcome.scope === "backups"
    ? "the backup and all later ones in its chain"
    : "nothing"
  return ` Do not send this id to a server: it would remove ${what} instead of refusing the id`
    + (outcome.removed.length === 0 ? "." : `: ${list(outcome.removed)}.`)
}

/** Schema of the reasons why something is hidden. */
export const Why = Schema.Array(StoreSkip)

/** Lists the reasons why something is hidden. */
export const listWhy = (why: typeof Why.Type): string =>
  CountText.list(
    why,
    ({ detail, path, reason }) =>
      `${reason} at ${PrintableText.quote(path, 400)}${detail === "" ? "" : `: ${PrintableText.excerpt(detail, 200)}`}`,
    { most: shownIds, ...sentences }
  )

/** The advice for data that no server lists. */
export const checkByHand = "Run `backup-tree check` on the directory to see what can be recovered by hand."

/** Returns the advice for hidden data: data that could not be read must be read first. */
export const whatToTry = (why: typeof Why.Type): string =>
  why.some(({ reason }) => isUnseen(reason))
    ? "Run the command again as the owner of the backups, or as root. If a link leads out of the backup directory,"
      + " read the directory that contains its target."
    : checkByHand

const shownFindings = 3

/** Schema of the findings that an error quotes. */
export const Findings = Schema.Array(
  Schema.Struct({ rule: Schema.String, path: Schema.String, message: Schema.String })
)

/** Lists findings with their rules and places. */
export const listFindings = (findings: typeof Findings.Type): string =>
  CountText.list(
    findings,
    ({ message, path, rule }) => `${rule} at ${PrintableText.escape(path)}: ${PrintableText.excerpt(message, 200)}`,
    { most: shownFindings, ...sentences }
  )
