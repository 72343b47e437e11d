/** What is personal data, and what only looks like it: forms of twenty-five countries in sentences of ten languages and more. */
import { describe, expect, it } from 'vitest'
import { redactText } from '../../../../src/harvest/redaction/redactor.ts'

/** No test may look as though it held a key. */
const joined = (...parts: readonly string[]) => parts.join('')

describe('telephone numbers as people write them', () => {
  it.each([
    ['030 9018 2712', '[PHONE_1]'],
    ['06 12 34 56 78', '[PHONE_1]'],
    ['020 7946 0958', '[PHONE_1]'],
    ['13912345678', '[PHONE_1]'],
    ['Call me on 020 7946 0958 after six please', 'Call me on [PHONE_1] after six please'],
    ['My number is 07911 123456', 'My number is [PHONE_1]'],
    ['phone: 9876543210', 'phone: [PHONE_1]'],
    ['call 0049 30 90182712', 'call [PHONE_1]'],
    ['whatsapp +91 98765 43210', 'whatsapp [PHONE_1]'],
    ['Rufen Sie mich bitte unter 030 9018 2712 an', 'Rufen Sie mich bitte unter [PHONE_1] an'],
    ['Meine Handynummer ist 0171/2345678', 'Meine Handynummer ist [PHONE_1]'],
    ['Appelez-moi au 06 12 34 56 78 demain matin', 'Appelez-moi au [PHONE_1] demain matin'],
    ['Vous pouvez me joindre au 06.12.34.56.78', 'Vous pouvez me joindre au [PHONE_1]'],
    ['Mi teléfono es 612 34 56 78', 'Mi teléfono es [PHONE_1]'],
    ['Il mio numero è 347 123 4567', 'Il mio numero è [PHONE_1]'],
    ['Meu celular é (11) 91234-5678', 'Meu celular é [PHONE_1]'],
    ['Bel me op 06-12345678', 'Bel me op [PHONE_1]'],
    ['Zadzwoń do mnie: 512 345 678', 'Zadzwoń do mnie: [PHONE_1]'],
    ['Numaram 0532 123 45 67', 'Numaram [PHONE_1]'],
    ['Мой телефон 8 (912) 345-67-89, звоните', 'Мой телефон [PHONE_1], звоните'],
    ['اتصل بي على ٠١٠٠١٢٣٤٥٦٧ غدا', 'اتصل بي على [PHONE_1] غدا'],
    ['मेरा मोबाइल नंबर ९८७६५४३२१० है', 'मेरा मोबाइल नंबर [PHONE_1] है'],
    ['我的手机号是13912345678，谢谢', '我的手机号是[PHONE_1]，谢谢'],
    ['電話は０９０－１２３４－５６７８です', '電話は[PHONE_1]です'],
    ['내 전화번호는 010-1234-5678 입니다', '내 전화번호는 [PHONE_1] 입니다'],
    ['请明天打电话给我：131 2345 6789。', '请明天打电话给我：[PHONE_1]。'],
    ['我明天都在家，131-2345-6789', '我明天都在家，[PHONE_1]'],
    ['Tel.030 9018 2712', 'Tel.[PHONE_1]'],
    ['Estoy en casa con el 612 34 56 78 todo el día', 'Estoy en casa con el [PHONE_1] todo el día'],
    ['{"phone": "03090182712"}', '{"phone": "[PHONE_1]"}'],
  ])('%s', (text, expected) => {
    expect(redactText(text)).toBe(expected)
  })

  it('are one number in whatever form', () => {
    expect(redactText('Tel. 030 9018 2712, das ist +49 30 9018 2712.')).toBe(
      'Tel. [PHONE_1], das ist [PHONE_1].',
    )
  })
})

