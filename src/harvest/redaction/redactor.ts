/**
 * Replaces personal data and secrets by placeholders, `[EMAIL_1]`: within what is redacted together the same value gets the same
 * one, wherever it stands. Pure. The values that were seen never leave it.
 */

import { findAnswered } from './asked.ts'
import { apart, findIn } from './find.ts'
import { digitsOf, type Found, plainSigns } from './finder.ts'
import { isJsonDocument, mapJsonText } from './json-text.ts'
import type { RedactionKind } from './kinds.ts'

/** Looks at texts, and gives what stands in their place. `name`: of the member whose value it is. */
export type Redactor = {
  text(text: string, name?: string): string
  /** The parts of one text, as many as they were: what stands across two of them is found, too. `asked`: by the turn before. */
  parts?(texts: readonly string[], asked: readonly string[]): readonly string[]
}

export type Redacted<Value> = {
  readonly value: Value
  /** How many different values were replaced, by kind. */
  readonly counts: Readonly<Record<string, number>>
}

/**
 * `walk` goes over all texts and is called twice, if there is anything to redact: first to learn what there is, then to replace it
 * also where nothing beside it tells what it is. It must go the same way each time.
 */
export function redactTogether<Value>(walk: (redactor: Redactor) => Value): Redacted<Value> {
  const values = new Values()
  const unchanged = walk({
    text(text, name) {
      mapJsonText(text, name, (one, of) => {
        values.learn(one, of)
        return one
      })
      return text
    },
    parts(texts, asked) {
      values.learnParts(texts, asked)
      return texts
    },
  })
  if (values.isEmpty) return { value: unchanged, counts: {} }
  const value = walk({
    text: (text, name) => mapJsonText(text, name, (one, of) => values.replace(one, of)),
    parts: (texts, asked) => values.replaceParts(texts, asked),
  })
  return { value, counts: values.counts }
}

/** One text alone. */
export function redactText(text: string): string {
  return redactTogether((redactor) => redactor.text(text)).value
}

const PLACEHOLDER = /\[[A-Z_]{2,20}_\d{1,6}\]/g
const SECRETS: ReadonlySet<RedactionKind> = new Set(['api_key', 'password', 'private_key'])

