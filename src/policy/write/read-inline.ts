/**
 * What stands within the lines of a paragraph: the words in bold, and what a policy may not hold. Pure.
 * Text itself is never taken from here: it stays as its author wrote it, marks and all.
 */
import type { Heading, Nodes, Paragraph } from 'mdast'
import type { BoldWords } from './canonical.ts'
import type { MarkdownFault } from './markdown-bounds.ts'

export type InlineReading = {
  readonly bold: readonly BoldWords[]
  readonly faults: readonly MarkdownFault[]
}

/** Where a text came from: the line on which it begins, and its signs as written. */
export type InlineSource = { readonly text: string; readonly firstLine: number }

const MAX_EXCERPT = 40

export function readInline(parent: Paragraph | Heading, source: InlineSource): InlineReading {
  const bold: BoldWords[] = []
  const faults: MarkdownFault[] = []
  const start = offsetOf(parent)
  const visit = (node: Nodes) => {
    const line = lineOf(node, source)
    const message = faultOf(node, source)
    if (message !== null) faults.push({ line, message })
    if (node.type === 'strong') {
      const at = offsetOf(node)
      const before = source.text.slice(source.text.lastIndexOf('\n', at - 1) + 1, at)
      bold.push({ text: textOf(node), line, opens: at === start, leads: !/\p{L}/u.test(before) })
    }
    if ('children' in node) for (const child of node.children) visit(child)
  }
  for (const child of parent.children) visit(child)
  return { bold, faults }
}

/** What is wrong with a piece of Markdown wherever it stands; null for all that may be written. */
export function faultOf(node: Nodes, source: InlineSource): string | null {
  const written = writtenOf(node, source)
  if (written.startsWith('<!--') && node.type === 'html') return commentMessage(written)
  switch (node.type) {
    case 'html':
      return `Write this without HTML, or in backticks where it is an example: ${excerpt(written)}`
    case 'image':
    case 'imageReference':
      return `Say it in words, or as a link, instead of a picture: ${excerpt(written)}`
    case 'definition':
      return `Write the address where it belongs, as [words](address), instead of ${excerpt(written)}`
    case 'text': {
      const comment = written.indexOf('<!--')
      return comment < 0 ? null : commentMessage(written.slice(comment))
    }
    default:
      return null
  }
}

export function lineOf(node: Nodes, { firstLine }: InlineSource): number {
  return firstLine + (node.position?.start.line ?? 1) - 1
}

export function offsetOf(node: Nodes): number {
  return node.position?.start.offset ?? 0
}

export function excerpt(text: string): string {
  const [line = ''] = text.split('\n')
  return line.length > MAX_EXCERPT ? `${line.slice(0, MAX_EXCERPT)}…` : line
}

function commentMessage(written: string): string {
  return `Take this comment out, for models and users would read it, and keep notes in README.md: ${excerpt(written)}`
}

function writtenOf(node: Nodes, { text }: InlineSource): string {
  return text.slice(offsetOf(node), node.position?.end.offset ?? 0)
}

function textOf(node: Nodes): string {
  if ('value' in node) return node.value
  return 'children' in node ? node.children.map(textOf).join('') : ''
}
