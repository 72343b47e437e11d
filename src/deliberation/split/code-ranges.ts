/**
 * Where a text in Markdown is code: fences that are closed, spans between back-ticks, indented lines. Pure, linear in the text.
 * An open fence is none: it may have been opened in a thought, and whatever comes behind it would pass for code.
 */

const FENCE = /^[\s>]*(`{3,}|~{3,})([^\n]*)/
const INDENTED = /^(?: {4}|\t)/
const TICKS = /`+/g

type Range = { readonly from: number; readonly to: number }

/** Tells of a place whether it is within code; asked in ascending order. */
export function codeRanges(text: string): (at: number) => boolean {
  const ranges = [...rangesOf(text)]
  let index = 0
  return (at) => {
    while ((ranges[index]?.to ?? Number.POSITIVE_INFINITY) <= at) index++
    const range = ranges[index]
    return range !== undefined && range.from <= at
  }
}

function* rangesOf(text: string): Generator<Range> {
  /** The lines of a fence that is not closed yet are read as any others if it never is. */
  let held: Range[] = []
  let fence: { readonly mark: string; readonly from: number } | null = null
  let from = 0
  for (const line of text.split('\n')) {
    const to = from + line.length
    const [, mark, rest = ''] = FENCE.exec(line) ?? []
    if (fence !== null && mark?.startsWith(fence.mark) && rest.trim() === '') {
      held = []
      yield { from: fence.from, to }
      fence = null
    } else if (fence === null && mark !== undefined && !(mark[0] === '`' && rest.includes('`'))) {
      fence = { mark, from }
    } else {
      const ranges = INDENTED.test(line) ? [{ from, to }] : spansOf(line, from)
      if (fence === null) yield* ranges
      else held.push(...ranges)
    }
    from = to + 1
  }
  yield* held
}

/** As many back-ticks close a span as opened it. */
function* spansOf(line: string, offset: number): Generator<Range> {
  const runs = [...line.matchAll(TICKS)].map(
    ({ 0: ticks, index }) => [ticks.length, index] as const,
  )
  const places = new Map<number, number[]>()
  for (const [length, at] of runs) {
    const known = places.get(length)
    if (known) known.push(at)
    else places.set(length, [at])
  }
  const passed = new Map<number, number>()
  let closedAt = -1
  for (const [length, at] of runs) {
    const count = (passed.get(length) ?? 0) + 1
    passed.set(length, count)
    const closing = places.get(length)?.[count]
    if (at <= closedAt || closing === undefined) continue
    yield { from: offset + at, to: offset + closing }
    closedAt = closing
  }
}
