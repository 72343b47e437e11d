/** What `chambers harvest batch` is told, read and checked. Reads the arguments alone. */
import { parseArgs } from 'node:util'
import { batchIdSchema, batchNameSchema } from '../../jobs/batch/plan.ts'
import { CONNECTION } from '../shell/admin-token.node.ts'
import { UsageError } from '../shell/io.ts'
import { readCount } from '../shell/read-count.ts'

const OPTIONS = {
  ...CONNECTION,
  policy: { type: 'string' },
  revision: { type: 'string', default: 'active' },
  model: { type: 'string' },
  samples: { type: 'string' },
  consent: { type: 'string', default: 'harvest' },
  tenant: { type: 'string', default: 'default' },
  app: { type: 'string', default: 'batch' },
  batch: { type: 'string' },
  state: { type: 'string' },
  concurrency: { type: 'string' },
  rpm: { type: 'string' },
  tpm: { type: 'string' },
  'budget-tokens': { type: 'string' },
  enqueue: { type: 'boolean', default: false },
} as const

export type BatchSettings = ReturnType<typeof readBatchSettings>

/** More at once would need more memory than it saves time. */
const MAX_CONCURRENCY = 256
const DEFAULT_CONCURRENCY = 8
const MAX_SAMPLES = 32

/** @throws UsageError that says what to write instead. */
export function readBatchSettings(args: readonly string[]) {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: OPTIONS,
    allowPositionals: true,
  })
  const [input, ...others] = positionals
  if (input === undefined || others.length > 0) {
    throw new UsageError('Name one file of prompts: chambers harvest batch FILE')
  }
  const { consent, batch } = values
  if (consent !== 'harvest' && consent !== 'audit') {
    throw new UsageError(`Set --consent to harvest or audit: ${consent}`)
  }
  if (batch !== undefined && !batchIdSchema.safeParse(batch).success) {
    throw new UsageError(`Set --batch to letters, digits, dots, hyphens (64 at most): ${batch}`)
  }
  for (const name of ['tenant', 'app', 'model'] as const) {
    if (values[name] !== undefined && !batchNameSchema.safeParse(values[name]).success) {
      throw new UsageError(`Set --${name} to a name of 1 to 200 characters on one line`)
    }
  }
  const count = (name: 'samples' | 'concurrency' | 'rpm' | 'tpm' | 'budget-tokens', most: number) =>
    readCount(`--${name}`, values[name], most)
  return {
    ...values,
    input,
    consent,
    batch: batch ?? null,
    model: values.model ?? null,
    state: values.state ?? null,
    samples: count('samples', MAX_SAMPLES),
    concurrency: count('concurrency', MAX_CONCURRENCY) ?? DEFAULT_CONCURRENCY,
    rpm: count('rpm', 1_000_000),
    tpm: count('tpm', 1_000_000_000),
    budgetTokens: count('budget-tokens', Number.MAX_SAFE_INTEGER),
  } as const
}
