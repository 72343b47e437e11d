/** How much a job may ask of models, as its options say it. Pure. */
import type { Options } from '../shell/declare-command.ts'
import { countUpTo } from '../shell/read-values.ts'

export const BUDGET = {
  rpm: {
    takes: 'N',
    says: 'Model calls a minute, those of the judge too',
    otherwise: 'no limit',
    read: countUpTo(1_000_000),
  },
  tpm: {
    takes: 'N',
    says: 'Tokens a minute',
    otherwise: 'no limit',
    read: countUpTo(1_000_000_000),
  },
  'budget-tokens': {
    takes: 'N',
    says: 'Stop once so many tokens are spent',
    otherwise: 'no limit',
    read: countUpTo(Number.MAX_SAFE_INTEGER),
  },
} as const satisfies Options
