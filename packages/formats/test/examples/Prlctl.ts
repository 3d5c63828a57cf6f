import { PrlctlText } from "@backup-tree/formats"
import { DateTime, Result } from "effect"

/** The number of backups in the output of prlctl, and whether a date is ambiguous. */
export const read = (text: string, zone = DateTime.zoneMakeNamedUnsafe("Europe/Berlin")) =>
  Result.map(PrlctlText.read(text, { zone }), ({ losses, tree }) => ({
    backups: tree.environments.flatMap(({ chains }) =>
      chains
    ).flatMap(({ head, incrementals }) => [head, ...incrementals])
      .length,
    isAmbiguous: losses.some(({ _tag }) => _tag === "RepeatedHour")
  }))
