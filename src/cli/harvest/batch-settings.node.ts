/** What `chambers harvest batch` is told, declared and checked. Reads the arguments alone. */
import { batchIdSchema, batchNameSchema } from '../../jobs/batch/plan.ts'
import { CONNECTION } from '../shell/admin-token.node.ts'
import type { Options, ValuesOf } from '../shell/declare-command.ts'
import { UsageError } from '../shell/io.ts'
import { newFilePlace } from '../shell/place.node.ts'
import { countUpTo, oneWordOf } from '../shell/read-values.ts'
import { BUDGET } from './budget-options.ts'

/** More at once would need more memory than it saves time. */
const MAX_CONCURRENCY = 256
const DEFAULT_CONCURRENCY = 8
const MAX_SAMPLES = 32

export const BATCH_OPTIONS = {
  ...CONNECTION,
  enqueue: { says: 'With --url: hand the prompts to the queue of that gateway, on Cloudflare' },
  model: { takes: 'M', says: 'The model that answers where a line names none', read: readName },
  samples: {
    takes: 'K',
    says: 'How often to ask for each verdict; the lowest counts',
    otherwise: 'as the policy says',
    read: countUpTo(MAX_SAMPLES),
  },
  policy: {
    takes: 'ID',
    says: 'The policy to answer under',
    otherwise: 'the one that is configured',
  },
  revision: {
    takes: 'REVISION',
    says: 'Which of its revisions: active, candidate, built-in, a folder, a number or a digest',
    default: 'active',
  },
  consent: {
    takes: 'CONSENT',
    says: 'What may be done with the transcripts: harvest or audit',
    default: 'harvest',
    read: oneWordOf(['harvest', 'audit']),
  },
  tenant: { takes: 'T', says: 'Whose they are', default: 'default', read: readName },
  app: { takes: 'A', says: 'The app that they are of', default: 'batch', read: readName },
  batch: {
    takes: 'NAME',
    says: 'The name of the batch, and of its session',
    otherwise: 'made of what it holds',
    read: readBatchId,
  },
  state: {
    takes: 'FILE',
    says: 'Keeps what is finished, to go on with',
    read: newFilePlace,
    otherwise: 'below DATA_DIR, by the name of the batch',
  },
  concurrency: {
    takes: 'N',
    says: 'How many prompts are worked on at once',
    otherwise: String(DEFAULT_CONCURRENCY),
    read: countUpTo(MAX_CONCURRENCY),
  },
  ...BUDGET,
} as const satisfies Options

export type BatchSettings = ReturnType<typeof batchSettingsOf>

/** The options, and the file of prompts. */
export function batchSettingsOf(values: ValuesOf<typeof BATCH_OPTIONS>, input: string) {
  return {
    ...values,
    input,
    enqueue: values.enqueue ?? false,
    batch: values.batch ?? null,
    model: values.model ?? null,
    state: values.state ?? null,
    samples: values.samples ?? null,
    concurrency: values.concurrency ?? DEFAULT_CONCURRENCY,
    rpm: values.rpm ?? null,
    tpm: values.tpm ?? null,
    budgetTokens: values['budget-tokens'] ?? null,
  } as const
}

function readBatchId(text: string, option: string): string {
  if (batchIdSchema.safeParse(text).success) return text
  throw new UsageError(`Set ${option} to letters, digits, dots, hyphens (64 at most): ${text}`)
}

function readName(text: string, option: string): string {
  if (batchNameSchema.safeParse(text).success) return text
  throw new UsageError(`Set ${option} to a name of 1 to 200 characters on one line`)
}
