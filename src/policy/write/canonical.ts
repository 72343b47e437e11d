/**
 * The canonical text of a policy: how white space is kept out of a digest, and what can be told of such a text line by line.
 * Pure. One line for each block, two spaces for each level; no word is ever changed, only the space between words.
 */

export type BoldWords = {
  readonly text: string
  readonly line: number
  /** True where the block begins with them. */
  readonly opens: boolean
  /** True where no letter stands before them on their line. */
  readonly leads: boolean
}

export type Block = {
  readonly kind: 'paragraph' | 'item' | 'heading' | 'quote' | 'table' | 'code' | 'rule'
  /** How deep it lies in lists; 0 is the margin. */
  readonly level: number
  /** `-` or `3.` for items, `##` for headings, otherwise empty. */
  readonly marker: string
  readonly text: string
  readonly line: number
  readonly bold: readonly BoldWords[]
  /** True for a heading that is one by a line of --- or === below it. */
  readonly underlined: boolean
}

/** Scripts that wrap lines without a space between words. */
const NO_SPACE = /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}]/u

const FENCE = /^ {0,3}(`{3,}|~{3,})/
const INDENT_AND_MARKER = /^((?: {2})*)(- |\d{1,9}\. )?/

/** Single spaces, unwrapped paragraphs, one blank line between blocks, none between list items. */
export function renderBlocks(blocks: readonly Block[]): string {
  let text = ''
  let before: Block | null = null
  for (const block of blocks) {
    if (before) text += joins(before, block) ? '\n' : '\n\n'
    text += '  '.repeat(block.level) + (block.marker ? `${block.marker} ` : '') + block.text
    before = block
  }
  return text
}

function joins(before: Block, block: Block): boolean {
  return before.kind === block.kind && (block.kind === 'item' || block.kind === 'table')
}

/** Wrapped lines, each with its white space collapsed, as the one line they were. */
export function joinWrapped(lines: readonly string[]): string {
  return lines.reduce((before, after) => {
    if (before === '' || after === '') return before + after
    const unspaced = NO_SPACE.test(before.slice(-1)) && NO_SPACE.test(after.slice(0, 1))
    return before + (unspaced ? '' : ' ') + after
  }, '')
}

/** True where a line ends the code that a fence began: as many signs or more, and nothing else. */
export function closesFence(line: string, fence: string): boolean {
  const closing = /^ {0,3}(`{3,}|~{3,})\s*$/.exec(line)?.[1] ?? ''
  return closing.startsWith(fence)
}

/** The signs that begin a block of code, null where the line begins none. */
export function fenceOf(line: string): string | null {
  return FENCE.exec(line)?.[1] ?? null
}

/** A canonical text as Markdown: there, what stands under `1. ` is indented by three, and a list of any number needs a line. */
export function toMarkdown(canonical: string): string {
  /** How far the items that enclose a line move it, outermost first. */
  const widths: number[] = []
  return mapLines(canonical, (line) => {
    const { level, marker } = partsOf(line)
    const width = widths.slice(0, level).reduce((sum, one) => sum + one, 0)
    if (marker !== '') widths.splice(level, widths.length, marker.length)
    return (marker === '' ? '' : '\n') + ' '.repeat(width) + line.slice(2 * level)
  }).join('\n')
}

/** A canonical text without its lists and what stands in them. */
export function withoutItems(canonical: string): string {
  const lines = mapLines(canonical, (line) => {
    const { level, marker } = partsOf(line)
    return level === 0 && marker === '' ? line : null
  })
  // With an item goes the blank line below it.
  const kept = lines.filter((line, index) => line !== null && (line || lines[index - 1] !== null))
  return kept.join('\n').trimEnd()
}

function partsOf(line: string): { readonly level: number; readonly marker: string } {
  const [, spaces = '', marker = ''] = INDENT_AND_MARKER.exec(line) ?? []
  return { level: spaces.length / 2, marker }
}

/** Lines of code are passed through as they are. */
function mapLines<Line>(
  canonical: string,
  map: (line: string) => Line,
): readonly (Line | string)[] {
  let fence: string | null = null
  return canonical.split('\n').map((line) => {
    if (fence !== null) {
      if (closesFence(line, fence)) fence = null
      return line
    }
    fence = fenceOf(line)
    return map(line)
  })
}
