/**
 * Looks for a text over which a pattern takes more than in proportion to its length: every repetition is set going by what
 * stands before it, goes on over what it repeats or over one or two signs that the pattern tells apart, and is let down.
 */
import { createSignTest, createStepCounter, MOST_STEPS } from './count-steps.ts'
import { readPattern, type Tree } from './pattern-tree.ts'

/** Twice the text may cost so many times the steps. */
export const MOST_GROWTH = 2.5
/** Of an alphabet, where every two are tried together. */
const FEW = 10
/** Of signs: below, what is bounded looks as if it grew. */
const FIRST = 24
const LARGEST = 1_536
/** For one pattern, the likeliest texts first: one of a thousand alternatives takes as many steps for each sign. */
const MOST_STEPS_IN_ALL = 4_000_000

/** Signs of every kind that patterns tell apart, the plain ones first. */
const SIGNS = Array.from(
  'a0 -.x_A"\'`<>[](){}\\/|*+#=:;,@!?&$%^~\t\n\r' +
    Array.from({ length: 95 }, (_, at) => String.fromCharCode(32 + at)).join('') +
    '\0\u00a0\u2028\u0301\u064b\uff9e\u200b漢あカ가ไяاéß٣½ⅷ–’„。😀',
)

export type Growth = { readonly text: string; readonly ratio: number }

/** Null where every text that was tried takes steps in proportion. `reads`: what becomes of a text before it is read. */
export function findGrowth(
  { source, flags }: { readonly source: string; readonly flags: string },
  reads: (text: string) => string = (text) => text,
): Growth | null {
  const tree = readPattern(source, flags)
  const count = createStepCounter(tree, flags)
  const alphabet = alphabetOf(tree, flags)
  let taken = 0
  for (const [before, pump, ends] of attacksOf(tree, flags, alphabet)) {
    for (const end of ends) {
      const found = growthOf((times) => {
        const text = reads(before + pump.repeat(times) + end)
        const steps = count(text)
        taken += steps
        return { text, steps }
      }, pump.length)
      if (found) return found
      if (taken > MOST_STEPS_IN_ALL) return null
    }
  }
  return null
}

type Tried = { readonly text: string; readonly steps: number }

/** A bound may take hold later: only what grows so at every length does. */
function growthOf(attempt: (times: number) => Tried, pump: number): Growth | null {
  let times = Math.ceil(FIRST / pump)
  const first = attempt(times)
  let { steps } = first
  if (steps >= MOST_STEPS) return { text: first.text, ratio: Number.POSITIVE_INFINITY }
  for (;;) {
    times *= 2
    const next = attempt(times)
    const isEndless = next.steps >= MOST_STEPS
    const ratio = isEndless ? Number.POSITIVE_INFINITY : next.steps / steps
    if (ratio <= MOST_GROWTH) return null
    if (isEndless || times * pump >= LARGEST) return { text: next.text.slice(0, 80), ratio }
    steps = next.steps
  }
}

/** One sign of each kind that the pattern tells apart. */
function alphabetOf(tree: Tree, flags: string): readonly string[] {
  const lineEnds = flags.includes('m') ? ['[\\n\\r\\u2028\\u2029]'] : []
  const sources = [...new Set([...signsOf(tree), '\\w', ...lineEnds])]
  const fits = createSignTest(flags)
  const byKind = new Map<string, string>()
  for (const sign of [...SIGNS, ...literalsOf(sources)]) {
    const kind = sources.map((source) => (fits(source, sign) ? '1' : '0')).join('')
    if (!byKind.has(kind)) byKind.set(kind, sign)
  }
  return [...byKind.values()]
}

function literalsOf(sources: readonly string[]): readonly string[] {
  return sources.flatMap((source) =>
    Array.from(source.replace(/^\[\^?|\]$|\\[a-zA-Z](?:\{[^}]*\})?/g, '')),
  )
}