describe('personal numbers', () => {
  it.each([
    ['CN', '身份证 11010519491231002X'],
    ['BR', 'CPF 529.982.247-25'],
    ['BR, digits alone', 'O número do meu CPF é 52998224725'],
    ['FR', 'numéro de sécurité sociale 1 84 12 76 451 089 46'],
    ['IN', 'Aadhaar 2345 6789 0124'],
    ['PL', 'PESEL 44051401359'],
    ['ES', 'DNI 12345678Z'],
    ['IT', 'codice fiscale RSSMRA85T10A562S'],
    ['NL', 'BSN 123456782'],
    ['SE', 'personnummer 811218-9876'],
    ['MX', 'CURP BOXW310820HNERXN09'],
    ['KR', '주민등록번호 900101-1234567'],
    ['GB', 'NINO AB 12 34 56 C'],
    ['DE', 'Steuer-ID 86095742719'],
    ['a passport', 'My passport number is C01X00T47'],
  ])('of %s are redacted', (_, text) => {
    expect(redactText(text)).toMatch(/^[^\d]*\[NATIONAL_ID_1\]$/)
  })

  it.each([
    ['CN', '11010519491231002X', '110105194912310021'],
    ['BR', '529.982.247-25', '529.982.247-26'],
    ['FR', '1 84 12 76 451 089 46', '1 84 12 76 451 089 47'],
    ['ES', '12345678Z', '12345678A'],
    ['IT', 'RSSMRA85T10A562S', 'RSSMRA85T10A562T'],
    ['SE', '811218-9876', '811218-9875'],
    ['CH', '756.9217.0769.85', '756.9217.0769.84'],
  ])('of %s prove themselves without a word', (_, right, wrong) => {
    expect(redactText(`It says ${right} here`)).toBe('It says [NATIONAL_ID_1] here')
    expect(redactText(`It says ${wrong} here`)).toBe(`It says ${wrong} here`)
  })
})

it('mail addresses are found where no spaces set words apart', () => {
  expect(redactText('我的邮箱是jane@roe.example请回复jane@roe.example。')).toBe(
    '我的邮箱是[EMAIL_1]请回复[EMAIL_1]。',
  )
})

describe('dates of birth', () => {
  it.each([
    ['born on 12.03.1985', 'born on [BIRTH_DATE_1]'],
    ['date of birth: 12 March 1985', 'date of birth: [BIRTH_DATE_1]'],
    ['geboren am 12.03.1985', 'geboren am [BIRTH_DATE_1]'],
    ['née le 12/03/1985', 'née le [BIRTH_DATE_1]'],
    ['fecha de nacimiento: 12 de marzo de 1985', 'fecha de nacimiento: [BIRTH_DATE_1]'],
    ['出生于1985年3月12日', '出生于[BIRTH_DATE_1]'],
    ['1985年3月12日生まれ', '[BIRTH_DATE_1]生まれ'],
    ['дата рождения 12.03.1985', 'дата рождения [BIRTH_DATE_1]'],
  ])('%s', (text, expected) => {
    expect(redactText(text)).toBe(expected)
  })
})

describe('secrets in sentences', () => {
  it.each([
    ['password is hunter2', 'password is [PASSWORD_1]'],
    ['my password: "sunshine"', 'my password: "[PASSWORD_1]"'],
    ['The password for the server is Tr0ub4dor&3.', 'The password for the server is [PASSWORD_1].'],
    ['Mein Passwort lautet Geheim123!', 'Mein Passwort lautet [PASSWORD_1]'],
    ['mon mot de passe est soleil42', 'mon mot de passe est [PASSWORD_1]'],
    ['mi contraseña es gato2020', 'mi contraseña es [PASSWORD_1]'],
    ['minha senha é abc123', 'minha senha é [PASSWORD_1]'],
    ['la mia password è gatto99', 'la mia password è [PASSWORD_1]'],
    ['mijn wachtwoord is fiets12', 'mijn wachtwoord is [PASSWORD_1]'],
    ['moje hasło to kot1234', 'moje hasło to [PASSWORD_1]'],
    ['şifrem kedi1234', 'şifrem [PASSWORD_1]'],
    ['мой пароль: qwerty123', 'мой пароль: [PASSWORD_1]'],
    ['密码是abc12345', '密码是[PASSWORD_1]'],
    ['パスワードはabc123です', 'パスワードは[PASSWORD_1]です'],
    ['비밀번호는 abc123입니다', '비밀번호는 [PASSWORD_1]입니다'],
    ['كلمة المرور هي abc123', 'كلمة المرور هي [PASSWORD_1]'],
    ['मेरा पासवर्ड है abc123', 'मेरा पासवर्ड है [PASSWORD_1]'],
    ['my PIN is 4821', 'my PIN is [PASSWORD_1]'],
    ['password: correcthorsebatterystaple', 'password: [PASSWORD_1]'],
  ])('%s', (text, expected) => {
    expect(redactText(text)).toBe(expected)
  })
})

