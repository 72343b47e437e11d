/** What tells of personal data from beside it: the turn before, the other part of a content, the name of a member. */
import { describe, expect, it } from 'vitest'
import { redactValue } from '../../../../src/harvest/redaction/redact-value.ts'
import { redactText, redactTogether } from '../../../../src/harvest/redaction/redactor.ts'
import type { JsonValue } from '../../../../src/lib/json.ts'

const redacted = (value: JsonValue) =>
  redactTogether((redactor) => redactValue(value, redactor)).value

const answered = (question: string, answer: JsonValue) => {
  const turns = [
    { role: 'assistant', content: question },
    { role: 'user', content: answer },
  ]
  return (redacted(turns) as unknown as { content: string }[])[1]?.content
}

describe('what the turn before asks for', () => {
  it.each([
    ['What is your date of birth?', '12/04/1987', '[BIRTH_DATE_1]'],
    ['And your date of birth?', 'It is 12 April 1987, thanks', 'It is [BIRTH_DATE_1], thanks'],
    ['Wie lautet Ihre Steuer-ID?', '47395820164', '[NATIONAL_ID_1]'],
    ['¿Cuál es su DNI?', 'claro: 48291736', 'claro: [NATIONAL_ID_1]'],
    ['Which password do you use?', 'Zr7!kuchen48', '[PASSWORD_1]'],
    ['Quel est votre mot de passe ?', 'Lune#4829', '[PASSWORD_1]'],
    ['What PIN did you choose?', '4829', '[PASSWORD_1]'],
    ['您的身份证号码是多少？', '是 48291736052X', '是 [NATIONAL_ID_1]'],
    ['Please enter your passport number:', 'X48291736', '[NATIONAL_ID_1]'],
  ])('%s %s', (question, answer, expected) => {
    expect(answered(question, answer)).toBe(expected)
  })

  it.each([
    ['What is your date of birth?', 'Why do you ask?'],
    ['Which password do you use?', 'I forgot it.'],
    ['The password must have 12 characters.', '12 it is, version 2.3 says so'],
    ['Who won in 1987?', '12/04/1987 was the day'],
    ['How many passports were issued in 2020?', 'none'],
  ])('leaves what is none: %s %s', (question, answer) => {
    expect(answered(question, answer)).toBe(answer)
  })

  it('in every part of the answer, and in no other turn', () => {
    expect(answered('Your date of birth?', [{ type: 'text', text: '12/04/1987' }])).toEqual([
      { type: 'text', text: '[BIRTH_DATE_1]' },
    ])
    const turns = [
      { role: 'user', content: 'What is a date of birth?' },
      { role: 'user', content: '4/5/1987 = ?' },
    ]
    expect(redacted(turns)).toEqual(turns)
  })

  it('wherever the answer stands again', () => {
    const turns = [
      { role: 'assistant', content: 'Wie lautet Ihre Steuer-ID?' },
      { role: 'user', content: '47395820164' },
      { role: 'assistant', content: 'Danke, 47 395 820 164 ist notiert.' },
    ]
    expect(JSON.stringify(redacted(turns))).not.toMatch(/\d{3}/)
  })
})

describe('a content in parts', () => {
  const parts = (...texts: readonly string[]) => texts.map((text) => ({ type: 'text', text }))

  it('is one text, as the rows that trainers read', () => {
    expect(redacted(parts('mail jane.roe@', 'roe.example or 0171', ' 4829173 now'))).toEqual(
      parts('mail [EMAIL_1]', ' or [PHONE_1]', ' now'),
    )
  })

  it('takes the word of one part for the value of the next', () => {
    expect(redacted(parts('my password is ', 'Zr7!kuchen48'))).toEqual(
      parts('my password is ', '[PASSWORD_1]'),
    )
  })

  it('hides nothing by what follows', () => {
    expect(redacted(parts('mail jane@roe.example', '2x'))).toEqual(parts('mail [EMAIL_1]', '2x'))
  })

  it('stays JSON where a part is JSON', () => {
    expect(redacted(parts('{"to": "jane@roe.example"}', 'and so on'))).toEqual(
      parts('{"to": "[EMAIL_1]"}', 'and so on'),
    )
  })
})

