/**
 * Two texts as one, with the words that went and those that came: how people read a change. Pure.
 * Most words are kept; texts that differ in too many are told as a whole, once as they were and once as they are.
 */
import { diffArrays } from 'diff'

export type WordRun = { readonly kind: 'same' | 'removed' | 'added'; readonly text: string }

/** Time grows with the words times those that changed; past these, no reader would follow word by word. */
const MAX_CHANGED_WORDS = 1_000

export function wordChanges(from: string, to: string): readonly WordRun[] {
  const options = { maxEditLength: MAX_CHANGED_WORDS }
  const changes = diffArrays([...wordsOf(from)], [...wordsOf(to)], options)
  if (!changes) {
    return joinRuns([
      { kind: 'removed', text: from },
      { kind: 'added', text: to },
    ])
  }
  return joinRuns(
    changes.map(({ added, removed, value }) => {
      const kind = added ? 'added' : removed ? 'removed' : 'same'
      return { kind, text: value.join('') }
    }),
  )
}

/** Words and what stands between them; a script without spaces by character, since a whole line would be one word. */
function wordsOf(text: string): readonly string[] {
  return (
    text.match(
      /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}]|[\p{L}\p{N}\p{M}_'’]+|\s+|[\s\S]/gu,
    ) ?? []
  )
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
