import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { builtIn } from '../../src/policy/built-in.generated.ts'
import { DATA_FOLDER, measureRetrieval, type RetrievalRow } from './retrieval.ts'

const bundle = builtIn.bundles.find((one) => one.id === 'default')

function shareOf(rows: readonly RetrievalRow[]): number {
  const all = rows.reduce((sum, row) => sum + row.rows, 0)
  return rows.reduce((sum, row) => sum + row.hits, 0) / all
}

function shareIn(rows: readonly RetrievalRow[], set: string): number {
  return shareOf(rows.filter((row) => row.set === set))
}

/** Floors and ceilings lie a little under and over what was measured: they hold what is there, and promise no more. */
describe.skipIf(!existsSync(DATA_FOLDER) || !bundle)(
  'selection from default over published prompts',
  () => {
    const report = bundle ? measureRetrieval(bundle) : null
    if (!report) return

    it.each([
      ['ailuminate_en_us', 0.66],
      ['ailuminate_fr_fr', 0.5],
      ['harmbench', 0.55],
      ['strongreject', 0.64],
      ['jailbreakbench_behaviors', 0.72],
      ['jailbreakbench_attacks', 0.78],
      ['multijail', 0.46],
      ['advbench', 0.86],
    ])('shows a fitting section in full for most of %s', (set, floor) => {
      expect(shareIn(report.safety, set)).toBeGreaterThan(floor)
    })

    it('shows few sections in full for ordinary traffic', () => {
      expect(shareOf(report.benign)).toBeLessThan(0.13)
    })

    it('shows next to none for sums and programs', () => {
      expect(shareIn(report.benign, 'humaneval')).toBeLessThan(0.03)
      expect(shareIn(report.benign, 'mgsm')).toBeLessThan(0.05)
    })
  },
)