describe('a name beside a value', () => {
  it.each([
    ['{"ssn": 482917360}', '{"ssn": "[NATIONAL_ID_1]"}'],
    [
      '{"nationalId": 1, "passport number": "X48291736"}',
      '{"nationalId": 1, "passport number": "[NATIONAL_ID_1]"}',
    ],
    ['patient.date_of_birth = "12/04/1987"', 'patient.date_of_birth = "[BIRTH_DATE_1]"'],
    ['{"dateOfBirth": "1987-04-12"}', '{"dateOfBirth": "[BIRTH_DATE_1]"}'],
    ['api_key: |\n  Zz48291736048291\n', 'api_key: |\n  [API_KEY_1]\n'],
    ['x?token=Zz48291736048291&dob=1987-04-12&n=1', 'x?token=[API_KEY_1]&dob=[BIRTH_DATE_1]&n=1'],
    ['/cb?phone=%2B4917148291736&x=1', '/cb?phone=[PHONE_1]&x=1'],
    ['https://wa.me/14154829173', 'https://wa.me/[PHONE_1]'],
    ['/find?mail=jane%40roe.example&x=1', '/find?mail=[EMAIL_1]&x=1'],
    ['<b>jane&#64;roe.example</b>', '<b>[EMAIL_1]</b>'],
    ['jane (at) roe (dot) example', '[EMAIL_1]'],
    ["jane.o'roe@roe.example", '[EMAIL_1]'],
    ["'jane@roe.example','joe@roe.example'", "'[EMAIL_1]','[EMAIL_2]'"],
  ])('%s', (text, expected) => {
    expect(redactText(text)).toBe(expected)
  })
})

describe('words between', () => {
  it.each([
    ['Meine Steuer-ID ist 47395820164.', 'Meine Steuer-ID ist [NATIONAL_ID_1].'],
    ['Mój PESEL to 92081436753', 'Mój PESEL to [NATIONAL_ID_1]'],
    ['Moje rodné číslo je 885412/4734', 'Moje rodné číslo je [NATIONAL_ID_1]'],
    ['NIK saya 3174095207880003', 'NIK saya [NATIONAL_ID_1]'],
    ['Mi NIE es Y2839471C y quiero votar', 'Mi NIE es [NATIONAL_ID_1] y quiero votar'],
    ['Số CCCD của tôi là 079188004521', 'Số CCCD của tôi là [NATIONAL_ID_1]'],
    ['מספר תעודת הזהות שלי הוא 039482716', 'מספר תעודת הזהות שלי הוא [NATIONAL_ID_1]'],
    ['رقمي القومي هو 29105142104831', 'رقمي القومي هو [NATIONAL_ID_1]'],
    ['Паспорт серия и номер 45 17 482913', 'Паспорт серия и номер [NATIONAL_ID_1]'],
    ['生年月日は昭和62年4月12日です', '生年月日は[BIRTH_DATE_1]です'],
    ['Doğum tarihim 12 Nisan 1987.', 'Doğum tarihim [BIRTH_DATE_1].'],
    ['salasanani on Kissa4829!', 'salasanani on [PASSWORD_1]'],
    ['parola mea este Gata4829!', 'parola mea este [PASSWORD_1]'],
    ['a jelszavam macska4829!', 'a jelszavam [PASSWORD_1]'],
    ["le mot de passe du wifi c'est Lune#4829", "le mot de passe du wifi c'est [PASSWORD_1]"],
    ["mysql -u root -p'kuchen48!29' shop", "mysql -u root -p'[PASSWORD_1]' shop"],
  ])('are no part of the number: %s', (text, expected) => {
    expect(redactText(text)).toBe(expected)
  })

  it.each([
    'Lottozahlen 04 08 12 29 36 45',
    'docker run -p 8080:80 shop1',
    'mysql -p shop',
    'Meet me (at) noon [at] the gate',
    'The passport office is open from 8 to 17',
  ])('%s', (text) => {
    expect(redactText(text)).toBe(text)
  })
})
