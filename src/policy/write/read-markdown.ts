/**
 * The Markdown that policies are written in, as blocks with the lines they began on; a parser says what is what. Pure.
 * What is outside the subset that policies/README.md lists is a fault with its line: never dropped, never passed on.
 */
import type {
  Blockquote,
  Code,
  Heading,
  List,
  ListItem,
  Paragraph,
  RootContent,
  ThematicBreak,
} from 'mdast'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { type Block, type BoldWords, closesFence, fenceOf, joinWrapped } from './canonical.ts'
import {
  INDENT_FAULT,
  isRow,
  lineFault,
  MISPLACED,
  misplaced,
  TABLE_INSIDE,
  UNSEPARATED,
} from './line-fault.ts'
import { collapseSpace, indentOf, type NumberedLine } from './lines.ts'
import { boundFaults, type MarkdownFault } from './markdown-bounds.ts'
import { faultOf, type InlineSource, lineOf, offsetOf, readInline } from './read-inline.ts'

export type MarkdownReading = {
  readonly blocks: readonly Block[]
  readonly faults: readonly MarkdownFault[]
}

const RULE = /^\s*(?:-{3,}|\*{3,}|_{3,})\s*$/
export function readMarkdown(lines: readonly NumberedLine[]): MarkdownReading {
  const faults = boundFaults(lines)
  if (faults.length > 0) return { blocks: [], faults }
  const reader = new BlockReader(lines)
  reader.readAll()
  return { blocks: reader.blocks, faults: reader.faults }
}

type Form = Pick<Block, 'kind' | 'level' | 'marker'>
type Piece = {
  readonly form: Form
  readonly lines: readonly NumberedLine[]
  readonly bold: Block['bold']
  readonly underlined?: boolean
}

const AT_MARGIN = { kind: 'paragraph', level: 0, marker: '' } as const

class BlockReader {
  readonly blocks: Block[] = []
  readonly faults: MarkdownFault[] = []
  readonly #lines: readonly NumberedLine[]
  readonly #source: InlineSource
  /** Indents of the items that seem to enclose what comes next, outermost first. */
  #indents: readonly number[] = []

  constructor(lines: readonly NumberedLine[]) {
    this.#lines = lines
    // A no-break space is meant as a space; one sign stands for one, so that places stay.
    const plain = lines.map(({ text }) => text.replace(/[^\S\t]/g, ' '))
    this.#source = { text: plain.join('\n'), firstLine: lines[0]?.number ?? 1 }
  }

  readAll(): void {
    for (const node of fromMarkdown(this.#source.text).children) this.#readNode(node)
  }

  #readNode(node: RootContent): void {
    if (node.type === 'paragraph') this.#readParagraph(node, AT_MARGIN)
    else if (node.type === 'list') this.#readList(node, 0)
    else if (node.type === 'heading') this.#readHeading(node)
    else if (node.type === 'blockquote') this.#readQuote(node)
    else if (node.type === 'code') this.#readCode(node)
    else if (node.type === 'thematicBreak') this.#readRule(node)
    else this.#refuse(node, 'Write this as a paragraph or a list')
  }

  #readList(list: List, level: number): void {
    for (const item of list.children) this.#readItem(item, level)
  }