/** A number as it may be written again. */
const NUMBER = /(?<![A-Za-z0-9])\+?\(?\d(?:[ ./()-]{0,2}\d){5,24}(?![A-Za-z0-9])/g
/** Of digits, or signs: less may be anything. */
const MIN_KNOWN = 6
/** So many values are looked for as they were written, which takes a look at each text for each of them. */
const MAX_WRITTEN = 256
const WORD = /[\p{L}\p{N}]/u
/** Right beside a value that ends in a word, or begins so: it is part of a longer one. */
const GOES_ON = /^(?:[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{Nd}]|[.,]\d)/u
const WENT_BEFORE = /(?:[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{Nd}]|\d[.,])$/u

class Values {
  readonly counts: Record<string, number> = {}
  readonly #found = new Map<string, readonly Found[]>()
  readonly #digits = new Map<string, Pick<Found, 'kind' | 'value'>>()
  readonly #written = new Map<string, Pick<Found, 'kind' | 'value'>>()
  readonly #names = new Map<string, string>()
  readonly #taken = new Set<string>()
  readonly #last: Partial<Record<RedactionKind, number>> = {}
  isEmpty = true

  learn(text: string, name: string): void {
    const key = `${name}\n${text}`
    if (!this.#found.has(key)) this.#learnFound(key, text, findIn(text, name))
  }

  learnParts(texts: readonly string[], asked: readonly string[]): void {
    if (texts.some(isJsonDocument)) {
      for (const text of texts) {
        mapJsonText(text, '', (one, of) => {
          this.learn(one, of)
          return one
        })
      }
      return
    }
    const whole = texts.join('')
    const found = [...findIn(whole), ...findAnswered(whole, asked)]
    let at = 0
    for (const text of texts.length > 1 ? texts : []) {
      for (const one of findIn(text)) {
        found.push({ ...one, start: one.start + at, end: one.end + at })
      }
      at += text.length
    }
    this.#learnFound(keyOf(texts, asked), whole, apart(found))
  }

  #learnFound(key: string, text: string, found: readonly Found[]): void {
    this.#found.set(key, found)
    for (const one of text.match(PLACEHOLDER) ?? []) this.#taken.add(one)
    for (const { kind, value, start, end } of found) {
      this.isEmpty = false
      // These are found by their form wherever they stand.
      if (kind === 'email' || kind === 'ip') continue
      const known = { kind, value }
      for (const written of [text.slice(start, end), value]) {
        const isSecret = SECRETS.has(kind)
        const isTold = isSecret ? isUnlikeWords(written) : written.length >= MIN_KNOWN
        if (isTold && this.#written.size < MAX_WRITTEN) this.#written.set(written, known)
        const digits = digitsOf(plainSigns(written))
        if (!isSecret && digits.length >= MIN_KNOWN) this.#digits.set(digits, known)
      }
    }
  }

  replace(text: string, name: string): string {
    const [replaced = text] = this.#replaceIn([text], `${name}\n${text}`)
    return replaced
  }

  replaceParts(texts: readonly string[], asked: readonly string[]): readonly string[] {
    return texts.some(isJsonDocument)
      ? texts.map((text) => mapJsonText(text, '', (one, of) => this.replace(one, of)))
      : this.#replaceIn(texts, keyOf(texts, asked))
  }

  /** A placeholder stands in the part in which its value begins. */
  #replaceIn(texts: readonly string[], key: string): readonly string[] {
    const whole = texts.join('')
    const spans = apart([...(this.#found.get(key) ?? []), ...this.#again(whole)]).map((one) => ({
      ...one,
      name: this.#nameOf(one.kind, one.value),
    }))
    if (spans.length === 0) return texts
    let from = 0
    return texts.map((text) => {
      const to = from + text.length
      let replaced = ''
      let at = from
      for (const { start, end, name } of spans) {
        if (end <= from || start >= to) continue
        if (start >= from) replaced += whole.slice(at, start) + name
        at = Math.min(end, to)
      }
      replaced += whole.slice(at, to)
      from = to
      return replaced
    })
  }

  /** What is known from elsewhere. */
  *#again(text: string): Generator<Found> {
    const signs = this.#digits.size > 0 ? plainSigns(text) : ''
    for (const { 0: match, index } of signs.matchAll(NUMBER)) {
      const known = this.#digits.get(digitsOf(match))
      if (known) yield { ...known, start: index, end: index + match.length }
    }
    for (const [written, known] of this.#written) {
      for (let start = text.indexOf(written); start !== -1; ) {
        const end = start + written.length
        if (standsAlone(text, start, end)) yield { ...known, start, end }
        start = text.indexOf(written, end)
      }
    }
  }

  #nameOf(kind: RedactionKind, value: string): string {
    const key = `${SECRETS.has(kind) ? 'secret' : kind} ${value}`
    const known = this.#names.get(key)
    if (known !== undefined) return known
    let name: string
    do {
      const number = (this.#last[kind] ?? 0) + 1
      this.#last[kind] = number
      name = `[${kind.toUpperCase()}_${number}]`
    } while (this.#taken.has(name))
    this.#names.set(key, name)
    this.counts[kind] = (this.counts[kind] ?? 0) + 1
    return name
  }
}

function keyOf(texts: readonly string[], asked: readonly string[]): string {
  return JSON.stringify([asked, ...texts])
}

function standsAlone(text: string, start: number, end: number): boolean {
  const isPart =
    (WORD.test(text[start] ?? '') && WENT_BEFORE.test(text.slice(Math.max(0, start - 2), start))) ||
    (WORD.test(text[end - 1] ?? '') && GOES_ON.test(text.slice(end, end + 2)))
  return !isPart
}

/** A password that is a word is no secret wherever the word stands. */
function isUnlikeWords(value: string): boolean {
  return value.length >= 4 && !/^[\p{L}\s'-]{1,15}$/u.test(value) && !/^\d{1,5}$/.test(value)
}
