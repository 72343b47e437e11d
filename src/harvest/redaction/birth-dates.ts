/**
 * Dates of birth: a date after a word for it, or said of oneself. Pure. What running text tells of others (Einstein was born on 14
 * March 1879) is left alone, unless it is written in figures, as forms and registers do.
 */
import type { Found } from './finder.ts'

const FIGURES =
  '\\d{1,2}\\s?[./-]\\s?\\d{1,2}\\s?[./-]\\s?(?:19|20)?\\d{2}(?!\\d)|(?:19|20)\\d{2}\\s?[./-]\\s?\\d{1,2}\\s?[./-]\\s?\\d{1,2}(?!\\d)|(?:19|20)\\d{2}\\s?年\\s?\\d{1,2}\\s?月\\s?\\d{1,2}\\s?日|(?:19|20)\\d{2}\\s?년\\s?\\d{1,2}\\s?월\\s?\\d{1,2}\\s?일|(?:明治|大正|昭和|平成|令和)\\s?(?:元|\\d{1,2})\\s?年\\s?\\d{1,2}\\s?月\\s?\\d{1,2}\\s?日'
const WORDS =
  '\\d{1,2}(?:st|nd|rd|th|er|º|\\.)?(?: (?:of|de|di))? \\p{L}[\\p{L}\\p{M}]{1,12}\\.?,?(?: (?:de|del|di))? (?:19|20)\\d{2}(?!\\d)|\\p{L}{3,10}\\.? \\d{1,2}(?:st|nd|rd|th)?,? (?:19|20)\\d{2}(?!\\d)'

export const BIRTH_WORDS =
  'date[ _-]?of[ _-]?birth|birth[ _-]?date|birth[ _-]?day|d\\.?o\\.?b\\.?|geburtsdatum|geburtstag|date de naissance|fecha de nacimiento|data di nascita|data de nascimento|geboortedatum|data urodzenia|født(?:selsdato)?|födelsedatum|doğum tarihi(?:m|n)?|дата рождения|дата народження|ημερομηνία γέννησης|ngày sinh|tanggal lahir'
const OF_ONESELF =
  "i (?:was|am|['’]?m) born(?: on| in)?|my birthday(?: is| was)?|(?:ich bin|ich wurde|bin) (?:am )?(?:geboren am)?|je suis née? le|nací el|sono nat[oa] il|nasci (?:em|a|no dia)|ik ben geboren op|urodził[ae]m się|я родил(?:ся|ась)|doğum günüm"
export const BIRTH_WORDS_IN_RUNS =
  '出生(?:日期|年月日|于|於)?|生日(?:是|为)?|生年月日|誕生日は?|생년월일|생일은?|تاريخ (?:الميلاد|ميلادي)|مواليد|تاریخ تولد|जन्म ?(?:तिथि|दिन|तारीख)?|วันเกิด|জন্ম ?তারিখ|তারিখ জন্ম|תאריך לידה'
const OF_OTHERS =
  'born(?: on)?|geb(?:\\.|oren)?(?: am)?|née? le|nacid[oa] el|nat[oa] il|nascid[oa] (?:em|a)|geboren op|ur\\.|urodzon[ya]|родил(?:ся|ась)|г\\.р\\.'

const patterns = [
  [BIRTH_WORDS, `${FIGURES}|${WORDS}`],
  [OF_ONESELF, `${FIGURES}|${WORDS}`],
  [OF_OTHERS, FIGURES],
].map(
  ([words, dates]) =>
    new RegExp(
      `(?<![\\p{L}\\p{N}])(?:${words})(?:\\s{0,2}(?:is|was|ist|war|lautet|est|es|è|é|on|am|le|el|il))?[\\s:=,("'-]{0,4}(?:on |the |am |le |el |il |em |op |dia )?(?<date>${dates})`,
      'giu',
    ),
)
const IN_RUNS = new RegExp(
  `(?:${BIRTH_WORDS_IN_RUNS})[^\\d\\n]{0,6}(?<date>${FIGURES}|${WORDS})`,
  'gu',
)
/** The word comes after it. */
const BEHIND =
  /(?<date>(?:19|20)\d{2}\s?[年년./-]\s?\d{1,2}\s?[月월./-]\s?\d{1,2}\s?[日일]?)\s?(?:生まれ|出生|生(?!\p{L})|에? 태어|생(?!\p{L}))/gu

const DATE = /\d\s?[./-]\s?\d|(?:19|20)\d{2}|年/

export function* findBirthDates(text: string): Generator<Found> {
  if (!DATE.test(text)) return
  for (const pattern of [...patterns, IN_RUNS, BEHIND]) {
    for (const match of text.matchAll(pattern)) {
      const { date = '' } = match.groups ?? {}
      const start = match.index + match[0].lastIndexOf(date)
      const value = date.toLowerCase().replace(/[\s.,/-]+/g, ' ')
      yield { kind: 'birth_date', start, end: start + date.length, value }
    }
  }
}
