/** The options of `chambers harvest export`: each with its sentence, and the parameter of the gateway's route that it is. Pure. */
import { decisionSchema, modeSchema, outcomeSchema } from '../../admin/transcripts/filter.ts'
import { CODECS } from '../../harvest/export/export-parameters.ts'
import { FORMATS } from '../../harvest/formats/format.ts'
import { SEVERITIES } from '../../policy/section.ts'
import { LABEL_KINDS } from '../../transcript/record/label.ts'
import { REDACTOR_OPTION } from '../redactor/redactor-option.ts'
import { CONNECTION } from '../shell/admin-token.node.ts'
import type { Options } from '../shell/declare-command.ts'
import { UsageError } from '../shell/io.ts'
import { RANGE } from '../shell/read-range.ts'
import { TRANSCRIPT_KEY_OPTION } from '../shell/transcript-key-file.node.ts'

/** By option: the parameter that it is, as it is. */
export const TEXTS = {
  format: {
    parameter: 'format',
    takes: 'FORMAT',
    says: `What the rows are for: ${FORMATS.join(', ')}`,
    otherwise: 'sft',
  },
  codec: {
    parameter: 'codec',
    takes: 'CODEC',
    says: `How Parquet is compressed: ${CODECS.join(', ')}`,
    otherwise: 'snappy',
  },
  split: {
    parameter: 'splits',
    takes: 'A/B/C',
    says: 'Shares of a hundred for train, validation and test, as 90/5/5, a file each',
    otherwise: '100/0/0',
  },
  policy: {
    parameter: 'policy',
    takes: 'ID',
    says: 'Transcripts of this policy',
    otherwise: 'all',
  },
  digest: {
    parameter: 'digest',
    takes: 'D',
    says: 'Of the policy with this digest, or one that begins so',
    otherwise: 'all',
  },
  section: {
    parameter: 'section',
    takes: 'S',
    says: 'That were given this section in full',
    otherwise: 'all',
  },
  decision: {
    parameter: 'decision',
    takes: 'D',
    says: `With this decision: ${decisionSchema.options.join(', ')}`,
    otherwise: 'all',
  },
  outcome: {
    parameter: 'outcome',
    takes: 'O',
    says: `With this outcome: ${outcomeSchema.options.join(', ')}`,
    otherwise: 'all',
  },
  app: {
    parameter: 'app',
    takes: 'A',
    says: 'Of this app',
    otherwise: 'all',
  },
  session: {
    parameter: 'session',
    takes: 'S',
    says: 'Of this session',
    otherwise: 'all',
  },
  model: {
    parameter: 'model',
    takes: 'M',
    says: 'Of this model',
    otherwise: 'all',
  },
  family: {
    parameter: 'family',
    takes: 'F',
    says: 'Of this family of models',
    otherwise: 'all',
  },
  mode: {
    parameter: 'mode',
    takes: 'M',
    says: `Of requests in this mode: ${modeSchema.options.join(', ')}`,
    otherwise: 'all',
  },
  label: {
    parameter: 'label',
    takes: 'LABEL',
    says: `With a label of this kind: ${LABEL_KINDS.join(', ')}; good: nothing else`,
    otherwise: 'all',
  },
  after: {
    parameter: 'after',
    takes: 'CURSOR',
    says: 'What was stored or labelled after this number, which a manifest calls through',
    otherwise: 'all',
  },
  'min-samples': {
    parameter: 'minSamples',
    takes: 'N',
    says: 'At least so many verdicts on the answer',
    otherwise: 'one',
  },
  'hazard-from': {
    parameter: 'hazardFrom',
    takes: 'SEVERITY',
    says: `Set reasoning behind a refusal apart from this severity on: ${SEVERITIES.join(', ')}`,
    otherwise: 'high',
  },
  'hazard-words': {
    parameter: 'hazardWords',
    takes: 'N',
    says: 'Let so many words of it through at that severity, half as many at each above',
    otherwise: '600',
  },
  'near-duplicates': {
    parameter: 'nearDuplicates',
    takes: 'SHARE',
    says: 'Leave out what shares so much with another, from 0.5 to 1, or off: the same words alone',
    otherwise: '0.8',
  },
  'max-per-tenant': {
    parameter: 'maxPerTenant',
    takes: 'N',
    says: 'At most so many rows of a tenant',
    otherwise: 'no limit',
  },
  'max-per-template': {
    parameter: 'maxPerTemplate',
    takes: 'N',
    says: 'At most so many rows of a template',
    otherwise: 'no limit',
  },
  'max-per-cell': {
    parameter: 'maxPerCell',
    takes: 'N',
    says: 'At most so many rows of a section and decision',
    otherwise: 'no limit',
  },
  'min-look-alikes': {
    parameter: 'minLookAlikes',
    takes: 'SHARE',
    says: 'At least this share of benign requests on sensitive matters, from 0 to 0.95',
    otherwise: 'none',
  },
} as const satisfies Options & Record<string, { readonly parameter: string }>

