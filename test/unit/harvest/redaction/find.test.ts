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
    'Do weak passwords make for easier hacking?',
    'Can you confirm the password for this mode?',
    'Headers of one connection (RFC 9110 7.6.1), run 123456 tests',
    "return forced ? 'two-pass' : 'tagged'",
    'https://example.com/path?id=123&page=2&code=abc',
  ])('%s', (text) => {
    expect(redactText(text)).toBe(text)
  })
})

/** What is left where all placeholders are taken out: no digits but of ports and dates, no secret. */
const left = (text: string) => redactText(text).replaceAll(/\[[A-Z_]+_\d\]/g, '')

describe('what others write', () => {
  it.each([
    'Handy: 0171 2345678',
    'Ruf mich an: 0151/12345678',
    'Tel: +49-30-9018-2712',
    'Mobil 0664 1234567 (Österreich)',
    'N° de tél : 01 42 68 53 00',
    '06.12.34.56.78',
    '0612345678',
    '01 42 68 53 00',
    '(030) 9018-2712',
    '0171-2345678',
    '+33 (0)6 12 34 56 78',
    '0033612345678',
    'फोन: +91-98765-43210',
    '٠١٠٠١٢٣٤٥٦٧',
    '۰۹۱۲۳۴۵۶۷۸۹',
    'شماره من ۰۹۱۲۳۴۵۶۷۸۹ است',
    'تلفن: ۰۲۱-۸۸۸۸۷۷۷۷',
    '電話番号：03-1234-5678',
    'TEL：０３（１２３４）５６７８',
    '手机：139-1234-5678',
    '微信/电话139 1234 5678',
    '聯絡電話 0912-345-678',
    '010-1234-5678로 연락주세요',
    'Позвони на +7 (912) 345-67-89',
    'моб. 8(912)3456789',
    '8-800-555-35-35',
    'tel. 22 345 67 89',
    'kom. 512-345-678',
    'GSM: 0532 123 4567',
    '0 (532) 123 45 67',
    'SĐT: 0912 345 678',
    'HP: 0812-3456-7890',
    'โทร 081-234-5678',
    'Cell: 082 123 4567',
    'Ph: 04 1234 5678',
    '(02) 9374 4000',
    '021 123 4567 is my NZ mobile',
    'call me: (212) 555-0123',
    '1-212-555-0123',
    'Fax 212.555.0123',
    '身份证号：110105 19491231 002X',
    '身份证号码 110105-19491231-002X',
    'CPF: 52998224725',
    'CPF nº 529.982.247-25',
    'NIR 184127645108946',
    '1 84 12 76 451 089 46',
    'INSEE : 184127645108946',
    'Aadhaar number 234567890124',
    '2345 6789 0124',
    'PAN ABCPE1234F',
    'DNI: 12.345.678-Z',
    'NIE X1234567L',
    'NIF 12345678Z',
    'Codice Fiscale: RSSMRA85T10A562S',
    'Steuer-Identifikationsnummer 86 095 742 719',
    'Steuernummer 12/345/67890',
    'Sozialversicherungsnummer 12 010180 A 123',
    'BSN 1234.56.782',
    'PESEL: 44051401359',
    'TC Kimlik No: 10000000146',
    'T.C. 10000000146',
    'СНИЛС 112-233-445 95',
    'ИНН 500100732259',
    'паспорт 4509 123456',
    '주민번호 900101-1234567',
    'マイナンバー 1234 5678 9018',
    'AHV 756.9217.0769.85',
    'SSN 123 45 6789',
    'SSN: 123456789',
    'social security number is 123-45-6789',
    'NHS number 943 476 5919',
    'NI number AB123456C',
    'National Insurance number: AB 12 34 56 C',
    'SIN 046 454 286',
    'TFN 123 456 782',
    'HKID A123456(3)',
    'NRIC S1234567D',
    'CURP BADD110313HCMLNS09',
    'RUT 12.345.678-5',
    'CUIT 20-12345678-6',
    'cédula 1.023.456.789',
    'الرقم القومي 29001011234567',
    'رقم الهوية ١٠١٢٣٤٥٦٧٨',
    'आधार संख्या २३४५ ६७८९ ०१२४',
    'passport: AB1234567',
    'Reisepass C01X00T47',
    '護照號碼 300123456',
    "driver's license D1234567",
    'IBAN DE89 3704 0044 0532 0130 00',
    'IBAN: DE89370400440532013000',
    'DE89-3704-0044-0532-0130-00',
    'GB82 WEST 1234 5698 7654 32',
    'FR14 2004 1010 0505 0001 3M02 606',
    '账号DE89370400440532013000。',
    '4111-1111-1111-1111',
    '３７８２ ８２２４６３ １０００５',
    '卡号4111111111111111',
    'DOB: 03/12/1985',
    'D.O.B. 12 Mar 1985',
    'I was born on March 12, 1985',
    'geb. 12.03.1985',
    'Geburtsdatum: 12. März 1985',
    'Je suis née le 12 mars 1985',
    'nací el 12 de marzo de 1985',
    'fecha de nacimiento 12/03/1985',
    'nato il 12/03/1985',
    'nascido em 12/03/1985',
    'geboren op 12-03-1985',
    'ur. 12.03.1985',
    'родился 12.03.1985',
    'дата рождения: 12 марта 1985',
    '生年月日：1985年3月12日',
    '생년월일 1985-03-12',
    'تاريخ الميلاد: 12/03/1985',
    'تاريخ الميلاد ١٢/٠٣/١٩٨٥',
    'जन्म तिथि: 12/03/1985',
    'https://admin:S3cr3t!@db.example.com:5432/x',
    'postgresql://u:p%40ss@h/db',
    'https://x.example/#access_token=abc123def456&x=1',
    'https://s3.amazonaws.com/b/k?X-Amz-Signature=abcdef0123456789',
    'curl -u admin:hunter2 https://x',
    'Authorization: token abcd1234efgh',
    'my pw is hunter2',
    'pw: hunter2',
    'login: bob / password: hunter2',
    'user=bob pass=hunter2',
    'username bob password hunter2',
    'Password = Hunter2!',
    'password:hunter2',
    'the wifi password is Blue-Horse-42',
    'Kennwort: Geheim!7',
    'Passwort=abc123',
    'mdp : soleil42',
    'mot de passe : soleil42',
    'Contraseña: gato2020',
    'clave: gato2020',
    'Senha: abc123',
    'пароль: qwerty',
    'пароль от почты qwerty123',
    '密码：123456',
    '密碼是 abc!123',
    'パスワード：abc123',
    '비밀번호: 1234',
    'كلمة السر: abc123',
    'पासवर्ड: abc123',
    'şifre: kedi1234',
    'parola: kedi1234',
    'hasło: kot1234',
    'wachtwoord: fiets12',
    'lösenord: katt99',
    'API_TOKEN: abc123def456',
    'api key: 9f8e7d6c5b4a39281706',
    'secret=abcd1234efgh5678',
    '"client_secret": "a1b2c3d4e5"',
    'DATABASE_URL=postgres://u:secretpw@h/d',
    'TOKEN=abcd1234abcd1234',
    'machine github.com login bob password hunter2',
    '--password hunter2',
    "password is 'hunter2'",
    'password "hunter2"',
    'pin: 4821',
    'PIN 4821',
    'My PIN number is 4821',
    'otp 483920',
    'verification code is 483920',
  ])('%s', (text) => {
    expect(left(text)).not.toBe(text)
    expect(left(text)).not.toMatch(/\d{4,}(?!\/x)|hunter2|S3cr3t|qwerty|abc123/)
  })
})
