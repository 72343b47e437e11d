/**
 * Two texts as one, with the words that went and those that came: how people read a change. Pure.
 * The longest common run of words is kept; texts too long for that are told as a whole, once as they were and once as they are.
 */

export type WordRun = { readonly kind: 'same' | 'removed' | 'added'; readonly text: string }

/** Of the table of word pairs: some milliseconds' work, and more than any clause needs. */
const MAX_PAIRS = 1_000_000

export function wordChanges(from: string, to: string): readonly WordRun[] {
  const before = wordsOf(from)
  const after = wordsOf(to)
  if (before.length * after.length > MAX_PAIRS) {
    return joinRuns([
      { kind: 'removed', text: from },
      { kind: 'added', text: to },
    ])
  }
  return joinRuns(alignWords(before, after))
}

/** Words and what stands between them; a script without spaces by character, since a whole line would be one word. */
function wordsOf(text: string): readonly string[] {
  return (
    text.match(
      /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}]|[\p{L}\p{N}\p{M}_'’]+|\s+|[\s\S]/gu,
    ) ?? []
  )
}

function alignWords(before: readonly string[], after: readonly string[]): readonly WordRun[] {
  const width = after.length + 1
  // At [i, j]: how many words the rest of `before` from i and of `after` from j have in common.
  const common = new Uint32Array((before.length + 1) * width)
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      const at = i * width + j
      common[at] =
        before[i] === after[j]
          ? (common[at + width + 1] ?? 0) + 1
          : Math.max(common[at + width] ?? 0, common[at + 1] ?? 0)
    }
  }
  const runs: WordRun[] = []
  let [i, j] = [0, 0]
  while (i < before.length || j < after.length) {
    const old = before[i]
    const now = after[j]
    const at = i * width + j
    if (old !== undefined && old === now) {
      runs.push({ kind: 'same', text: old })
      i++
      j++
    } else if (now === undefined || (old !== undefined && below(common, at, width))) {
      runs.push({ kind: 'removed', text: old ?? '' })
      i++
    } else {
      runs.push({ kind: 'added', text: now })
      j++
    }
  }
  return runs
}

/** True where leaving out the old word keeps at least as much as leaving out the new one. */
function below(common: Uint32Array, at: number, width: number): boolean {
  return (common[at + width] ?? 0) >= (common[at + 1] ?? 0)
}

/** Neighbours of a kind as one run; a space between two changes belongs to both, and what went stands before what came. */
function joinRuns(runs: readonly WordRun[]): readonly WordRun[] {
  const joined: WordRun[] = []
  let removed = ''
  let added = ''
  const flush = () => {
    if (removed !== '') joined.push({ kind: 'removed', text: removed })
    if (added !== '') joined.push({ kind: 'added', text: added })
    removed = ''
    added = ''
  }
  for (const [index, { kind, text }] of runs.entries()) {
    if (kind === 'removed') removed += text
    else if (kind === 'added') added += text
    else if (/^\s+$/.test(text) && removed !== '' && added !== '' && changesNext(runs, index)) {
      removed += text
      added += text
    } else {
      flush()
      const last = joined.at(-1)
      if (last?.kind === 'same') joined[joined.length - 1] = { kind, text: last.text + text }
      else joined.push({ kind, text })
    }
  }
  flush()
  return joined
}

function changesNext(runs: readonly WordRun[], index: number): boolean {
  const next = runs[index + 1]
  return next !== undefined && next.kind !== 'same'
}