function signsOf(tree: Tree): readonly string[] {
  if (tree.kind === 'sign') return [tree.source]
  return childrenOf(tree).flatMap(signsOf)
}

function childrenOf(tree: Tree): readonly Tree[] {
  switch (tree.kind) {
    case 'sequence':
      return tree.items
    case 'choice':
      return tree.options
    case 'group':
    case 'look':
    case 'repeat':
      return [tree.item]
    default:
      return []
  }
}

type Attack = readonly [before: string, pump: string, ends: readonly string[]]

function attacksOf(tree: Tree, flags: string, alphabet: readonly string[]): readonly Attack[] {
  const repeats = repeatsOf(tree, '', exampler(flags, alphabet))
  const few = alphabet.slice(0, FEW)
  const led = [...new Set(repeats.map(({ before }) => before).filter((one) => one !== ''))]
  const some = ['', '\0', '\n', ...alphabet.slice(0, 2)]
  const all = ['', '\0', '\n', ...alphabet]
  const attacks: Attack[] = [
    ...repeats.flatMap(({ before, pumps }) => pumps.map((pump): Attack => [before, pump, all])),
    ...['', ...few, ...led.slice(0, FEW)].flatMap((one) =>
      alphabet.map((sign): Attack => [one, sign, some]),
    ),
    ...few.flatMap((one) => few.map((other): Attack => ['', one + other, some])),
    // What begins a match again and again, and never ends one.
    ...led.flatMap((one) => ['', ...few].map((sign): Attack => ['', one + sign, some])),
  ]
  return attacks.filter(([, pump]) => pump !== '')
}

type Repeated = { readonly before: string; readonly pumps: readonly string[] }
type Exampler = (tree: Tree, choose: number) => string

/** A text that a part of a pattern takes; `choose` says which of its options and signs, where there are several. */
function exampler(flags: string, alphabet: readonly string[]): Exampler {
  const fits = createSignTest(flags)
  const example: Exampler = (tree, choose) => {
    switch (tree.kind) {
      case 'sign': {
        const fitting = alphabet.filter((sign) => fits(tree.source, sign))
        return fitting[choose % Math.max(1, fitting.length)] ?? ''
      }
      case 'sequence':
        return tree.items.map((item) => example(item, choose)).join('')
      case 'choice': {
        const option = tree.options[choose % tree.options.length]
        return option ? example(option, choose) : ''
      }
      case 'group':
        return example(tree.item, choose)
      case 'repeat':
        return example(tree.item, choose).repeat(Math.min(tree.max, Math.max(tree.min, 1)))
      default:
        return ''
    }
  }
  return example
}

const VARIANTS = 4

/** Every repetition of a pattern without a small bound, with a text that leads up to it. */
function repeatsOf(tree: Tree, before: string, example: Exampler): readonly Repeated[] {
  if (tree.kind === 'sequence') {
    const found: Repeated[] = []
    let led = before
    for (const item of tree.items) {
      found.push(...repeatsOf(item, led, example))
      led += example(item, 0)
    }
    // What stands beside an endless run may be found in it again and again.
    const options = tree.items.some(isEndless) ? tree.items.flatMap(optionsOf) : []
    const pumps = [...new Set(options.map((option) => example(option, 0)))]
    return pumps.length > 0 ? [...found, { before, pumps }] : found
  }
  const within = childrenOf(tree).flatMap((child) => repeatsOf(child, before, example))
  if (tree.kind !== 'repeat' || tree.max < FIRST) return within
  const pumps = Array.from({ length: VARIANTS }, (_, choose) => example(tree.item, choose))
  return [{ before, pumps: [...new Set(pumps)] }, ...within]
}

function isEndless(tree: Tree): boolean {
  return tree.kind === 'repeat' && tree.max === Number.POSITIVE_INFINITY
}

function optionsOf(tree: Tree): readonly Tree[] {
  if (tree.kind === 'group') return optionsOf(tree.item)
  return tree.kind === 'choice' ? tree.options : []
}
