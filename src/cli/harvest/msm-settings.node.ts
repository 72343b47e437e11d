/** What `chambers harvest msm` is told, declared. Pure. */
import { REDACTOR_OPTION } from '../redactor/redactor-option.ts'
import type { Options, ValuesOf } from '../shell/declare-command.ts'
import { filePlace, newFilePlace } from '../shell/place.node.ts'
import { countUpTo } from '../shell/read-values.ts'
import { BUDGET } from './budget-options.ts'

/** Few and broad domains; the rest wide enough that documents differ. */
const DEFAULTS = { documents: 100, domains: 6, subdomains: 6, types: 4, assertions: 8 } as const
const DEFAULT_CONCURRENCY = 8
const MAX_CONCURRENCY = 256
const MAX_WIDTH = 200
const DEFAULT_ASSISTANT = 'the assistant'

export const MSM_OPTIONS = {
  out: {
    takes: 'FILE',
    says: 'The file for the documents; a manifest is written beside it',
    required: 'Name the file to write: chambers harvest msm --out FILE',
    read: filePlace('text'),
  },
  model: {
    takes: 'M',
    says: 'The model that writes',
    otherwise: 'the stand-in, where no upstream is configured',
  },
  documents: {
    takes: 'N',
    says: 'How many documents to write',
    otherwise: String(DEFAULTS.documents),
    read: countUpTo(10_000_000),
  },
  policy: {
    takes: 'ID',
    says: 'The policy that they are written from',
    otherwise: 'the one that is configured',
  },
  revision: {
    takes: 'REVISION',
    says: 'Which of its revisions: active, candidate, built-in, a folder, a number or a digest',
    default: 'active',
  },
  domains: {
    takes: 'N',
    says: 'Domains of the policy',
    otherwise: String(DEFAULTS.domains),
    read: countUpTo(MAX_WIDTH),
  },
  subdomains: {
    takes: 'N',
    says: 'Subdomains of each domain',
    otherwise: String(DEFAULTS.subdomains),
    read: countUpTo(MAX_WIDTH),
  },
  types: {
    takes: 'N',
    says: 'Types of documents for each subdomain',
    otherwise: String(DEFAULTS.types),
    read: countUpTo(MAX_WIDTH),
  },
  assertions: {
    takes: 'N',
    says: 'What is asserted of the character, for each subdomain',
    otherwise: String(DEFAULTS.assertions),
    read: countUpTo(MAX_WIDTH),
  },
  precedents: {
    takes: 'N',
    says: 'Judged transcripts to begin from; noted as an export',
    otherwise: 'none',
    read: countUpTo(10_000),
  },
  ...REDACTOR_OPTION,
  assistant: {
    takes: 'NAME',
    says: 'What documents call the model',
    default: DEFAULT_ASSISTANT,
  },
  state: {
    takes: 'FILE',
    says: 'Keeps what is finished, to go on with',
    read: newFilePlace,
    otherwise: 'the name of --out, with .state.jsonl',
  },
  concurrency: {
    takes: 'N',
    says: 'How many calls are under way at once',
    otherwise: String(DEFAULT_CONCURRENCY),
    read: countUpTo(MAX_CONCURRENCY),
  },
  ...BUDGET,
} as const satisfies Options

export type MsmSettings = ReturnType<typeof msmSettingsOf>

export function msmSettingsOf(values: ValuesOf<typeof MSM_OPTIONS>) {
  return {
    out: values.out,
    policy: values.policy ?? null,
    revision: values.revision,
    model: values.model ?? null,
    assistant: values.assistant.trim() || DEFAULT_ASSISTANT,
    documents: values.documents ?? DEFAULTS.documents,
    domains: values.domains ?? DEFAULTS.domains,
    subdomains: values.subdomains ?? DEFAULTS.subdomains,
    types: values.types ?? DEFAULTS.types,
    assertions: values.assertions ?? DEFAULTS.assertions,
    precedents: values.precedents ?? null,
    redactor: values.redactor,
    state: values.state ?? `${values.out}.state.jsonl`,
    concurrency: values.concurrency ?? DEFAULT_CONCURRENCY,
    rpm: values.rpm ?? null,
    tpm: values.tpm ?? null,
    budgetTokens: values['budget-tokens'] ?? null,
  } as const
}
