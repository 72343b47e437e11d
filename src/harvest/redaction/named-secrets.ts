/**
 * Secrets that a word beside them gives away: `password=…`, `"token": "…"`, `my password is …`, in the languages of the table.
 * Pure. A word that only could be a password is left alone.
 */
import { type Found, TAKEN, textAfter, textBefore } from './finder.ts'
import type { RedactionKind } from './kinds.ts'
import { isStandIn } from './stand-ins.ts'

/** Names whose value is a password, in code and in forms. */
const PASSWORD_NAME =
  'passphrase|password|passwd|passcode|passwort|kennwort|contrase(?:ñ|n)a|mot_de_passe|motdepasse|senha|wachtwoord|heslo|has(?:ł|l)o|mdp|pwd|pass|pw'
/** Names whose value is a key: a word after them is mostly no key. */
const KEY_NAME =
  'api[_ -]?key|apikey|api[_ -]?token|access[_ -]?key(?:[_ -]?id)?|secret[_ -]?access[_ -]?key|secret[_ -]?key|account[_ -]?key|shared[_ -]?access[_ -]?key|private[_ -]?key|encryption[_ -]?key|signing[_ -]?key|master[_ -]?key|client[_ -]?secret|app[_ -]?secret|consumer[_ -]?secret|webhook[_ -]?secret|jwt[_ -]?secret|secret|access[_ -]?token|auth[_ -]?token|refresh[_ -]?token|bearer[_ -]?token|session[_ -]?(?:id|token|key)|phpsessid|jsessionid|token|credentials?|dsn|license[_ -]?key'

const ASSIGNED = new RegExp(
  `(?<name>${KEY_NAME}|${PASSWORD_NAME})(?<close>["'\`\\]]{0,2})\\s{0,3}(?::=|=>|[:=]|\\t)\\s{0,3}(?:[|>][+-]?\\n\\s{0,16})?(?:"(?<double>[^"\\n]{1,300})"|'(?<single>[^'\\n]{1,300})'|(?<bare>[^\\s"'\`,;<>]{1,300}))`,
  'gi',
)

const IS_PASSWORD = new RegExp(`^(?:${PASSWORD_NAME})$`, 'i')

export const PASSWORD_WORDS = [
  'passwords?|passwd|passphrase|passcode|pass ?word|pwd|pw|otp|cvv|cvc|(?:verification|security|one-time|2fa|login|access) code|(?:login|wifi|wi-fi|bank|card|sim|atm|door|phone) (?:pin|code)|pin(?: code| number)?',
  'passwort|kennwort|losungswort|pin-?nummer|zugangscode',
  'mot de passe|mdp|code (?:pin|secret|d.accès)',
  'contrase[ñn]a|clave(?: de acceso)?|código (?:pin|secreto)',
  'senha|palavra-passe|código pin',
  "parola d['’ ]ordine|parola chiave|codice (?:pin|segreto)",
  'wachtwoord|pincode',
  'hasło|kod pin',
  'lösenord(?:et)?|adgangskoden?|passord(?:et)?|salasana(?:ni|mme)?|heslo|jelsz(?:ó|avam|ava)|parolă|parola(?: mea)?|lozinka|slaptažodis|salasõna|kata laluan|şifre(?:m|si)?|mật khẩu|kata sandi|sandi|κωδικός(?: πρόσβασης)?|пароль|пін-код|пин-код|парола|סיסמה|סיסמא',
].join('|')
export const PASSWORD_WORDS_IN_RUNS =
  '密码|密碼|口令|パスワード|暗証番号|비밀번호|암호|비번|كلمة (?:المرور|السر)|الرقم السري|رمز عبور|گذرواژه|पासवर्ड|कूटशब्द|รหัสผ่าน|পাসওয়ার্ড|کلمه عبور|پاس ورڈ'

/** Between the word and what it is: `for the server`, `of my account`, then a verb or a colon. */
const LINK =
  "(?: (?:for|to|of|on|für|zu|vom|von|pour|de|du|del|para|da|do|per|voor|van|do|till|для|от|к)(?: [\\p{L}\\p{N}.@-]{1,24}){1,3})?(?:\\s{1,2}(?:is now|is|c['’]est|was|are|ist|lautet|war|heißt|est|era|es|sería|é|è|to|jest|brzmi|är|er|on|je|este|yra|là|adalah|είναι|это|был)(?![\\p{L}\\p{N}])\\s{0,2}[:=-]?|\\s{0,2}[:=]|\\s{0,2}- )\\s{0,3}"

