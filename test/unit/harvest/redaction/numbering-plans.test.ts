/** Bank and telephone numbers of every country, as the libraries that redaction asks write them. */
import { getCountrySpecifications } from 'ibantools'
import { getExampleNumber } from 'libphonenumber-js/min'
import examples from 'libphonenumber-js/mobile/examples'
import { describe, expect, it } from 'vitest'
import { redactText } from '../../../../src/harvest/redaction/redactor.ts'

/** An account of the form that the registry gives, and a checksum that is right. */
function ibanOf(country: string, form: string): string {
  const account = form.replace(
    /\[(.)[^\]]*\](?:\{(\d+)\})?|[\^$()]/g,
    (_, first = '', times = '1') => String(first === '0' ? '7' : first).repeat(Number(times)),
  )
  const digits = Array.from(`${account}${country}00`, (one) => Number.parseInt(one, 36)).join('')
  const checksum = String(98n - (BigInt(digits) % 97n)).padStart(2, '0')
  return `${country}${checksum}${account}`
}

describe('accounts', () => {
  const known = Object.entries(getCountrySpecifications()).flatMap(
    ([country, { bban_regexp: form }]) => (form ? [[country, form] as const] : []),
  )

  it('are of more than a hundred countries', () => {
    expect(known.length).toBeGreaterThan(100)
  })

  it.each(known)('of %s are redacted', (country, form) => {
    const iban = ibanOf(country, form)
    const written = iban.replace(/(.{4})(?=.)/g, '$1 ')
    expect(redactText(`Pay ${iban}, that is ${written}.`)).toBe('Pay [IBAN_1], that is [IBAN_1].')
    const wrong = iban.replace(/.$/, (last) => (last === '8' ? '6' : '8'))
    expect(redactText(`Pay ${wrong}.`)).toBe(`Pay ${wrong}.`)
  })
})

/** Digits that are in no placeholder. */
const hasDigits = (text: string) => /\d/.test(text.replaceAll(/\[[A-Z]+_\d\]/g, ''))

const SHORT = ['AC', 'CK', 'FK', 'SH', 'TA', 'TK']

describe('telephone numbers', () => {
  const all = Object.keys(examples).flatMap((country) => {
    const number = getExampleNumber(country as keyof typeof examples, examples)
    return number ? [number] : []
  })
  const isShort = ({ number }: (typeof all)[number]) => number.length < '+12345678'.length + 1
  const numbers = all.filter((number) => !isShort(number))

  it('of few places have so few digits that ordinary numbers are as long', () => {
    const short = all.filter(isShort)
    expect(new Set(short.map(({ country }) => country))).toEqual(new Set(SHORT))
    for (const { number } of short) expect(redactText(`Call ${number}.`)).toBe(`Call ${number}.`)
  })

  it.each<[string, string]>([
    ['spaces', ' '],
    ['full stops', '.'],
    ['hyphens', '-'],
    ['no-break spaces', '\u00a0'],
    ['narrow no-break spaces', '\u202f'],
    ['no-break hyphens', '\u2011'],
    ['en dashes', '\u2013'],
  ])('of every country are redacted, written with %s', (_, between) => {
    const left = numbers
      .map((number) => number.formatInternational().replaceAll(/[ -]/g, between))
      .filter((text) => hasDigits(redactText(`Call ${text}, please.`)))
    expect(left).toEqual([])
    expect(numbers.length).toBeGreaterThan(230)
  })

  it('of every country are redacted in one piece, and where a link names them', () => {
    const left = numbers
      .map(({ number }) => String(number))
      .filter((text) => redactText(`${text} tel:${text}`) !== '[PHONE_1] tel:[PHONE_1]')
    expect(left).toEqual([])
  })

  it('are the same number however they are written', () => {
    const texts = numbers.map((number) => `${number.number} ${number.formatInternational()}`)
    expect(texts.map(redactText).filter((text) => text !== '[PHONE_1] [PHONE_1]')).toEqual([])
  })
})
