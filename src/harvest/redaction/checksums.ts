/** Numbers that prove themselves: bank accounts by ibantools, cards by Luhn's checksum. Pure. */
import { countrySpecs, ValidationErrorsIBAN, validateIBAN } from 'ibantools'

/** The IBAN that the text begins with, separators as they stand; null where its form or its checksum is wrong. */
export function readIban(text: string): string | null {
  const length = countrySpecs[text.slice(0, 2).toUpperCase()]?.chars ?? null
  if (length === null) return null
  let iban = ''
  let end = 0
  for (; end < text.length && iban.length < length; end++) {
    const character = text[end] ?? ''
    if (!' .-'.includes(character)) iban += character.toUpperCase()
  }
  // More letters on the same word: this is a longer number.
  if (iban.length < length || /[A-Za-z0-9]/.test(text[end] ?? '')) return null
  const { errorCodes } = validateIBAN(iban)
  // Checks within a bank's own part are forgiven: whoever wrote an account down has written an account.
  const isAccount = errorCodes.every(
    (code) => code === ValidationErrorsIBAN.WrongAccountBankBranchChecksum,
  )
  return isAccount ? text.slice(0, end) : null
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
