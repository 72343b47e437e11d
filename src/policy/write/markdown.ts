/**
 * Markdown as blocks with line numbers, and back to one canonical text: how white space is kept out of a digest.
 * Pure. Knows as much of Markdown as policies use; it must never change a word, only the space between words.
 */

export type MarkdownLine = { readonly text: string; readonly number: number }

export type Block = {
  readonly kind: 'paragraph' | 'item' | 'heading' | 'quote' | 'table' | 'code' | 'rule'
  /** How deep it lies in lists; 0 is the margin. */
  readonly level: number
  /** `-` or `3.` for items, `##` for headings, otherwise empty. */
  readonly marker: string
  readonly text: string
  readonly line: number
}

type OpenBlock = { -readonly [Key in keyof Block]: Block[Key] }

const FENCE = /^\s*(```+|~~~+)/
const HEADING = /^(#{1,6})\s+(.*)$/
const ITEM = /^(\s*)([-*+]|\d{1,9}[.)])\s+(.*)$/
const RULE = /^\s*(?:-{3,}|\*{3,}|_{3,})\s*$/
/** Scripts that wrap lines without a space between words. */
const NO_SPACE = /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}]/u

/** Splits a text into numbered lines, whatever its line ends, without a byte-order mark. */
export function markdownLines(text: string, firstNumber = 1): readonly MarkdownLine[] {
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/)
    .map((line, index) => ({ text: line, number: firstNumber + index }))
}

export function readBlocks(lines: readonly MarkdownLine[]): readonly Block[] {
  const reader = createReader()
  for (const line of lines) reader.read(line)
  return reader.blocks.filter((block) => block.text !== '' || block.kind === 'rule')
}

/** The canonical text: single spaces, unwrapped paragraphs, one blank line between blocks, none between list items. */
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

/** Collapses every run of white space to one space. */
export function collapseSpace(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}

function joins(before: Block, block: Block): boolean {
  return before.kind === block.kind && (block.kind === 'item' || block.kind === 'table')
}

function createReader() {
  const blocks: OpenBlock[] = []
  let open: OpenBlock | null = null
  let fence: string | null = null
  /** Indents of the list items that enclose the current line, outermost first. */
  let indents: number[] = []

  const begin = (block: OpenBlock, continues: boolean) => {
    blocks.push(block)
    open = continues ? block : null
  }

  const readItem = (match: RegExpExecArray, line: number) => {
    const indent = widthOf(match[1] ?? '')
    indents = indents.filter((outer) => outer < indent)
    const level = indents.length
    indents.push(indent)
    const marker = /^\d/.test(match[2] ?? '') ? `${Number.parseInt(match[2] ?? '', 10)}.` : '-'
    begin({ kind: 'item', level, marker, text: collapseSpace(match[3] ?? ''), line }, true)
  }

  const readText = (line: MarkdownLine) => {
    const text = collapseSpace(line.text)
    if (open) {
      open.text = joinWrapped(open.text, text)
      return
    }
    const indent = widthOf(/^\s*/.exec(line.text)?.[0] ?? '')
    indents = indents.filter((outer) => outer < indent)
    begin({ kind: 'paragraph', level: indents.length, marker: '', text, line: line.number }, true)
  }

  const readFenced = (line: MarkdownLine) => {
    const block = blocks.at(-1)
    if (block) block.text += `\n${line.text.trimEnd()}`
    if (fence !== null && line.text.trim() === fence) fence = null
  }

  const read = (line: MarkdownLine) => {
    if (fence !== null) return readFenced(line)
    const fenced = FENCE.exec(line.text)
    if (fenced) {
      fence = fenced[1] ?? ''
      const block = { level: 0, marker: '', text: line.text.trim(), line: line.number }
      return begin({ kind: 'code', ...block }, false)
    }
    if (line.text.trim() === '') {
      open = null
      return
    }
    if (RULE.test(line.text)) {
      return begin({ kind: 'rule', level: 0, marker: '---', text: '', line: line.number }, false)
    }
    const heading = HEADING.exec(line.text)
    if (heading) {
      indents = []
      const text = collapseSpace(heading[2] ?? '')
      return begin(
        { kind: 'heading', level: 0, marker: heading[1] ?? '', text, line: line.number },
        false,
      )
    }
    const item = ITEM.exec(line.text)
    // A number that opens a wrapped line ("in 1988. Then …") is no list, unless it is 1.
    if (item && !(open?.kind === 'paragraph' && /^(?!1[.)])\d/.test(item[2] ?? ''))) {
      return readItem(item, line.number)
    }
    if (/^\s*\|/.test(line.text)) {
      const text = collapseSpace(line.text)
      return begin({ kind: 'table', level: 0, marker: '', text, line: line.number }, false)
    }
    if (/^\s*>/.test(line.text)) {
      const text = collapseSpace(line.text.replace(/^\s*>\s?/, ''))
      if (open?.kind === 'quote') open.text = joinWrapped(open.text, text)
      else begin({ kind: 'quote', level: 0, marker: '>', text, line: line.number }, true)
      return
    }
    readText(line)
  }

  return { blocks, read }
}

function joinWrapped(before: string, after: string): string {
  if (before === '' || after === '') return before + after
  const unspaced = NO_SPACE.test(before.slice(-1)) && NO_SPACE.test(after.slice(0, 1))
  return before + (unspaced ? '' : ' ') + after
}

function widthOf(indent: string): number {
  return indent.replaceAll('\t', '    ').length
}