/** By option without a value: the parameter that it sets, and what to. */
export const FLAGS = {
  'with-reasoning': {
    parameter: 'withReasoning',
    sets: 'true',
    says: 'With the reasoning, in preference, kto and judge',
  },
  'think-tags': {
    parameter: 'thinkTags',
    sets: 'true',
    says: 'Reasoning within the content, in <think>',
  },
  internal: {
    parameter: 'internal',
    sets: 'true',
    says: 'With what may be trained on internally alone',
  },
  'no-redaction': {
    parameter: 'redact',
    sets: 'false',
    says: 'Leave personal data and secrets as they are',
  },
  'drop-special': {
    parameter: 'specialCategories',
    sets: 'drop',
    says: 'Leave out who tells of health, faith, origin, sexuality or being a minor',
  },
  'keep-duplicates': {
    parameter: 'duplicates',
    sets: 'keep',
    says: 'Keep duplicates, as judge and transcript do unasked',
  },
  'remove-duplicates': {
    parameter: 'duplicates',
    sets: 'remove',
    says: 'Leave duplicates out, as all other formats do unasked',
  },
} as const satisfies Options & Record<string, { readonly parameter: string; readonly sets: string }>

export const EXPORT_OPTIONS = {
  out: {
    takes: 'PATH',
    says: 'A folder, or a file that ends in .jsonl, .jsonl.gz or .parquet',
    required: 'Name a folder, or a file that ends in .jsonl, .jsonl.gz or .parquet: --out',
  },
  force: { says: 'Write over the files of an earlier export' },
  parquet: { says: 'Parquet', otherwise: 'JSONL' },
  gzip: { says: 'JSONL, compressed' },
  ...CONNECTION,
  ...TRANSCRIPT_KEY_OPTION,
  ...REDACTOR_OPTION,
  ...TEXTS,
  since: {
    takes: 'EXPORT',
    says: 'What came after an earlier export (its folder, its manifest, or its id), asked for as that was, without what is near to what it gave',
    otherwise: 'all',
  },
  ...RANGE,
  tenant: { takes: 'T', says: 'Of this tenant', multiple: true, otherwise: 'all' },
  lang: {
    takes: 'CODE',
    says: 'Of requests in this language, as en',
    multiple: true,
    otherwise: 'all',
  },
  'min-score': {
    takes: 'NAME=N',
    says: 'A score and its least value over all verdicts, as style=8',
    multiple: true,
    read: readScore,
  },
  decontaminate: {
    takes: 'FILE',
    says: 'An evaluation that no row may come from: .jsonl, .json, .csv, .txt or .md',
    multiple: true,
  },
  ...FLAGS,
} as const satisfies Options

/** As the route takes it: `style:8`. */
function readScore(one: string, option: string): string {
  const [, name, least] = /^(\w+)=(\d{1,2}(?:\.\d+)?)$/.exec(one) ?? []
  if (name !== undefined) return `${name}:${least}`
  throw new UsageError(`Set ${option} to a score and its least value, as style=8: ${one}`)
}
