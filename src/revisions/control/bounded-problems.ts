/**
 * As much of what is wrong with a revision as is shown and kept. Pure.
 * A policy can be wrong in a million places, and in words of megabytes that an author chose.
 */
import type { AdmissionProblem } from '../registry.ts'

/** Whoever sent a thousand wrong cases mends a few, and sends the rest again. */
const MAX_PROBLEMS = 200
const MAX_MESSAGE = 500

export function bounded(problems: readonly AdmissionProblem[]): readonly AdmissionProblem[] {
  const kept = problems.slice(0, MAX_PROBLEMS).map(shortened)
  if (problems.length <= MAX_PROBLEMS) return kept
  const message = `Mend these first: ${problems.length - MAX_PROBLEMS} more problems are not shown`
  return [...kept, { code: 'more_problems', message }]
}

function shortened(problem: AdmissionProblem): AdmissionProblem {
  const { message } = problem
  if (message.length <= MAX_MESSAGE) return problem
  // What is cut between the halves of a character could not be kept by every database.
  return { ...problem, message: `${message.slice(0, MAX_MESSAGE)}…`.toWellFormed() }
}
