/**
 * Personal numbers of states: by their written form with its check digits, as `stdnum` has them, and by a word for them. Pure.
 * Digits alone prove little (one in ten passes one check digit), so that they count where two checks stand in them and the text is
 * in the country's language, or where somebody says what they are.
 */
import * as ARG from 'stdnum/lib/cjs/ar/cuit.js'
import * as BEL from 'stdnum/lib/cjs/be/nn.js'
import * as BRA from 'stdnum/lib/cjs/br/cpf.js'
import * as CHE from 'stdnum/lib/cjs/ch/ssn.js'
import * as CHL from 'stdnum/lib/cjs/cl/rut.js'
import * as CHN from 'stdnum/lib/cjs/cn/ric.js'
import * as CZE from 'stdnum/lib/cjs/cz/rc.js'
import * as DEU from 'stdnum/lib/cjs/de/svnr.js'
import * as DNK from 'stdnum/lib/cjs/dk/cpr.js'
import * as ESP from 'stdnum/lib/cjs/es/dni.js'
import * as ESP_FOREIGN from 'stdnum/lib/cjs/es/nie.js'
import * as FIN from 'stdnum/lib/cjs/fi/hetu.js'
import * as FRA from 'stdnum/lib/cjs/fr/nir.js'
import * as GBR from 'stdnum/lib/cjs/gb/nino.js'
import * as HKG from 'stdnum/lib/cjs/hk/hkid.js'
import * as IND from 'stdnum/lib/cjs/in/aadhaar.js'
import * as ITA from 'stdnum/lib/cjs/it/codicefiscale.js'
import * as MEX from 'stdnum/lib/cjs/mx/curp.js'
import * as MYS from 'stdnum/lib/cjs/my/nric.js'
import * as NOR from 'stdnum/lib/cjs/no/fodselsnummer.js'
import * as PAK from 'stdnum/lib/cjs/pk/cnic.js'
import * as POL from 'stdnum/lib/cjs/pl/pesel.js'
import * as ROU from 'stdnum/lib/cjs/ro/cnp.js'
import * as SWE from 'stdnum/lib/cjs/se/personnummer.js'
import * as THA from 'stdnum/lib/cjs/th/idnr.js'
import * as TUR from 'stdnum/lib/cjs/tr/tckimlik.js'
import * as TWN from 'stdnum/lib/cjs/tw/natid.js'
import { type Found, mayHoldId } from './finder.ts'
import { findNamedIds } from './named-ids.ts'

type Check = { readonly validate: (value: string) => { readonly isValid: boolean } }

type Form = {
  readonly pattern: RegExp
  /** None: the form alone is like nothing else. */
  readonly by?: Check
}

const form = (source: string, by?: Check): Form => ({
  pattern: new RegExp(`(?<![\\w+])(?<!\\w[.-])(?<!\\d )(?:${source})(?!\\w|[.-]\\w| \\d)`, 'g'),
  ...(by && { by }),
})

/** Of an alphabet: where words are not set apart by spaces, a number stands right beside letters, and is one all the same. */
const ALPHABETIC = /[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}]/u

