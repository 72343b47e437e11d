/**
 * How many steps a backtracking engine takes for a pattern over a text: one for each sign or assertion that it tries.
 * A count, so that a busy machine changes nothing. What V8 leaves out by being clever is counted all the same.
 */
import type { Repeat, Tree } from './pattern-tree.ts'

type Goal = (at: number) => boolean
type Matcher = (at: number, goal: Goal) => boolean

/** Of one text: there the count ends. */
export const MOST_STEPS = 5_000_000

class TooManySteps extends Error {}

/** As all matches are looked for where the pattern is global, and the first otherwise. */
export function createStepCounter(tree: Tree, flags: string): (text: string) => number {
  const engine = new Engine(tree, flags)
  return (text) => {
    try {
      return engine.run(text)
    } catch (error) {
      if (error instanceof TooManySteps) return MOST_STEPS
      throw error
    }
  }
}

/** True for a character that a sign of a pattern may be. */
export function createSignTest(flags: string): (source: string, character: string) => boolean {
  const known = new Map<string, Map<string, boolean>>()
  const kept = flags.replace(/[gymd]/g, '')
  return (source, character) => {
    const answers = known.get(source) ?? new Map<string, boolean>()
    const answer = answers.get(character)
    if (answer !== undefined) return answer
    const fits = new RegExp(`^(?:${source})$`, kept).test(character)
    known.set(source, answers.set(character, fits))
    return fits
  }
}

class Engine {
  readonly #flags: string
  readonly #fits: ReturnType<typeof createSignTest>
  readonly #match: Matcher
  readonly #captures = new Map<number | string, string>()
  #signs: readonly string[] = []
  #steps = 0

  constructor(tree: Tree, flags: string) {
    this.#flags = flags
    this.#fits = createSignTest(flags)
    this.#match = this.#compile(tree, 1)
  }

  run(text: string): number {
    this.#signs = /[uv]/.test(this.#flags) ? Array.from(text) : text.split('')
    this.#steps = 0
    this.#captures.clear()
    const isGlobal = this.#flags.includes('g')
    for (let at = 0; at <= this.#signs.length; ) {
      this.#step()
      let end = -1
      const found = this.#match(at, (place) => {
        end = place
        return true
      })
      if (found && !isGlobal) break
      at = found && end > at ? end : at + 1
    }
    return this.#steps
  }

  #step(): void {
    if (++this.#steps > MOST_STEPS) throw new TooManySteps()
  }

  #compile(tree: Tree, way: 1 | -1): Matcher {
    switch (tree.kind) {
      case 'sign':
        return (at, goal) => this.#isSign(tree.source, at, way) && goal(at + way)
      case 'assertion':
        return (at, goal) => this.#holds(tree.source, at) && goal(at)
      case 'back':
        return (at, goal) => this.#repeats(tree.group, at, goal)
      case 'group':
        return this.#group(tree, way)
      case 'look':
        return this.#look(tree)
      case 'choice': {
        const options = tree.options.map((option) => this.#compile(option, way))
        return (at, goal) => options.some((option) => option(at, goal))
      }
      case 'sequence': {
        const items = tree.items.map((item) => this.#compile(item, way))
        const ordered = way === 1 ? items : items.toReversed()
        return (at, goal) => this.#inOrder(ordered, 0, at, goal)
      }
      case 'repeat':
        return tree.item.kind === 'sign'
          ? this.#repeatSign(tree, tree.item.source, way)
          : this.#repeat(tree, way)
    }
  }

  #isSign(source: string, at: number, way: 1 | -1): boolean {
    this.#step()
    const sign = this.#signs[way === 1 ? at : at - 1]
    return sign !== undefined && this.#fits(source, sign)
  }

  #inOrder(items: readonly Matcher[], from: number, at: number, goal: Goal): boolean {
    const item = items[from]
    return item ? item(at, (place) => this.#inOrder(items, from + 1, place, goal)) : goal(at)
  }

  #holds(source: string, at: number): boolean {
    this.#step()
    const before = this.#signs[at - 1]
    const after = this.#signs[at]
    const isMultiline = this.#flags.includes('m')
    const endsLine = (sign: string | undefined) =>
      sign === undefined || (isMultiline && /[\n\r\u2028\u2029]/.test(sign))
    if (source === '^') return endsLine(before)
    if (source === '$') return endsLine(after)
    const isWord = (sign: string | undefined) => sign !== undefined && this.#fits('\\w', sign)
    return (isWord(before) !== isWord(after)) === (source === '\\b')
  }

  #repeats(group: number | string, at: number, goal: Goal): boolean {
    const wanted = Array.from(this.#captures.get(group) ?? '')
    for (const [index, sign] of wanted.entries()) {
      this.#step()
      if (this.#signs[at + index] !== sign) return false
    }
    return goal(at + wanted.length)
  }

  #group(tree: Extract<Tree, { kind: 'group' }>, way: 1 | -1): Matcher {
    const item = this.#compile(tree.item, way)
    const { index, name } = tree
    if (index === null) return item
    return (at, goal) =>
      item(at, (end) => {
        const captured = this.#signs.slice(Math.min(at, end), Math.max(at, end)).join('')
        this.#captures.set(index, captured)
        if (name !== null) this.#captures.set(name, captured)
        return goal(end)
      })
  }

  #look({ item, isBehind, isNegative }: Extract<Tree, { kind: 'look' }>): Matcher {
    const match = this.#compile(item, isBehind ? -1 : 1)
    return (at, goal) => match(at, () => true) !== isNegative && goal(at)
  }

  /** A run of signs, without a call for each. */
  #repeatSign({ min, max, isLazy }: Repeat, source: string, way: 1 | -1): Matcher {
    return (at, goal) => {
      let count = 0
      while (count < (isLazy ? min : max) && this.#isSign(source, at + way * count, way)) count++
      if (count < min) return false
      if (isLazy) {
        for (; ; count++) {
          if (goal(at + way * count)) return true
          if (count === max || !this.#isSign(source, at + way * count, way)) return false
        }
      }
      for (; count >= min; count--) {
        this.#step()
        if (goal(at + way * count)) return true
      }
      return false
    }
  }

  #repeat(tree: Repeat, way: 1 | -1): Matcher {
    const { min, max, isLazy } = tree
    const item = this.#compile(tree.item, way)
    const more = (count: number, at: number, goal: Goal): boolean => {
      this.#step()
      const again = () =>
        count < max &&
        item(at, (end) => (end === at && count >= min ? false : more(count + 1, end, goal)))
      const enough = () => count >= min && goal(at)
      return isLazy ? enough() || again() : again() || enough()
    }
    return (at, goal) => more(0, at, goal)
  }
}