  #readItem(item: ListItem, level: number): void {
    this.#checkIndent(item, level)
    const [first, ...rest] = item.children
    const number = /^\d+/.exec(this.#source.text.slice(offsetOf(item), offsetOf(item) + 9))?.[0]
    const marker = number === undefined ? '-' : `${Number.parseInt(number, 10)}.`
    // "1988. Then", directly below the text of an item, may be a list or the end of a sentence.
    const isYear = marker !== '-' && marker !== '1.'
    if (isYear && this.#isBelow('paragraph', item)) this.#refuse(item, UNSEPARATED)
    if (!first) {
      this.#refuse(item, `Write what this item says, or remove its ${marker}`)
      return
    }
    if (first.type !== 'paragraph') {
      this.#refuse(first)
      return
    }
    if (lineOf(first, this.#source) !== lineOf(item, this.#source)) {
      this.#refuse(item, `Begin the text of this item on the line of its ${marker}`)
    }
    this.#readParagraph(first, { kind: 'item', level, marker })
    for (const child of rest) {
      if (child.type === 'heading') this.#refuseHeading(child)
      else if (child.type === 'list') this.#readList(child, level + 1)
      else if (child.type !== 'paragraph') this.#refuse(child)
      else this.#readParagraph(child, { ...AT_MARGIN, level: level + 1 })
    }
  }

  /** What seems to lie in an item must do so, and what lies in one must seem to. */
  #checkIndent(node: ListItem | Paragraph, level: number): void {
    const indent = this.#indentOf(node)
    this.#indents = this.#indents.filter((outer) => outer < indent)
    if (this.#indents.length !== level) {
      const message = `${INDENT_FAULT}, or by two spaces more (three below 1.) where it belongs to the item above`
      this.#refuse(node, message)
    }
    if (node.type === 'listItem') this.#indents = [...this.#indents, indent]
  }

  /** True right below a block of a kind, without an empty line between. */
  #isBelow(kind: Block['kind'], node: RootContent): boolean {
    const above = this.#lines[lineOf(node, this.#source) - this.#source.firstLine - 1]
    return this.blocks.at(-1)?.kind === kind && (above?.text ?? '').trim() !== ''
  }

