/** Numbers that prove themselves: the checksums of bank accounts and cards. Pure. */

/** How long an IBAN is, by country: as `ibantools` has it, and a test holds the two together. */
export const IBAN_LENGTHS: ReadonlyMap<string, number> = new Map(
  `
    AD24 AE23 AL28 AO25 AT20 AX18 AZ28 BA20 BE16 BF28 BG22 BH22 BI27 BJ28 BL27 BR29 BY28 CF27
    CG27 CH21 CI28 CM27 CR22 CV25 CY28 CZ24 DE22 DJ27 DK18 DO28 DZ26 EE20 EG29 ES24 FI18 FK18
    FO18 FR27 GA27 GB22 GE22 GF27 GI23 GL18 GP27 GQ27 GR27 GT28 GW25 HN28 HR21 HU28 IE22 IL23
    IQ23 IR26 IS26 IT27 JO30 KM27 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MA28 MC27 MD24
    ME22 MF27 MG27 MK19 ML28 MN20 MQ27 MR27 MT31 MU30 MZ25 NC27 NE28 NI28 NL18 NO15 OM23 PF27
    PK24 PL28 PM27 PS29 PT25 QA29 RE27 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SN28
    SO23 ST25 SV28 TD27 TF27 TG28 TL23 TN24 TR26 UA29 VA22 VG24 WF27 XK20 YE30 YT27
  `
    .trim()
    .split(/\s+/)
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
)

/** The IBAN that the text begins with, spaces as they stand; null where its length or checksum is wrong. */
export function passesIban(text: string): string | null {
  const length = IBAN_LENGTHS.get(text.slice(0, 2).toUpperCase())
  if (length === undefined) return null
  let iban = ''
  let end = 0
  for (; end < text.length && iban.length < length; end++) {
    const character = text[end] ?? ''
    if (character !== ' ' && character !== '-') iban += character.toUpperCase()
  }
  if (iban.length < length) return null
  // More letters on the same word: this is a longer number.
  if (/[A-Za-z0-9]/.test(text[end] ?? '')) return null
  let rest = 0
  for (const character of iban.slice(4) + iban.slice(0, 4)) {
    const value = Number.parseInt(character, 36)
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97
  }
  return rest === 1 ? text.slice(0, end) : null
}

const MIN_CARD_DIGITS = 13
const MAX_CARD_DIGITS = 19

/** Luhn's checksum over as many digits as a card has; a run of one digit passes it, too, and is no card. */
export function passesLuhn(digits: string): boolean {
  if (digits.length < MIN_CARD_DIGITS || digits.length > MAX_CARD_DIGITS) return false
  if (/^(\d)\1+$/.test(digits)) return false
  let sum = 0
  for (let index = 0; index < digits.length; index++) {
    const digit = Number(digits[digits.length - 1 - index])
    const doubled = index % 2 === 1 ? digit * 2 : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}