/** As they are written by hand and on forms. */
const FORMS: readonly Form[] = [
  form('[1-9]\\d{16}[\\dXx]', CHN),
  form('\\d{3}\\.\\d{3}\\.\\d{3}-\\d{2}', BRA),
  form(
    '[12][ .]?\\d{2}[ .]?(?:0[1-9]|1[0-2]|[2-9]\\d)[ .]?(?:\\d{2}|2[ABab])[ .]?\\d{3}[ .]?\\d{3}[ .-]?\\d{2}',
    FRA,
  ),
  form('[2-9]\\d{3}[ -]\\d{4}[ -]\\d{4}', IND),
  form('[A-Z]{3}[ABCFGHJLPT][A-Z]\\d{4}[A-Z]'),
  form('\\d{8}[ -]?[A-HJ-NP-TV-Z]|\\d{2}\\.\\d{3}\\.\\d{3}[ -]?[A-HJ-NP-TV-Z]', ESP),
  form('[XYZ][ -]?\\d{7}[ -]?[A-HJ-NP-TV-Z]', ESP_FOREIGN),
  form(
    '[A-Za-z]{6} ?[\\dLMNP-V]{2}[ABCDEHLMPRSTabcdehlmprst][\\dLMNP-V]{2} ?[A-Za-z][\\dLMNP-V]{3}[A-Za-z]',
    ITA,
  ),
  form('[A-Z]{4}\\d{6}[HMX][A-Z]{5}[A-Z0-9]\\d', MEX),
  form('\\d{6}[-+A-FU-Y]\\d{3}[0-9A-Y]', FIN),
  form('(?:19|20)?\\d{6}[-+]\\d{4}', SWE),
  form('(?:0[1-9]|[12]\\d|3[01])(?:0[1-9]|1[0-2])\\d{2}-\\d{4}', DNK),
  // The check digit went in 2020: date and sex are what is left.
  form('\\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\\d|3[01])-[1-8]\\d{6}'),
  form('[A-Z]{1,2}\\d{6} ?\\([0-9A]\\)', HKG),
  form('[A-Z][1289]\\d{8}', TWN),
  form('[STFGM]\\d{7}[A-Z]'),
  form('756[. ]\\d{4}[. ]\\d{4}[. ]\\d{2}', CHE),
  form('\\d{2}\\.\\d{2}\\.\\d{2}-\\d{3}\\.\\d{2}', BEL),
  form('\\d{6}/\\d{3,4}', CZE),
  form('\\d{3}-\\d{3}-\\d{3} \\d{2}'),
  form('(?:2[0347])-\\d{8}-\\d', ARG),
  form('\\d{1,2}\\.\\d{3}\\.\\d{3}-[\\dkK]', CHL),
  form('\\d-\\d{4}-\\d{5}-\\d{2}-\\d', THA),
  form('\\d{5}-\\d{7}-\\d', PAK),
  form('\\d{6}-\\d{2}-\\d{4}', MYS),
  form('[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\\d{2} ?\\d{2} ?\\d{2} ?[A-D]', GBR),
  form('\\d{2} ?[0-3]\\d[01]\\d{3} ?[A-Z] ?\\d{3}', DEU),
  form('\\d{6} \\d{5}', NOR),
  form('\\d{11}', NOR),
]

/** Digits without a form, with a date or two checks in them: in texts of these languages. */
const PLAIN: Readonly<Record<string, readonly Form[]>> = {
  hi: [form('[2-9]\\d{11}', IND)],
  pl: [form('\\d{11}', POL)],
  pt: [form('\\d{11}', BRA)],
  ro: [form('[1-8]\\d{12}', ROU)],
  tr: [form('[1-9]\\d{10}', TUR)],
  th: [form('[1-8]\\d{12}', THA)],
}

export function createIdFinder(languageOf: (text: string) => string) {
  return function* findNationalIds(text: string): Generator<Found> {
    if (!mayHoldId(text)) return
    yield* findNamedIds(text)
    for (const { pattern, by } of [
      ...FORMS,
      ...(/\d{11}/.test(text) ? (PLAIN[languageOf(text)] ?? []) : []),
    ]) {
      for (const { 0: match, index } of text.matchAll(pattern)) {
        if ((by && !isValid(by, match)) || isPartOfWord(text, index, index + match.length)) continue
        yield { kind: 'national_id', start: index, end: index + match.length, value: plain(match) }
      }
    }
  }
}

function isPartOfWord(text: string, start: number, end: number): boolean {
  return ALPHABETIC.test(`${text[start - 1] ?? ''}${text[end] ?? ''}`)
}

function isValid({ validate }: Check, match: string): boolean {
  return !/^(\d)\1+$/.test(match) && validate(match.toUpperCase()).isValid
}

function plain(match: string): string {
  return match.replace(/[^\p{L}\p{N}]/gu, '').toUpperCase()
}