describe('secrets in addresses, headers and settings', () => {
  it.each([
    ['https://user:pass@host/x', 'https://user:[API_KEY_1]@host/x'],
    ['redis://:p4ssw0rd@localhost:6379/0', 'redis://:[API_KEY_1]@localhost:6379/0'],
    [
      'https://example.com/?token=abcdef123&api_key=xyz789secret',
      'https://example.com/?token=[API_KEY_1]&api_key=[API_KEY_2]',
    ],
    [
      'https://example.com/login?user=bob&password=hunter2',
      'https://example.com/login?user=bob&password=[PASSWORD_1]',
    ],
    ['Authorization: Basic dXNlcjpwYXNz', 'Authorization: Basic [API_KEY_1]'],
    [
      joined('AWS_SECRET_ACCESS', '_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'),
      'AWS_SECRET_ACCESS_KEY=[API_KEY_1]',
    ],
    ['export DB_PASSWORD=hunter2', 'export DB_PASSWORD=[PASSWORD_1]'],
    ['db_password: "s3cret"', 'db_password: "[PASSWORD_1]"'],
    ['{"password": "hunter2", "user": "bob"}', '{"password": "[PASSWORD_1]", "user": "bob"}'],
    ['Server=db;User Id=sa;Password=Str0ngPass;', 'Server=db;User Id=sa;Password=[PASSWORD_1];'],
    ['X-Api-Key: 12345-abcdef', 'X-Api-Key: [API_KEY_1]'],
  ])('%s', (text, expected) => {
    expect(redactText(text)).toBe(expected)
  })

  it('stay found where nothing beside them tells what they are', () => {
    expect(redactText('My password is hunter2. Never say hunter2 to anybody!')).toBe(
      'My password is [PASSWORD_1]. Never say [PASSWORD_1] to anybody!',
    )
  })
})

describe('what only looks like it is left alone', () => {
  it.each([
    'Your order number is 13912345678.',
    'order 0301234567 was shipped',
    'ISBN 978-3-16-148410-0 and ISBN 0-306-40615-2',
    'version 10.15.7 build 19041.1234',
    'The timestamp 1712345678 and 1712345678901',
    '2024-03-15T10:15:30Z and 2024-03-15 10:15:30',
    '01.02.2024 10:30 Uhr',
    'The price is $1,234,567.89 or 1 234 567,89 €',
    'Die Bestellnummer 0123 4567 890 ist da',
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    '550e8400-e29b-41d4-a716-446655440000',
    '123456789 * 987654321 = 121932631112635269',
    '1 2 3 4 5 6 7 8 9 10 11 12',
    '0.123456789',
    'Lotto: 06 12 34 41 45 49',
    'SKU 12345678, UPC 036000291452, EAN 4006381333931',
    'const timeout = 3000000000',
    '订单号 13912345678',
    'Albert Einstein was born on 14 March 1879 in Ulm',
    'phone model 2024-2025',
    'CVE-2021-44228 on 00:1A:2B:3C:4D:5E',
    'x = +1234567890',
    'password: string',
    'password = getPassword()',
    '"password": {"type": "string"}',
    'Your password must be at least 8 characters long',
    'The password is 12 characters long',
    'my password is wrong, please help',
    'reset your password: click here',
    'Passwort: mindestens 8 Zeichen',
    'max_tokens: 1024, token: Hello',
    'api_key = "YOUR_API_KEY"',
    ['password=', '{DB_PASSWORD}'].join('$'),
    'The secret to success is 90% work',
    'https://example.com/path?id=123&page=2&code=abc',
  ])('%s', (text) => {
    expect(redactText(text)).toBe(text)
  })
})
