/** Personal numbers that a word right before them gives away, whatever their form. Pure. */
import { digitsOf, type Found } from './finder.ts'

export const ID_WORDS = [
  "ssn|social security(?: (?:number|no\\.?|nr\\.?))?|sin|itin|national (?:id(?:entity|entification)?|insurance)(?: (?:card|number|no\\.?))*|nino|nhs(?: (?:number|no\\.?))?|(?:id|identity|identification)(?: card)? (?:number|no\\.?)|id card|tax(?:payer)?(?: (?:file|identification|id|reference))?(?: (?:number|no\\.?))|tax id|tin|tfn|medicare(?: (?:card|number|no\\.?))*|aadha?ar(?: (?:card|number|no\\.?))*|pan (?:card|number)|nric|fin no\\.?|hkid|passport(?: (?:number|no\\.?|nr\\.?|#))?|driv(?:er|ing)(?:['’]?s)? licen[cs]e(?: (?:number|no\\.?))?|my number card|emirates id(?: (?:card|number|no\\.?))*|nin|bvn",
  'personalausweis(?:nummer|nr\\.?)?|ausweis(?:nummer|nr\\.?)|reisepass(?:nummer|nr\\.?)?|pass(?:nummer|nr\\.)|steuer-?(?:id(?:nr\\.?|entifikationsnummer)?|nummer|nr\\.?)|idnr\\.?|sozialversicherungs(?:nummer|nr\\.?)|svnr\\.?|sv-(?:nummer|nr\\.?)|rentenversicherungsnummer|führerschein(?:nummer|nr\\.?)?|ahv(?:-?(?:nummer|nr\\.?))?',
  "num[ée]ro (?:de s[ée]curit[ée] sociale|fiscal|de passeport|insee)|s[ée]curit[ée] sociale|nir|n° ?(?:de )?s[ée]cu|carte d['’ ]identit[ée]|passeport|registre national",
  'dni|nie|nif|documento(?: nacional)?(?: de identidad)?|c[ée]dula(?: de (?:ciudadan[íi]a|identidad))?|curp|cuit|cuil|rut|run|pasaporte|seguridad social|nss',
  "cpf|rg|cart[ãa]o de cidad[ãa]o|contribuinte|passaporte|t[íi]tulo de eleitor|cnh|pis|codice fiscale|carta d['’ ]identit[àa]|passaporto|c\\.f\\.",
  'bsn|burgerservicenummer|sofinummer|paspoort(?:nummer)?|rijksregisternummer|pesel|nip|dow[óo]d(?: osobisty)?|paszport(?:u)?|personnummer|f[øo]dselsnummer|cpr(?:-?(?:nummer|nr\\.?))?|henkil[öo]tunnus|hetu|rodn[ée] [čc][íi]slo|cnp|oib|jmbg|emšo|egn|amka|αμκα|αφμ|egn|asmens kodas|isikukood|t\\.?c\\.?(?: kimlik)?(?: no(?:su)?)?|kimlik no(?:su)?|nik|ktp|cccd|cmnd|pps(?:n| number)?',
  'снилс|инн|паспорт\\p{L}*(?: (?:рф|серия|серии|и|номер)){0,4}|јмбг|жсн|иин|єдрпоу|рнокпп|іпн|егн|תעודת ה?זהות|ת\\.ז\\.?',
].join('|')
export const ID_WORDS_IN_RUNS =
  '身份证(?:号码?|字号)?|身[份分]證(?:字號|號碼?)?|社保号|护照号?码?|護照號?碼?|マイナンバー|個人番号|旅券番号|パスポート番号|運転免許証番号|주민(?:등록)?번호|여권 ?번호|면허 ?번호|رقم (?:الهوية|البطاقة|القومي|الجواز|جواز السفر)|الرقم القومي|الرقم الوطني|رقمي (?:القومي|الوطني)|رقم هويتي|کد ملی|شماره ملی|आधार(?: ?(?:कार्ड|नंबर|संख्या)){0,2}|पासपोर्ट|पैन|เลขบัตรประชาชน|เลขประจำตัวประชาชน|জাতীয় পরিচয়পত্র|شناختی کارڈ'

/** Words are whole: the rest of one is no part of the number. */
const LINK =
  '(?: (?:is|was|are|ist|lautet|est|es|era|é|è|jest|to|brzmi|je|este|је|e|on|är|er|это|là|của tôi|adalah|saya|מספר|שלי|הוא|number|no\\.?|nr\\.?|n[°º]|num\\.?|nummer|número|numéro|numero|номер)(?![\\p{L}\\p{M}])){0,3}["\'`]?\\s{0,2}[:#=№(-]{0,2}\\s{0,2}["\'`]?'
const LINK_IN_RUNS = '[^\\d\\nA-Za-z]{0,8}'
const NUMBER = '(?<number>[A-Z]{0,6}[ -]?\\d(?:[ ./-]?[\\dA-Z]){4,20})(?![A-Za-z0-9])'

const NAMED = new RegExp(`(?<![\\p{L}\\p{N}])(?:${ID_WORDS})${LINK}${NUMBER}`, 'giu')
const NAMED_IN_RUNS = new RegExp(`(?:${ID_WORDS_IN_RUNS})${LINK_IN_RUNS}${NUMBER}`, 'giu')

const MIN_DIGITS = 5

/** Short names that are words as well, where they are not in capitals. */
const ORDINARY = /^(?:run|sin|tin|rg|pis|nip|nik|nie|nin|rut|pps)(?![A-Za-z])/

export function* findNamedIds(text: string): Generator<Found> {
  for (const pattern of [NAMED, NAMED_IN_RUNS]) {
    for (const match of text.matchAll(pattern)) {
      const { number = '' } = match.groups ?? {}
      const kept = withoutWords(number)
      const digits = digitsOf(kept)
      if (digits.length < MIN_DIGITS || isNothing(kept) || ORDINARY.test(match[0])) continue
      const start = match.index + match[0].lastIndexOf(number) + number.indexOf(kept)
      const value = kept.replace(/[^\p{L}\p{N}]/gu, '').toUpperCase()
      yield { kind: 'national_id', start, end: start + kept.length, value }
    }
  }
}

/** Letters of its own are capitals, or stand close: of `to 44051401359` and `AB123456 and` the words are none of it. */
function withoutWords(number: string): string {
  const own = number.replace(/^(?=[A-Za-z]*[a-z])[A-Za-z]{1,6} /, '')
  const [kept = ''] = /^(?:(?![ ][A-Za-z]{2}).)+/s.exec(own) ?? []
  return kept.replace(/ [a-z]$/, '').trimEnd()
}

/** A number that is told to be none, `000-12-3456`; a year or two. */
function isNothing(number: string): boolean {
  return (
    /^(?:000|666|9\d\d)-\d{2}-\d{4}$/.test(number) ||
    /^(?:19|20)\d\d[ -/]+(?:19|20)\d\d$/.test(number)
  )
}
