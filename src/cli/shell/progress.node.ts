/**
 * How far long work is: a bar that is drawn over on a terminal, a plain line now and then in a file or pipe. Writes to stderr.
 * It draws by a timer of its own, so that the work never waits for it.
 */
export type ProgressOptions = {
  readonly stderr: (text: string) => void
  /** How wide the terminal is; null where stderr is none. */
  readonly columns: number | null
  /** Null where nobody knows. */
  readonly total: number | null
  /** What is there already. */
  readonly before: number
  /** What else is worth a word: `3 changed`. */
  readonly note: () => string
}

export type Progress = {
  step(): void
  /** Draws a last time and ends the line. */
  end(): void
}

const DRAW_EVERY_MS = 200
const LINE_EVERY_MS = 10_000
const BAR_WIDTH = 24
/** The rate is that of the last while, so that it follows what happens. */
const RATE_WINDOW_MS = 10_000

export function startProgress(options: ProgressOptions): Progress {
  const { stderr, columns, total, before, note } = options
  let done = before
  const marks: { readonly at: number; readonly done: number }[] = [{ at: performance.now(), done }]
  const write = () => {
    const line = renderProgress({ done, total, perSecond: rateOf(marks, done), note: note() })
    stderr(columns === null ? `${line}\n` : `\r\u001b[2K${line.slice(0, columns - 1)}`)
  }
  const timer = setInterval(write, columns === null ? LINE_EVERY_MS : DRAW_EVERY_MS)
  timer.unref()
  return {
    step() {
      done++
    },
    end() {
      clearInterval(timer)
      write()
      if (columns !== null) stderr('\n')
    },
  }
}

function rateOf(marks: { readonly at: number; readonly done: number }[], done: number): number {
  const now = performance.now()
  while (marks.length > 1 && now - (marks[0]?.at ?? 0) > RATE_WINDOW_MS) marks.shift()
  const first = marks[0] ?? { at: now, done }
  marks.push({ at: now, done })
  const seconds = (now - first.at) / 1000
  return seconds > 0 ? (done - first.done) / seconds : 0
}

/** `[#####     ] 120/1000 (12 %), 45.0/s, 20 s left, 3 changed`. */
export function renderProgress(state: {
  readonly done: number
  readonly total: number | null
  readonly perSecond: number
  readonly note: string
}): string {
  const { done, total, perSecond, note } = state
  const rate = `${perSecond.toFixed(perSecond < 100 ? 1 : 0)}/s`
  if (total === null) return [`${done} done`, rate, note].filter((text) => text !== '').join(', ')
  const share = total === 0 ? 1 : Math.min(1, done / total)
  const bar = '#'.repeat(Math.round(share * BAR_WIDTH)).padEnd(BAR_WIDTH)
  const left = perSecond > 0 && done < total ? `${renderTime((total - done) / perSecond)} left` : ''
  const counts = `[${bar}] ${done}/${total} (${Math.floor(share * 100)} %)`
  return [counts, rate, left, note].filter((text) => text !== '').join(', ')
}

function renderTime(seconds: number): string {
  const whole = Math.ceil(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
}
