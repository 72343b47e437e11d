/**
 * The manifest of an export: what made it, what became of every transcript, and which files it is. Pure, and the same for the
 * same store and arguments: there is no time in it, and no place of a machine. It names rows by digests and counts alone.
 */
import { canonicalJson, type JsonObject, type JsonValue } from '../../../lib/json.ts'
import { VERSION } from '../../../lib/version.ts'
import type { DatasetSplit } from '../../example.ts'
import type { Format } from '../../formats/format.ts'
import { type RedactorTold, redactionOf } from '../../redaction/tell.ts'
import type { StageName } from '../../stage.ts'
import type { IncrementFigures } from '../increment/increment.ts'
import type { ExportFigures } from '../tally.ts'

export type ExportFile = {
  /** Below the manifest. */
  readonly path: string
  /** Null where all splits are in one. */
  readonly split: DatasetSplit | null
  readonly rows: number
  readonly bytes: number
  readonly sha256: string
}

export type ManifestOptions = {
  readonly format: Format
  /** As they were given, defaults spelt out. */
  readonly arguments: JsonObject
  readonly stages: readonly StageName[]
  readonly figures: ExportFigures
  readonly files: readonly ExportFile[]
  /** What it gives of the store: a later export goes on from `through`. */
  readonly increment: IncrementFigures
  /** Digests of what prompts were searched for. */
  readonly scanned: { readonly policies: readonly string[]; readonly protocols: readonly string[] }
  /** Absent where no command has looked at the rows. */
  readonly redactor?: RedactorTold | null
}

export type Manifest = { readonly text: string; readonly value: JsonObject }

/** What comes before the stages of the cascade in every export. */
const FIRST: readonly StageName[] = [
  { name: 'consent', version: 1 },
  { name: 'proof', version: 1 },
  { name: 'contamination', version: 1 },
]

export function writeManifest(options: ManifestOptions): Manifest {
  const { format, stages, figures, files, scanned } = options
  const { kept, dropped, policies, judges, ...rest } = figures
  const known = new Set(scanned.policies)
  const value: JsonObject = {
    manifest: 1,
    program: `chambers ${VERSION}`,
    format: { name: format.name, version: format.version },
    arguments: options.arguments,
    increment: { ...options.increment, tombstones: { ...options.increment.tombstones } },
    filters: [...FIRST, ...stages].map(({ name, version }) => ({ name, version })),
    transcripts: rest.transcripts,
    examples: rest.examples,
    kept,
    rows: rest.rows,
    dropped,
    redacted: rest.redacted,
    redaction: redactionOf({ arguments: options.arguments, redactor: options.redactor ?? null }),
    sections: rest.sections,
    decisions: rest.decisions,
    splits: rest.splits,
    labelled: rest.labelled,
    people: rest.people,
    policies,
    protocols: rest.protocols,
    models: rest.models as unknown as JsonValue,
    reasoning: {
      in_rows: format.holdsReasoning,
      // Verdicts decide which rows are here: what a judge has read, it has rewarded.
      judge_saw: judges.some(({ sawReasoning }) => sawReasoning),
      reward_saw: false,
      judges: judges as unknown as JsonValue,
    },
    contamination: {
      policies: scanned.policies.toSorted(),
      protocols: scanned.protocols.toSorted(),
      // Of these the text is not known any more: prompts were searched for that of all others.
      unknown_policies: Object.keys(policies).filter((name) => !known.has(digestOf(name))),
    },
    files: files as unknown as JsonValue,
  }
  return { value, text: manifestText(value) }
}

/** Canonical first, so that the same content is the same bytes. */
export function manifestText(value: JsonObject): string {
  return `${JSON.stringify(JSON.parse(canonicalJson(value)), null, 2)}\n`
}

function digestOf(policy: string): string {
  return policy.slice(policy.lastIndexOf('@') + 1)
}
