/** The end of a process that holds things open: each step once, in the order given. I/O through the steps. */
export type ClosingStep = {
  /** What ends, for whoever is told that it has failed. */
  readonly what: string
  readonly end: () => unknown
}

/** One that fails keeps none of the others from its turn. @throws what the first of those has thrown, once all had theirs. */
export async function closeInOrder(
  steps: readonly ClosingStep[],
  report: (error: unknown, what: string) => void,
): Promise<void> {
  const thrown: unknown[] = []
  for (const { what, end } of steps) {
    try {
      await end()
    } catch (error) {
      report(error, what)
      thrown.push(error)
    }
  }
  if (thrown.length > 0) throw thrown[0]
}
