/** What `chambers harvest msm` is told, read and checked. Reads the arguments alone. */
import { parseArgs } from 'node:util'
import { UsageError } from '../shell/io.ts'
import { readCount } from '../shell/read-count.ts'

const OPTIONS = {
  out: { type: 'string' },
  policy: { type: 'string' },
  revision: { type: 'string', default: 'active' },
  model: { type: 'string' },
  assistant: { type: 'string', default: 'the assistant' },
  documents: { type: 'string' },
  domains: { type: 'string' },
  subdomains: { type: 'string' },
  types: { type: 'string' },
  assertions: { type: 'string' },
  precedents: { type: 'string' },
  state: { type: 'string' },
  concurrency: { type: 'string' },
  rpm: { type: 'string' },
  tpm: { type: 'string' },
  'budget-tokens': { type: 'string' },
} as const

export type MsmSettings = ReturnType<typeof readMsmSettings>

type Counted = Exclude<
  keyof typeof OPTIONS,
  'out' | 'policy' | 'revision' | 'model' | 'assistant' | 'state'
>

/** Few and broad domains; the rest wide enough that documents differ. */
const DEFAULTS = { documents: 100, domains: 6, subdomains: 6, types: 4, assertions: 8 } as const
const DEFAULT_CONCURRENCY = 8
const MAX_WIDTH = 200

/** @throws UsageError that says what to write instead. */
export function readMsmSettings(args: readonly string[]) {
  const { values } = parseArgs({ args: [...args], options: OPTIONS })
  if (values.out === undefined) {
    throw new UsageError('Name the file to write: chambers harvest msm --out FILE')
  }
  const count = (name: Counted, most: number) => readCount(`--${name}`, values[name], most)
  const width = (name: 'domains' | 'subdomains' | 'types' | 'assertions') =>
    count(name, MAX_WIDTH) ?? DEFAULTS[name]
  return {
    out: values.out,
    policy: values.policy ?? null,
    revision: values.revision,
    model: values.model ?? null,
    assistant: values.assistant.trim() || 'the assistant',
    documents: count('documents', 10_000_000) ?? DEFAULTS.documents,
    domains: width('domains'),
    subdomains: width('subdomains'),
    types: width('types'),
    assertions: width('assertions'),
    precedents: count('precedents', 10_000),
    state: values.state ?? `${values.out}.state.jsonl`,
    concurrency: count('concurrency', 256) ?? DEFAULT_CONCURRENCY,
    rpm: count('rpm', 1_000_000),
    tpm: count('tpm', 1_000_000_000),
    budgetTokens: count('budget-tokens', Number.MAX_SAFE_INTEGER),
  } as const
}
