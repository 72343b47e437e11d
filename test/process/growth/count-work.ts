/**
 * How much a function does: every block of its code that V8 ran, as its coverage counts them, and for what the engine does by itself
 * the characters and items that it went over. A count and no time, so that a busy machine changes nothing.
 */
import { Session } from 'node:inspector'

type Method = (this: unknown, ...parts: unknown[]) => unknown
type Methods = Record<PropertyKey, Method>
type Cost = (
  self: string | readonly unknown[],
  parts: readonly unknown[],
  result: unknown,
) => number

const whole: Cost = ({ length }) => length
const from = (parts: readonly unknown[]) => (typeof parts[1] === 'number' ? parts[1] : 0)

/** From where it was looked from to where it was found. */
const sought: Cost = ({ length }, parts, found) =>
  typeof found === 'number' && found >= 0
    ? Math.abs(found - from(parts))
    : Math.max(0, length - from(parts))
const soughtBack: Cost = ({ length }, parts, found) =>
  (typeof parts[1] === 'number' ? Math.min(parts[1], length) : length) - Number(found)

const STRINGS: Readonly<Record<PropertyKey, Cost>> = {
  indexOf: sought,
  includes: (self, parts, found) =>
    sought(self, parts, found ? (self as string).indexOf(String(parts[0]), from(parts)) : -1),
  lastIndexOf: soughtBack,
  split: whole,
  replaceAll: whole,
  normalize: (_self, _parts, result) => String(result).length,
  toLowerCase: whole,
  toUpperCase: whole,
  toWellFormed: whole,
  isWellFormed: whole,
  trim: (self, _parts, result) => self.length - String(result).length,
  trimEnd: (self, _parts, result) => self.length - String(result).length,
  trimStart: (self, _parts, result) => self.length - String(result).length,
  repeat: (_self, _parts, result) => String(result).length,
  [Symbol.iterator]: whole,
}

const LISTS: Readonly<Record<PropertyKey, Cost>> = {
  indexOf: sought,
  includes: whole,
  lastIndexOf: soughtBack,
  concat: whole,
  flat: whole,
  join: whole,
  reverse: whole,
  shift: whole,
  slice: (_self, _parts, result) => (result as readonly unknown[]).length,
  sort: whole,
  // What comes after is moved, what is cut is copied.
  splice: ({ length }, [start], cut) =>
    Math.max(0, length - Number(start)) + (cut as readonly unknown[]).length,
  toReversed: whole,
  toSorted: whole,
  toSpliced: whole,
  unshift: whole,
  [Symbol.iterator]: whole,
}

let counted = 0

/** Counts what the methods of a prototype go over until it is undone. */
function countMethods(prototype: object, costs: Readonly<Record<PropertyKey, Cost>>): () => void {
  const methods = prototype as Methods
  const undone = Reflect.ownKeys(costs).map((name) => {
    const [method, cost] = [methods[name], costs[name]]
    if (!method || !cost) throw new Error(`No method ${String(name)}`)
    methods[name] = function counting(...parts) {
      const result = method.apply(this, parts)
      counted += cost(this as string, parts, result)
      return result
    }
    return () => {
      methods[name] = method
    }
  })
  return () => {
    for (const undo of undone) undo()
  }
}

/** A match is looked for from where the pattern stands to where it ends, or to the end of the text. */
function countMatches(): () => void {
  const exec = Reflect.get(RegExp.prototype, 'exec') as RegExp['exec']
  RegExp.prototype.exec = function counting(text) {
    const start = this.global || this.sticky ? this.lastIndex : 0
    const match: RegExpExecArray | null = Reflect.apply(exec, this, [text])
    counted += match ? match.index + match[0].length - start : this.sticky ? 1 : text.length - start
    return match
  }
  return () => {
    RegExp.prototype.exec = exec
  }
}

function countJson(): () => void {
  const { parse, stringify } = JSON
  JSON.parse = (text, reviver) => {
    counted += text.length
    return parse(text, reviver)
  }
  JSON.stringify = (value: unknown, ...others: unknown[]) => {
    const text = Reflect.apply(stringify, JSON, [value, ...others]) as string
    counted += text?.length ?? 0
    return text
  }
  return () => Object.assign(JSON, { parse, stringify })
}

const session = new Session()

export function startCounting(): void {
  session.connect()
  session.post('Profiler.enable')
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  takeBlocks()
}

export function stopCounting(): void {
  session.post('Profiler.stopPreciseCoverage')
  session.disconnect()
}

/** Between `startCounting` and `stopCounting`. What is run is run to its end, and may throw. */
export function countWork(run: () => unknown): number {
  counted = 0
  const undo = [
    countMethods(String.prototype, STRINGS),
    countMethods(Array.prototype, LISTS),
    countMatches(),
    countJson(),
  ]
  try {
    const result = run()
    if (result instanceof Promise) result.catch(() => {})
    if (isIterator(result)) while (!result.next().done);
  } catch {
    // What it thinks of the text is for other tests.
  } finally {
    for (const one of undo) one()
  }
  const work = counted
  return work + takeBlocks()
}

function isIterator(value: unknown): value is Iterator<unknown> {
  return typeof value === 'object' && value !== null && 'next' in value
}

/** How often blocks were run since they were taken last. */
function takeBlocks(): number {
  let blocks = 0
  session.post('Profiler.takePreciseCoverage', (error, coverage) => {
    if (error) throw error
    for (const { functions } of coverage.result) {
      for (const { ranges } of functions) for (const { count } of ranges) blocks += count
    }
  })
  return blocks
}
