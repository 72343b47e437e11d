/** A manifest of ours, read again: what it says of files and figures, for what is taken out of an export later. Pure. */
import * as z from 'zod'
import { fail, type Result, succeed } from '../../../lib/result.ts'
import { createFormat } from '../../formats/create-format.ts'
import { FORMATS, type Format } from '../../formats/format.ts'
import type { RedactorTold } from '../../redaction/tell.ts'
import { SPLITS } from '../examples/split.ts'
import { ENCODINGS, type Encoding } from '../export-parameters.ts'
import { writeCard } from '../files/card.ts'
import type { ExportFile } from '../files/manifest.ts'
import type { ExportFigures } from '../tally.ts'

const counts = z.record(z.string(), z.number())

/** What is read of it; all else goes along. */
export const manifestSchema = z.looseObject({
  manifest: z.literal(1),
  program: z.string().startsWith('chambers '),
  format: z.looseObject({ name: z.enum(FORMATS) }),
  arguments: z.looseObject({
    with_reasoning: z.boolean(),
    think_tags: z.boolean(),
    encoding: z.string(),
  }),
  kept: z.number(),
  rows: z.number(),
  dropped: counts,
  sections: counts,
  decisions: counts,
  splits: counts,
  redaction: z.looseObject({ command: z.json().nullable() }),
  reasoning: z.looseObject({ judges: z.array(z.json()) }),
  files: z.array(
    z.object({
      path: z.string().regex(/^[^/\\]+$/),
      split: z.enum(['train', 'validation', 'test']).nullable(),
      rows: z.number(),
      bytes: z.number(),
      sha256: z.string(),
    }),
  ),
  scrubbed: z
    .array(z.object({ time: z.string(), rows: z.number(), examples: z.number() }))
    .optional(),
})

export type ReadManifest = z.output<typeof manifestSchema>

/** `place`: how the one file is called, or null for a folder. */
export function readManifest(
  json: unknown,
  place: string | null,
): Result<ReadManifest, { readonly reason: 'no_manifest' }> {
  const read = manifestSchema.safeParse(json)
  if (!read.success) return fail({ reason: 'no_manifest' })
  const ending = encodingOf(read.data)
  const isOurs = ({ path, split }: ExportFile) =>
    place === null
      ? SPLITS.some((one) => one === split && path === `${one}.${ending}`)
      : path === place
  return read.data.files.every(isOurs) ? succeed(read.data) : fail({ reason: 'no_manifest' })
}

export function encodingOf({ arguments: { encoding } }: ReadManifest): Encoding {
  return ENCODINGS.find((one) => encoding.split(' ')[0] === one) ?? 'jsonl'
}

export function formatOf({ format, arguments: asked }: ReadManifest): Format {
  const { with_reasoning: withReasoning, think_tags: thinkTags } = asked
  return createFormat({ name: format.name, withReasoning, thinkTags })
}

/** The card that stands beside it. */
export function cardOfManifest(manifest: ReadManifest): string {
  const figures = { ...manifest, judges: manifest.reasoning.judges } as unknown as ExportFigures
  const { files, arguments: asked } = manifest
  const { command: redactor } = manifest.redaction
  const card = writeCard({
    format: formatOf(manifest),
    figures,
    files,
    arguments: asked as never,
    redactor: redactor as RedactorTold | null,
  })
  const { scrubbed = [] } = manifest
  if (scrubbed.length === 0) return card
  const times = scrubbed.map(
    ({ time, rows, examples }) => `- ${time}: ${rows} rows of ${examples} examples`,
  )
  return `${card}
## Taken out since

People who are in nobody's data any more. Rows, files, splits, sections and decisions are counted without them; models, labels and redactions as they were when this was made.

${times.join('\n')}
`
}
