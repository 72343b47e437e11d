/**
 * Folded text to its words and, for scripts without word boundaries, its runs of characters. Pure.
 * A run is left whole: what counts as a word in it is decided against the index, with the segmenter's borders beside it.
 */

export type Piece = {
  /** `run`: unsegmented characters (Chinese, Japanese, Thai, Lao, Khmer, Burmese). */
  readonly kind: 'word' | 'run'
  readonly text: string
}

const TOKEN = /[\p{L}\p{M}\p{N}]+/gu
const ASCII_TOKEN = /[a-z0-9]+/g
const ASCII = /^\p{ASCII}*$/u
const UNSEGMENTED =
  /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u
const RUNS =
  /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]+|[^\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]+/gu

export function scanWords(folded: string): readonly Piece[] {
  if (ASCII.test(folded)) {
    return (folded.match(ASCII_TOKEN) ?? []).map((text) => ({ kind: 'word', text }))
  }
  const pieces: Piece[] = []
  for (const token of folded.match(TOKEN) ?? []) {
    if (!UNSEGMENTED.test(token)) pieces.push({ kind: 'word', text: token })
    else {
      for (const text of token.match(RUNS) ?? []) {
        pieces.push({ kind: UNSEGMENTED.test(text) ? 'run' : 'word', text })
      }
    }
  }
  return pieces
}

/** The words of a run as the platform's dictionary sees them. */
export function segmentRun(segmenter: Intl.Segmenter, run: string): readonly string[] {
  return Array.from(segmenter.segment(run), ({ segment }) => segment)
}