  #indentOf(node: RootContent): number {
    const line = this.#lines[lineOf(node, this.#source) - this.#source.firstLine]
    return indentOf(line?.text ?? '')
  }

  #readParagraph(node: Paragraph, form: Form): void {
    const isItem = form.kind === 'item'
    const bold = this.#readInline(node)
    const lines = this.#linesOf(node)
    if (!isItem && !isRow(lines[0]?.text ?? '')) this.#checkIndent(node, form.level)
    this.#checkLines(lines, isItem)
    if (this.#isBelow('quote', node)) this.#refuse(node, UNSEPARATED)
    const firstRow = lines.findIndex(({ text }, index) => isRow(text) && !(isItem && index === 0))
    if (firstRow < 0) {
      this.#add({ form, lines, bold })
      return
    }
    if (firstRow > 0) this.#add({ form, lines: lines.slice(0, firstRow), bold })
    if (isItem || form.level > 0) {
      this.#refuseLine(lines[firstRow], TABLE_INSIDE)
      return
    }
    for (const line of lines.slice(firstRow)) {
      if (!isRow(line.text)) {
        this.#refuseLine(line, 'Leave an empty line below the table, or begin its row with |')
        return
      }
      this.#add({ form: { kind: 'table', level: 0, marker: '' }, lines: [line], bold })
    }
  }

  /** Within an item or a quote, a number may not open a wrapped line. */
  #checkLines(lines: readonly NumberedLine[], isEnclosed: boolean): void {
    for (const [index, line] of lines.entries()) {
      const message = lineFault(line.text, { opens: index === 0, isEnclosed })
      if (message !== null) this.#refuseLine(line, message)
    }
  }

  #readHeading(node: Heading): void {
    this.#indents = []
    const bold = this.#readInline(node)
    const lines = this.#linesOf(node)
    if (lines.length > 2) {
      this.#refuseLine(
        lines.at(-1),
        'Leave an empty line above this one: directly below a text it makes a heading of it',
      )
      return
    }
    if (node.children.length === 0) {
      this.#refuse(node, 'Write a heading after the #')
      return
    }
    const [line] = lines
    if (!line) return
    const underlined = lines.length > 1
    if (!underlined && this.#indentOf(node) > 0) this.#refuse(node, MISPLACED.heading)
    const text = underlined ? line.text : line.text.replace(/^#+/, '')
    const form = { kind: 'heading', level: 0, marker: '#'.repeat(node.depth) } as const
    this.#add({ form, lines: [{ ...line, text }], bold, underlined })
  }

  /** Told as out of its place, and read as what it is: else the rules below it were told, too. */
  #refuseHeading(node: Heading): void {
    const before = this.faults.length
    this.#readHeading(node)
    if (this.faults.length === before) this.#refuse(node)
  }

  /** The paragraphs of one quote are one, as its lines are. */
  #readQuote(node: Blockquote): void {
    const quoted: NumberedLine[] = []
    const bold: BoldWords[] = []
    for (const child of node.children) {
      if (child.type !== 'paragraph') {
        this.#refuse(child)
        return
      }
      bold.push(...this.#readInline(child))
      const lines = this.#linesOf(child).map(({ text, number }) => {
        return { text: text.replace(/^\s*>\s?/, ''), number }
      })
      this.#checkLines(lines, true)
      const row = lines.find(({ text }) => isRow(text))
      if (row) {
        this.#refuseLine(row, TABLE_INSIDE)
        return
      }
      quoted.push(...lines)
    }
    const form = { kind: 'quote', level: 0, marker: '>' } as const
    if (quoted.length > 0) this.#add({ form, lines: quoted, bold })
    else this.#refuse(node, 'Write what is quoted on the line of its >')
  }

  #readCode(node: Code): void {
    const lines = this.#linesOf(node)
    const fence = fenceOf(lines[0]?.text ?? '')
    if (fence === null) {
      const [first] = lines
      const isHeading = lines.length === 1 && /^\s*#{1,6}\s/.test(first?.text ?? '')
      this.#refuse(node, isHeading ? MISPLACED.heading : MISPLACED.code)
      if (first && isHeading) this.#addHeading(first)
      return
    }
    if (lines.length < 2 || !closesFence(lines.at(-1)?.text ?? '', fence)) {
      this.#refuse(node, `Close the code that begins here, with a line of ${fence}`)
      return
    }
    const line = lineOf(node, this.#source)
    const first = line - this.#source.firstLine
    const text = this.#lines
      .slice(first, first + lines.length)
      .map((one, index) => (index === 0 ? one.text.trim() : one.text.trimEnd()))
      .join('\n')
    this.blocks.push({ ...AT_MARGIN, kind: 'code', text, line, bold: [], underlined: false })
  }

  #addHeading(line: NumberedLine): void {
    const [, marker = '', text = ''] = /^\s*(#+)\s*(.*)$/.exec(line.text) ?? []
    const form = { kind: 'heading', level: 0, marker } as const
    this.#add({ form, lines: [{ ...line, text }], bold: [] })
  }

  #readRule(node: ThematicBreak): void {
    const lines = this.#linesOf(node)
    if (!RULE.test(lines[0]?.text ?? '')) {
      this.#refuse(node, 'Write a line across as ---')
      return
    }
    const form = { kind: 'rule', level: 0, marker: '---' } as const
    this.#add({ form, lines: [{ text: '', number: lineOf(node, this.#source) }], bold: [] })
  }

  #readInline(node: Paragraph | Heading): readonly BoldWords[] {
    const { bold, faults } = readInline(node, this.#source)
    this.faults.push(...faults)
    return bold
  }

  /** The lines of a node as written, the first from where the node begins. */
  #linesOf(node: RootContent): readonly NumberedLine[] {
    const end = node.position?.end.offset ?? 0
    const first = lineOf(node, this.#source)
    return this.#source.text
      .slice(offsetOf(node), end)
      .split('\n')
      .map((text, index) => ({ text, number: first + index }))
  }

  #add({ form, lines, bold, underlined = false }: Piece): void {
    const line = lines[0]?.number ?? this.#source.firstLine
    const end = lines.at(-1)?.number ?? line
    this.blocks.push({
      ...form,
      text: joinWrapped(lines.map(({ text }) => collapseSpace(text))),
      line,
      bold: bold.filter((one) => line <= one.line && one.line <= end),
      underlined,
    })
  }

  #refuse(node: RootContent, otherwise?: string): void {
    const message = faultOf(node, this.#source) ?? otherwise ?? misplaced(node.type)
    this.faults.push({ line: lineOf(node, this.#source), message })
  }

  #refuseLine(line: NumberedLine | undefined, message: string): void {
    this.faults.push({ line: line?.number ?? this.#source.firstLine, message })
  }
}
