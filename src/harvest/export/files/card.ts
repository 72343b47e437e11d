/**
 * The dataset card beside an export: what a person reads first, and what Hugging Face's loader reads to find the files and their
 * types. Pure.
 */
import type { JsonObject } from '../../../lib/json.ts'
import type { Columns, ColumnType } from '../../columns.ts'
import type { Format, FormatName } from '../../formats/format.ts'
import { type RedactorTold, redactionLines } from '../../redaction/tell.ts'
import type { ExportFigures } from '../tally.ts'
import type { ExportFile } from './manifest.ts'

export type CardOptions = {
  readonly format: Format
  readonly figures: ExportFigures
  readonly files: readonly ExportFile[]
  readonly arguments: JsonObject
  /** Absent where no command has looked at the rows. */
  readonly redactor?: RedactorTold | null
}

const PURPOSES: Readonly<Record<FormatName, string>> = {
  sft: 'Conversations for supervised fine-tuning, without reasoning.',
  'sft-cot': 'Conversations for supervised fine-tuning, with the reasoning before the answer.',
  preference: 'Pairs of a released answer and one that failed before it, for DPO.',
  kto: 'Single answers with a verdict, for KTO.',
  rl: 'Prompts with what a reward may know of them, and neither completion nor reasoning.',
  judge: 'What each review saw and found, for training and auditing judges.',
  transcript: 'Whole records of deliberations, as JSON text.',
}

export function writeCard(options: CardOptions): string {
  const { format, figures } = options
  return [
    '---',
    ...frontMatter(options),
    '---',
    '',
    `# Chambers export: ${format.name}`,
    '',
    PURPOSES[format.name],
    '',
    `${figures.rows} rows of ${figures.kept} examples, out of ${figures.transcripts} transcripts. The manifest beside this file says how each was chosen, and gives the SHA-256 of every file.`,
    '',
    '## Reasoning',
    '',
    ...reasoningLines(options),
    '',
    '## People',
    '',
    ...peopleLines(options),
    '',
    '## Personal data',
    '',
    ...redactionLines({
      arguments: options.arguments,
      redacted: figures.redacted,
      redactor: options.redactor ?? null,
    }),
    '',
    '## Prompts',
    '',
    'Every prompt is what a client sent: its digest was taken when the request was read, and compared before this export. The policy that the model was shown is in no prompt.',
    'Contents that come in parts of text are joined to one text, an answer that is a refusal stands in the content, the arguments of tool calls are objects, the role `developer` is written `system`, and fields that no chat template reads are left out. What holds media is not here.',
    '',
    '## What was left out',
    '',
    ...table('reason', figures.dropped),
    '',
    '## What is here',
    '',
    ...table('section', figures.sections),
    '',
    ...table('decision', figures.decisions),
    '',
    '## Models',
    '',
    '| provider | model | family | license | training rights | examples |',
    '|---|---|---|---|---|---|',
    ...figures.models.map(
      (one) =>
        `| ${cell(one.provider)} | ${cell(one.model)} | ${cell(one.family)} | ${cell(one.license)} | ${one.trainingRights} | ${one.examples} |`,
    ),
    '',
  ].join('\n')
}

function reasoningLines({ format, figures }: CardOptions): readonly string[] {
  const saw = figures.judges.filter(({ sawReasoning }) => sawReasoning)
  return [
    format.holdsReasoning
      ? 'Rows hold reasoning as the model wrote it: nothing was rewritten, rows were kept or dropped. Training on it can make reasoning less monitorable; say so of what is trained on it.'
      : 'Rows hold no reasoning.',
    saw.length > 0
      ? `Judges that saw the reasoning had a say in which rows are here (${saw.map(({ model, verdicts }) => `${verdicts} verdicts of ${cell(model)}`).join(', ')}).`
      : 'No judge that had a say in which rows are here saw the reasoning.',
    'No reward saw it: none was computed.',
  ]
}

function peopleLines({ figures }: CardOptions): readonly string[] {
  const { labels, chosen } = figures.people
  if (figures.labelled === 0) return ['No example here carries a label of a person.']
  const kinds = Object.entries(labels).map(([kind, count]) => `${count} ${kind}`)
  return [
    `Human labels were used: ${figures.labelled} examples carry some (${kinds.join(', ')}). A person's word outweighs what a judge found.`,
    `Written by a person instead of what was released: ${chosen.edit ?? 0}. Chosen because a person overturned the decision: ${chosen.decision ?? 0}.`,
  ]
}

function table(name: string, counts: Readonly<Record<string, number>>): readonly string[] {
  const rows = Object.entries(counts).map(([key, count]) => `| ${cell(key)} | ${count} |`)
  return rows.length === 0 ? ['Nothing.'] : [`| ${name} | count |`, '|---|---|', ...rows]
}

/** Names of models come from a server. */
function cell(text: string | null): string {
  return (text ?? '').replace(/[|\\`<>[\]\r\n]/g, ' ')
}

function frontMatter({ format, figures, files }: CardOptions): readonly string[] {
  const licenses = new Set(figures.models.map(({ license }) => license))
  const found = files.filter(({ rows }) => rows > 0)
  return [
    `pretty_name: ${JSON.stringify(`Chambers ${format.name}`)}`,
    ...(licenses.size > 0 ? ['license: other'] : []),
    'tags:',
    '- chambers',
    ...(found.length > 0
      ? [
          'configs:',
          '- config_name: default',
          '  data_files:',
          ...found.flatMap(({ split, path }) => [
            `  - split: ${split ?? 'train'}`,
            `    path: ${JSON.stringify(path)}`,
          ]),
          'dataset_info:',
          '  config_name: default',
          '  features:',
          ...featureLines(format.columns, '  '),
          '  splits:',
          ...found.flatMap(({ split, rows, bytes }) => [
            `  - name: ${split ?? 'train'}`,
            `    num_bytes: ${bytes}`,
            `    num_examples: ${rows}`,
          ]),
        ]
      : []),
  ]
}

const DTYPES = {
  string: 'string',
  boolean: 'bool',
  integer: 'int64',
  number: 'float64',
  json: 'json',
} as const

/** As `datasets` writes its features. */
function featureLines(columns: Columns, indent: string): readonly string[] {
  return Object.entries(columns).flatMap(([name, type]) => [
    `${indent}- name: ${name}`,
    ...typeLines(type, `${indent}  `),
  ])
}

function typeLines(type: ColumnType, indent: string): readonly string[] {
  if (typeof type === 'string') return [`${indent}dtype: ${DTYPES[type]}`]
  if ('struct' in type) return [`${indent}struct:`, ...featureLines(type.struct, indent)]
  const { list } = type
  if (typeof list === 'string') return [`${indent}list: ${DTYPES[list]}`]
  if ('struct' in list) return [`${indent}list:`, ...featureLines(list.struct, indent)]
  return [`${indent}list:`, ...typeLines(list, `${indent}  `)]
}
