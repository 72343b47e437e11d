/** Every regular expression of `src`: those that are written down, and those that are put together as modules are loaded. */
import { resolve } from 'node:path'
import { parseSync, Visitor } from 'oxc-parser'
import { readSource } from '../source.ts'

export type Pattern = { readonly place: string; readonly source: string; readonly flags: string }

export type Patterns = {
  readonly written: readonly Pattern[]
  /** The files that put patterns together, by their paths in `src`. */
  readonly makers: readonly string[]
}

export function readPatterns(): Patterns {
  const written: Pattern[] = []
  const makers = new Set<string>()
  for (const { path, text } of readSource()) {
    new Visitor({
      Literal(node) {
        if (!('regex' in node)) return
        const place = `${path}:${text.slice(0, node.start).split('\n').length}`
        written.push({ place, source: node.regex.pattern, flags: node.regex.flags })
      },
      NewExpression({ callee }) {
        if (callee.type === 'Identifier' && callee.name === 'RegExp') makers.add(path)
      },
    }).visit(parseSync(path, text).program)
  }
  return { written, makers: [...makers].sort() }
}

/** The patterns that the makers put together while they and their callers are loaded; `place` is the maker. */
export async function loadPatterns(makers: readonly string[]): Promise<readonly Pattern[]> {
  const made: Pattern[] = []
  const Native = RegExp
  globalThis.RegExp = new Proxy(Native, {
    construct(target, parts, self) {
      const pattern: RegExp = Reflect.construct(target, parts, self)
      const caller = callerOf(new Error())
      const place = makers.find((maker) => caller.includes(`/src/${maker}:`))
      if (place) made.push({ place, source: pattern.source, flags: pattern.flags })
      return pattern
    },
  })
  try {
    for (const { path, own } of readSource()) {
      const isOne = [path, ...own].some((one) => makers.includes(one))
      if (isOne) await import(/* @vite-ignore */ resolve('src', path))
    }
  } finally {
    globalThis.RegExp = Native
  }
  return made
}

/** Below the message and the line that records. */
function callerOf({ stack = '' }: Error): string {
  return stack.split('\n')[2] ?? ''
}
