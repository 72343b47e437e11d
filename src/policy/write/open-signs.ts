/** Where quotes and brackets of a value end, or begin and do not end. Pure, one pass over the text; notes after # are passed over. */

type OpenQuote = { readonly line: number; readonly excerpt: string }

type FlowEnd =
  | { readonly kind: 'open'; readonly closing: string }
  /** What stands behind the last bracket, and in which line. */
  | { readonly kind: 'closed'; readonly rest: string; readonly line: number }

const MAX_EXCERPT = 40

/** The quote that opens a value, an item or a key and closes nowhere; null where each closes. */
export function openQuote(text: string): OpenQuote | null {
  for (const { at, sign, end } of signsOf(text)) {
    if (!/["']/.test(sign) || end !== null) continue
    const [excerpt = ''] = text.slice(at, at + MAX_EXCERPT).split('\n')
    return { line: lineAt(text, at), excerpt: excerpt.trimEnd() }
  }
  return null
}

/** Where the bracket closes that the value of a text begins with. */
export function flowEnd(text: string): FlowEnd {
  const open: string[] = []
  for (const { at, sign } of signsOf(text)) {
    if (sign === '[' || sign === '{') open.push(sign === '[' ? ']' : '}')
    else if (sign === ']' || sign === '}') {
      if (open.at(-1) === sign) open.pop()
      if (open.length > 0) continue
      const rest = text.slice(at + 1).replace(/(?:^|\s)#.*$/gm, '')
      const skipped = /^\s*/.exec(text.slice(at + 1))?.[0].length ?? 0
      return { kind: 'closed', rest: rest.trim(), line: lineAt(text, at + 1 + skipped) }
    }
  }
  return { kind: 'open', closing: open.toReversed().join('') }
}

type Sign = { readonly at: number; readonly sign: string; readonly end: number | null }

/** Brackets, and quotes that open where something begins. */
function* signsOf(text: string): Generator<Sign> {
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const sign = text.charAt(at)
    const before = text.slice(Math.max(0, at - 3), at)
    if (sign === '#' && (at === 0 || /\s$/.test(before))) {
      const end = text.indexOf('\n', at)
      if (end < 0) return
      at = end
    } else if (/["']/.test(sign) && opensQuote(before, depth)) {
      const end = closingQuote(text, at)
      yield { at, sign, end }
      if (end === null) return
      at = end
    } else if (/[[{\]}]/.test(sign)) {
      const opens = sign === '[' || sign === '{'
      if (opens && depth === 0 && !/(?:^|[:-])\s*$/.test(before)) continue
      if (!opens && depth === 0) continue
      depth += opens ? 1 : -1
      yield { at, sign, end: null }
    }
  }
}

function opensQuote(before: string, depth: number): boolean {
  const above = before.slice(before.lastIndexOf('\n') + 1)
  if (above.trim() === '' || /(?::\s|-\s|[[{])\s*$/.test(before)) return true
  return depth > 0 && /,\s*$/.test(before)
}

function closingQuote(text: string, open: number): number | null {
  const sign = text.charAt(open)
  for (let at = open + 1; at < text.length; at++) {
    const one = text.charAt(at)
    if (sign === '"' && one === '\\') at++
    else if (one === sign) {
      if (sign === "'" && text.charAt(at + 1) === "'") at++
      else return at
    }
  }
  return null
}

function lineAt(text: string, at: number): number {
  return text.slice(0, at).split('\n').length - 1
}
