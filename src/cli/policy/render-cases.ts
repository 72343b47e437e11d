/** How the golden cases of a revision went, in words. Pure. */
import type { AdmissionReport } from '../../revisions/registry.ts'

/** As `213 passed, 0 failed`. */
export function renderCases({ cases }: AdmissionReport['selection']): string {
  const count = (outcome: string) => cases.filter((one) => one.outcome === outcome).length
  const skipped = count('skipped')
  const silent = skipped > 0 ? `, ${skipped} say nothing of sections` : ''
  return `${count('passed')} passed, ${count('failed')} failed${silent}`
}

/** As `12 passed, 1 failed, 0 could not be judged, with model-x`. */
export function renderDecisions({ selection, decisions }: AdmissionReport): string {
  if (decisions === null) return `${selection.decisionsSkipped} skipped: no model tried them`
  const count = (outcome: string) => decisions.cases.filter((one) => one.outcome === outcome).length
  const figures = `${count('passed')} passed, ${count('failed')} failed`
  return `${figures}, ${count('unjudged')} could not be judged, with ${decisions.model}`
}
