/**
 * JSON that comes back as it was written: numbers to the digit (2^53 + 1, `1.0`, `1e400`), members in their order (`{"2":…,"1":…}`).
 * No I/O. Both kinds of values are written by `JSON.stringify` as they are, wherever they stand; both must be handed on by
 * reference, since a copy (a spread, a clone) has neither the text of a number nor the order of an object.
 */

declare global {
  // TypeScript does not know them yet: https://tc39.es/proposal-json-parse-with-source/
  interface JSON {
    rawJSON(text: string): ExactNumber
    isRawJSON(value: unknown): value is ExactNumber
  }
}

/** A number whose text says more than its double: the text. An interface, so that the compiler takes it for no JSON object. */
export interface ExactNumber {
  readonly rawJSON: string
}

export function isExactNumber(value: unknown): value is ExactNumber {
  return JSON.isRawJSON(value)
}

/** True where a number's text is not what would be written for its double. */
export function isOddNumber(text: string): boolean {
  return String(Number(text)) !== text
}

/** An object that has its members in this order, even where names are whole numbers, which JavaScript would put first. */
export function orderedObject<Value>(
  members: Iterable<readonly [name: string, value: Value]>,
): Readonly<Record<string, Value>> {
  const known = new Map(members)
  const object = Object.fromEntries(known)
  const names = [...known.keys()]
  const isAsIs = Object.keys(object).every((name, index) => name === names[index])
  if (isAsIs) return object
  // Without a prototype, so that who copies plain objects, as Parquet's writer does, takes it as it is.
  const target = Object.freeze(Object.assign(Object.create(null), object) as typeof object)
  return new Proxy(target, { ownKeys: () => names })
}

/** Every string of a JSON text as it reads, names too, and those of members that another of their name hides. */
export function* stringsOf(text: string): Generator<string> {
  for (let at = text.indexOf('"'); at !== -1; ) {
    const end = endOfString(text, at) + 1
    yield JSON.parse(text.slice(at, end)) as string
    at = text.indexOf('"', end)
  }
}

export type ExactReading = {
  readonly value: unknown
  /** The first name that an object has twice, whatever its spelling; null where none has. Of two members the later one counts. */
  readonly repeated: string | null
}

/** Reads text that `JSON.parse` has taken, and that is no deeper than the stack. */
export function readExactly(text: string): ExactReading {
  const reader = new ExactReader(text)
  return { value: reader.value(), repeated: reader.repeated }
}

/** Where the string that opens at `start` closes; the end of the text where it never does. */
export function endOfString(text: string, start: number): number {
  let end = start
  do end = text.indexOf('"', end + 1)
  while (end !== -1 && isEscaped(text, end))
  return end === -1 ? text.length : end
}

/** True when an odd number of backslashes stands before the place. */
function isEscaped(text: string, at: number): boolean {
  let first = at
  while (text.charCodeAt(first - 1) === 0x5c) first--
  return (at - first) % 2 === 1
}

const TOKEN_ENDS = ',]} \t\n\r'

/** Where the number or word that begins at `start` ends. */
export function endOfToken(text: string, start: number): number {
  let end = start + 1
  while (end < text.length && !TOKEN_ENDS.includes(text.charAt(end))) end++
  return end
}

class ExactReader {
  repeated: string | null = null
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  value(): unknown {
    const sign = this.#next()
    if (sign === '{') return this.#object()
    if (sign === '[') return this.#array()
    if (sign === '"') return this.#string()
    const token = this.#take(endOfToken(this.#text, this.#at))
    if (token === 'true' || token === 'false' || token === 'null') return JSON.parse(token)
    return isOddNumber(token) ? JSON.rawJSON(token) : Number(token)
  }

  #object(): Readonly<Record<string, unknown>> {
    const members = new Map<string, unknown>()
    while (this.#goesOn('}')) {
      const name = this.#string()
      this.#step()
      if (members.has(name)) this.repeated ??= name
      members.set(name, this.value())
    }
    return orderedObject(members)
  }

  #array(): readonly unknown[] {
    const items: unknown[] = []
    while (this.#goesOn(']')) items.push(this.value())
    return items
  }

  /** Steps over what opens, parts or closes; true where a member or an item follows. */
  #goesOn(end: string): boolean {
    if (this.#step() === end) return false
    if (this.#next() !== end) return true
    this.#step()
    return false
  }

  /** A string of its own: a slice would keep the whole text alive. */
  #string(): string {
    return JSON.parse(this.#take(endOfString(this.#text, this.#at) + 1)) as string
  }

  /** The next sign that is no white space, and where it stands. */
  #next(): string {
    while (this.#text.charCodeAt(this.#at) <= 0x20) this.#at++
    return this.#text.charAt(this.#at)
  }

  #step(): string {
    const sign = this.#next()
    this.#at++
    return sign
  }

  #take(end: number): string {
    const taken = this.#text.slice(this.#at, end)
    this.#at = end
    return taken
  }
}
