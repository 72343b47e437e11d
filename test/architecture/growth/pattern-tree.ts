/** A regular expression as a tree, as far as backtracking asks: what a single character may be is left to the engine. */

export type Tree =
  /** One character: a literal, an escape, a class, a dot. */
  | { readonly kind: 'sign'; readonly source: string }
  | { readonly kind: 'assertion'; readonly source: string }
  | { readonly kind: 'back'; readonly group: number | string }
  | { readonly kind: 'sequence'; readonly items: readonly Tree[] }
  | { readonly kind: 'choice'; readonly options: readonly Tree[] }
  | {
      readonly kind: 'group'
      readonly item: Tree
      readonly index: number | null
      readonly name: string | null
    }
  | {
      readonly kind: 'look'
      readonly item: Tree
      readonly isBehind: boolean
      readonly isNegative: boolean
    }
  | Repeat

export type Repeat = {
  readonly kind: 'repeat'
  readonly item: Tree
  readonly min: number
  readonly max: number
  readonly isLazy: boolean
}

const OPENING = /\(\?(?:<(?<name>[^>=!]+)>|(?<look><?[=!])|:)|\(/y
const COUNT = /[*+?]\??|\{(\d+)(,)?(\d*)\}\??/y
const BACK = /\\(?:([1-9]\d*)|k<([^>]+)>)/y
const SIGN =
  /\[(?:\\[\s\S]|[^\]\\])*\]|\\(?:[pP]\{[^}]*\}|u\{[^}]*\}|u[0-9a-fA-F]{4}(?:\\u[dD][c-fC-F][0-9a-fA-F]{2})?|x[0-9a-fA-F]{2}|c[A-Za-z]|[\s\S])|[\s\S]/uy

/** @throws Error for what is not a pattern that the engine takes with these flags. */
export function readPattern(source: string, flags: string): Tree {
  new RegExp(source, flags)
  return new PatternReader(source).read()
}

class PatternReader {
  readonly #source: string
  #at = 0
  #groups = 0

  constructor(source: string) {
    this.#source = source
  }

  read(): Tree {
    const tree = this.#choice()
    if (this.#at < this.#source.length) throw new Error(`Not read to its end: ${this.#source}`)
    return tree
  }

  #choice(): Tree {
    const options = [this.#sequence()]
    while (this.#take('|')) options.push(this.#sequence())
    const [only] = options
    return options.length === 1 && only ? only : { kind: 'choice', options }
  }

  #sequence(): Tree {
    const items: Tree[] = []
    while (this.#at < this.#source.length && !/[|)]/.test(this.#source.charAt(this.#at))) {
      items.push(this.#counted(this.#single()))
    }
    return { kind: 'sequence', items }
  }

  #counted(item: Tree): Tree {
    const count = this.#match(COUNT)
    if (!count) return item
    const [text, least, comma, most] = count
    const isLazy = text.length > 1 && text.endsWith('?')
    if (least === undefined) {
      const min = text.startsWith('+') ? 1 : 0
      return { kind: 'repeat', item, min, max: text.startsWith('?') ? 1 : Infinity, isLazy }
    }
    const min = Number(least)
    const max = comma ? (most ? Number(most) : Infinity) : min
    return { kind: 'repeat', item, min, max, isLazy }
  }

  #single(): Tree {
    const opening = this.#match(OPENING)
    if (opening) return this.#enclosed(opening)
    if (this.#take('^')) return { kind: 'assertion', source: '^' }
    if (this.#take('$')) return { kind: 'assertion', source: '$' }
    if (this.#take('\\b')) return { kind: 'assertion', source: '\\b' }
    if (this.#take('\\B')) return { kind: 'assertion', source: '\\B' }
    const back = this.#match(BACK)
    if (back) return { kind: 'back', group: back[2] ?? Number(back[1]) }
    const [source = ''] = this.#match(SIGN) ?? []
    return { kind: 'sign', source }
  }

  #enclosed({ 0: text, groups }: RegExpExecArray): Tree {
    const { look, name = null } = groups ?? {}
    const isCounted = look === undefined && text !== '(?:'
    const index = isCounted ? ++this.#groups : null
    const item = this.#choice()
    if (!this.#take(')')) throw new Error(`Not closed: ${this.#source}`)
    if (look === undefined) return { kind: 'group', item, index, name }
    return { kind: 'look', item, isBehind: look.startsWith('<'), isNegative: look.endsWith('!') }
  }

  #take(text: string): boolean {
    if (!this.#source.startsWith(text, this.#at)) return false
    this.#at += text.length
    return true
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at
    const match = pattern.exec(this.#source)
    if (match) this.#at = pattern.lastIndex
    return match
  }
}