/** The sign of a quotation, then what stands in it. */
const QUOTED = '["\'“”„«‹「『`](?<quoted>[^\\n"\'“”„«»‹›「」『』`]{3,64})["\'“”»›」』`]'
const BARE = '(?<bare>[^\\s"\'“”„«»「」『』`,;<>]{3,128})'

const OWN =
  '(?<own>(?:my|our|mein|meine|unser|mon|notre|mi|mis|minha|meu|mia|il mio|la mia|mijn|moje|mitt|min|mit|benim|мой|мій) (?:[\\p{L}-]{1,16} )?)?'
const SAID = new RegExp(
  `(?<![\\p{L}\\p{N}_])${OWN}(?:${PASSWORD_WORDS})${LINK}(?:${QUOTED}|${BARE})`,
  'giu',
)
/** Nothing between: letters and digits mixed, as in no word. */
const BESIDE = new RegExp(
  `(?<![\\p{L}\\p{N}_])${OWN}(?:${PASSWORD_WORDS})(?: (?:for|to|für|zu|pour|de|para|da|per|voor|van|do|для|от|к) [\\p{L}.]{1,24})? (?!(?:base|utf|bcrypt|argon|scrypt|pbkdf|oauth|o?auth|http|md|sha)-?\\d)(?=\\S{0,40}\\d)(?=\\S{0,40}\\p{L})(?!\\d{1,5}-?\\p{L}{1,8}(?!\\S))["'“„«]?(?<bare>[^\\s"'“”„«»「」『』\`,;<>()]{6,64})`,
  'giu',
)
const SAID_IN_RUNS = new RegExp(
  `(?:${PASSWORD_WORDS_IN_RUNS})(?:\\s{0,2}(?:是|为|為|就是|は|が|는|은|이|가|هي|هو|है|คือ|ہے|হল))?\\s{0,2}[:=-]?\\s{0,3}(?:${QUOTED}|(?<bare>[\\x21-\\x7e]{4,64}))`,
  'gu',
)

const CODE =
  /(?<![\p{L}\p{N}_-])(?:PIN|OTP|CVV2?|CVC2?|otp|cvv)(?: code| number)? (?<bare>\d{3,8})(?![\p{L}\p{N}-]|[.,]\d)/gu

/** How long a password must be is no password. */
const COUNTED =
  /^\s{0,2}(?:char|letter|digit|symbol|word|byte|bit|time|minute|day|month|attempt|zeichen|stellen|buchstab|ziffern|tage|caract|lettres|chiffres|jours|letras|dígitos|dias|días|caratteri|cifre|tekens|cijfers|znak|символ|цифр|знак|дней|位|个|個|字|文字|桁|자|حرف|أحرف|अक्षर)/iu

/** A part of each of the words: most texts have none, and are looked at no further. */
const STEMS =
  /pass|pwd|\bpw\b|mdp|otp|cv[vc]|pin\b|pin[- ]|code|secret|key|token|credential|dsn|sess|kennwort|losung|mot[ _]?de|contrase|clave|c[óo]digo|senha|palavra|parol|codice|wachtw|has[łl]o|kod |l[öo]senord|adgang|salas[aõ]na|heslo|jelsz|lozink|slapta|kata l|şifre|mật|sandi|κωδ|парол|код|סיסמ|密|口令|パスワ|暗証|비밀|암호|비번|كلمة|سر|رمز|گذر|पास|कूट|รหัส|পাস|کلمه|پاس/i

export function* findNamedSecrets(text: string): Generator<Found> {
  if (!STEMS.test(text)) return
  for (const match of text.matchAll(ASSIGNED)) {
    const { name = '', double, single, bare } = match.groups ?? {}
    const isPassword = IS_PASSWORD.test(name)
    const quoted = double ?? single
    const isInQuery = /[?&]/.test(textBefore(text, match.index, 1))
    const secret = quoted ?? trimmed((isInQuery ? bare?.split('&', 1)[0] : bare) ?? '')
    if (secret.startsWith(TAKEN)) continue
    if (!isBounded(text, match.index, name)) continue
    const after = textAfter(text, match.index + match[0].length)
    const isOne = isPassword
      ? isAssignedPassword(secret, { isQuoted: quoted !== undefined, after, name })
      : isKey(secret)
    if (isOne) yield placed(isPassword ? 'password' : 'api_key', match, secret)
  }
  for (const pattern of [SAID, BESIDE, CODE, SAID_IN_RUNS]) {
    for (const match of text.matchAll(pattern)) {
      const { own, quoted, bare } = match.groups ?? {}
      const secret = quoted ?? trimmed(bare ?? '')
      const after = textAfter(text, match.index + match[0].length)
      const isOne =
        quoted === undefined
          ? isSaidPassword(secret, { after, isOwn: own !== undefined, link: linkOf(match, secret) })
          : isQuotedPassword(secret, own !== undefined)
      if (isOne) yield placed('password', match, secret)
    }
  }
}

function placed(kind: RedactionKind, match: RegExpExecArray, secret: string): Found {
  const start = match.index + match[0].lastIndexOf(secret)
  return { kind, start, end: start + secret.length, value: secret }
}

/** `pass` and `pwd` are parts of other words; `PWD` is where a shell stands. */
function isBounded(text: string, at: number, name: string): boolean {
  const before = textBefore(text, at, 1)
  if (/^(?:pass|pwd|pw|mdp|secret|token|dsn)$/i.test(name))
    return !/[a-z-]/.test(before) || /^[A-Z]/.test(name)
  return true
}

function trimmed(text: string): string {
  return text.replace(/[.,:;!?)\]}'"。、，！？」』»”]{1,8}$/, (end) =>
    /^[!?]+$/.test(end) ? end : '',
  )
}

type Assigned = {
  readonly isQuoted: boolean
  readonly after: string
  readonly name: string
}

function isAssignedPassword(secret: string, { isQuoted, after, name }: Assigned): boolean {
  if (secret.length < 3 || isStandIn(secret)) return false
  if (/^pwd$/i.test(name) && secret.startsWith('/')) return false
  if (isQuoted) return !/\s.*\s.*\s/.test(secret)
  if (COUNTED.test(after)) return false
  if (!/^\p{L}+$/u.test(secret)) return /[\p{L}\p{N}]/u.test(secret) && !/^\d{1,2}$/.test(secret)
  // One word: a password where nothing follows that would make a sentence of it, and it is none of a form's own words.
  const isLast = /^[.!]?\s{0,2}(?:\n|$|[,;&}\])])/.test(after)
  return isLast && (secret.length >= 16 || /[a-z][A-Z]/.test(secret))
}

/** Letters and digits mixed, or long and without a word's form. */
function isKey(secret: string): boolean {
  if (secret.length < 8 || /\s/.test(secret) || isStandIn(secret)) return false
  return /\d/.test(secret) && /[A-Za-z]/.test(secret) && !/^\d+(?:\.\d+)*[a-z]{1,3}$/.test(secret)
}

/** The word, and what stands between it and the secret. */
function linkOf([match]: RegExpExecArray, secret: string): string {
  return match.slice(0, match.lastIndexOf(secret))
}

type Said = { readonly after: string; readonly isOwn: boolean; readonly link: string }

function isSaidPassword(secret: string, { after, isOwn, link }: Said): boolean {
  if (secret.length < 3 || isStandIn(secret) || /^https?:/.test(secret)) return false
  if (/^\d+$/.test(secret)) return secret.length >= 3 && !COUNTED.test(after)
  if (COUNTED.test(after) && !(/\p{L}/u.test(secret) && /\d/.test(secret))) return false
  if (/^\d+(?:st|nd|rd|th|-\p{L}+|[.,]\d+)$/u.test(secret)) return false
  // A standard: AES-256.
  if (/^\p{Lu}{2,6}-?\d{1,4}$/u.test(secret)) return false
  if (/\d/.test(secret)) return true
  // Signs that stand in no word, and do not end a sentence.
  if (/[^\p{L}\p{M}'’.!?-]/u.test(secret) && !/^[\p{L}-]+[/)(]/u.test(secret)) return true
  if (isOwn && /\p{Ll}\p{Lu}/u.test(secret)) return true
  // `my password: sunshine`; Latin letters after a word of another script.
  const isForeign = /^[A-Za-z]{4,}$/.test(secret) && !/[A-Za-z]/.test(link)
  return (isOwn || isForeign) && /:\s*$/.test(link) && /^[.!]?\s*(?:\n|$)/.test(after)
}

function isQuotedPassword(secret: string, isOwn: boolean): boolean {
  if (isStandIn(secret)) return false
  return isOwn || !/\s/.test(secret)
}
