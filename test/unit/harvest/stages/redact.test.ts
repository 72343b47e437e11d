import { describe, expect, it } from 'vitest'
import { createFormat } from '../../../../src/harvest/formats/create-format.ts'
import { FORMATS } from '../../../../src/harvest/formats/format.ts'
import { goldenCaseOf } from '../../../../src/harvest/golden.ts'
import { redactValue } from '../../../../src/harvest/redaction/redact-value.ts'
import { redactText, redactTogether } from '../../../../src/harvest/redaction/redactor.ts'
import { createRedactionStage } from '../../../../src/harvest/stages/redact.ts'
import { type JsonValue, parseJson } from '../../../../src/lib/json.ts'
import { exampleOf, labelOf, type Planted, plant } from './plant.ts'

function redact(planted: Planted) {
  const applied = createRedactionStage().apply(exampleOf(plant(1, planted)))
  if (!applied.ok) throw new Error(applied.failure)
  return applied.value
}

/** No test may look as though it held a key. */
const FENCE = '-----'

it('redacts what stands among exact numbers, and moves none of it', () => {
  const text = '{"2":{"10":"call +4930901820","9":1.0},"1":1e400}'
  const [parsed, said] = [text, text.replace('+4930901820', '[PHONE_1]')].map((one) =>
    parseJson(one, { exact: true }),
  )
  const value = parsed?.ok ? parsed.value : null
  const redactedOf = (one: JsonValue) =>
    redactTogether((redactor) => redactValue(one, redactor)).value
  const redacted = redactedOf(value)
  expect(JSON.stringify(redacted)).toBe(JSON.stringify(said?.ok ? said.value : null))
  expect(redactedOf(redacted)).toBe(redacted)
})

describe('what is redacted', () => {
  it.each([
    ['mail Jane.Roe+x@mail.example.co.uk now', 'mail [EMAIL_1] now'],
    ['call +49 (0)30 901820-123', 'call [PHONE_1]'],
    ['call +4930901820', 'call [PHONE_1]'],
    ['call +1 555 123 4567.', 'call [PHONE_1].'],
    ['call (555) 123-4567 or 555-123-4567', 'call [PHONE_1] or [PHONE_1]'],
    ['pay DE89 3704 0044 0532 0130 00 by Friday', 'pay [IBAN_1] by Friday'],
    ['pay GB82WEST12345698765432', 'pay [IBAN_1]'],
    ['card 4111 1111 1111 1111, exp 12/30', 'card [CARD_1], exp 12/30'],
    ['card 5500-0000-0000-0004', 'card [CARD_1]'],
    ['SSN 123-45-6789', 'SSN [SSN_1]'],
    ['from 203.0.113.7:443', 'from [IP_1]:443'],
    ['from 2001:db8::8a2e:370:7334', 'from [IP_1]'],
    ['key sk-proj-abc123DEF456ghi789JKL012', 'key [API_KEY_1]'],
    ['token ghp_abcdefghijklmnopqrstuvwxyz0123456789', 'token [API_KEY_1]'],
    ['id AKIAIOSFODNN7EXAMPLE', 'id [API_KEY_1]'],
    ['Authorization: Bearer abc.DEF-123_456xyz789000', 'Authorization: Bearer [API_KEY_1]'],
    ['postgres://app:s3cret99@db.internal/x', 'postgres://app:[API_KEY_1]@db.internal/x'],
    ['api_key = "a1b2c3d4e5f6g7h8i9"', 'api_key = "[API_KEY_1]"'],
    [
      `see ${FENCE}BEGIN RSA PRIVATE KEY${FENCE}\nMIIE+/=\n${FENCE}END RSA PRIVATE KEY${FENCE} here`,
      'see [PRIVATE_KEY_1] here',
    ],
  ])('%s', (text, expected) => {
    expect(redactText(text)).toBe(expected)
  })

  it.each([
    'order 4111 1111 1111 1112 has no checksum',
    'DE89 3704 0044 0532 0130 01 has none either',
    'version 1.2.3.4 on 127.0.0.1',
    'section 3.2.1.1, Chapter 2.1.3.4, § 1.2.3.4 and kernel 5.15.0.91',
    'ip address 192.168.1.17/24 behind 10.0.0.1, 172.16.4.4, 169.254.1.1 and 100.64.0.9',
    'std::vector<int> at 12:34:56, face::cafe',
    'a number like 12345678901 or 2026-01-31 or 1,234,567,890',
    'git clone git@github.com:org/repo.git',
    'x = 5 + 12345678',
    'SSN 000-12-3456, 666-12-3456 and 912-34-5678 are none',
    'password: unchanged',
    'https://example.org/pat-says-the-super-bowl-week-is-over-and-done',
  ])('leaves alone: %s', (text) => {
    expect(redactText(text)).toBe(text)
  })

  it('gives another placeholder than one that stands there already', () => {
    expect(redactText('Write to [EMAIL_1] or a@b.example.')).toBe(
      'Write to [EMAIL_1] or [EMAIL_2].',
    )
  })

  it('comes to the end of a long text, however hostile', () => {
    const hostile = [
      '+1 '.repeat(100_000),
      '4 '.repeat(200_000),
      'a:'.repeat(200_000),
      `${'a.'.repeat(200_000)}@`,
    ]
    for (const text of hostile) expect(redactText(text)).toBeDefined()
  })
})

describe('what was found once', () => {
  const both = (one: string, other: string) =>
    redactTogether((redactor) => [redactor.text(one), redactor.text(other)]).value[1]

  it.each([
    ['My password is hunter2x', 'It was **hunter2x**.', 'It was **[PASSWORD_1]**.'],
    ['My password is hunter2x', '(_hunter2x_/hunter2x—no)', '(_[PASSWORD_1]_/[PASSWORD_1]—no)'],
    ['My password is hunter2x', '您的hunter2x不安全。', '您的[PASSWORD_1]不安全。'],
    [
      'My passphrase is "correct horse battery staple"',
      'Not correct horse battery staple!',
      'Not [PASSWORD_1]!',
    ],
    ['password: p@ss(w0rd)9', 'So p@ss(w0rd)9 it is', 'So [PASSWORD_1] it is'],
    ['password="a,b;c9d1"', 'So a,b;c9d1 it is', 'So [PASSWORD_1] it is'],
    ['I was born on 1979-03-14.', 'You (1979-03-14) 46', 'You ([BIRTH_DATE_1]) 46'],
    ['I was born on 14.03.1979.', 'Ann, 14.03.1979 12:00', 'Ann, [BIRTH_DATE_1] 12:00'],
    ['My birthday is 3 May 1979', 'On 3 May 1979 then', 'On [BIRTH_DATE_1] then'],
    ['My passport number is C01X00T47', 'So C01X00T47 is fine', 'So [NATIONAL_ID_1] is fine'],
    ['My ID number: 123456', 'So 123456 is fine', 'So [NATIONAL_ID_1] is fine'],
  ])('%s: is replaced in: %s', (one, other, expected) => {
    expect(both(one, other)).toBe(expected)
  })

  it.each([
    ['My password is hunter2x', 'hunter2xy and shunter2x'],
    ['My ID number: 123456', '1123456, 1234567, 123456.5, A123456'],
  ])('%s: is left where it is part of something else: %s', (one, other) => {
    expect(both(one, other)).toBe(other)
  })
})

describe('personal data in every text of a record', () => {
  const PLANTED = 'Ask jane@roe.example, Tel. 030 9018 2712, my password is hunter2.'
  const planted = (() => {
    const transcript = plant(1, {
      request: {
        model: 'model-one',
        messages: [
          { role: 'system', content: PLANTED },
          { role: 'user', content: PLANTED },
        ],
        tools: [{ type: 'function', function: { name: 'mail', description: PLANTED } }],
        metadata: { note: PLANTED, phone: '03090182712', id: PLANTED, kind: 'jane@roe.example' },
      },
      reasoning: PLANTED,
      answer: PLANTED,
      session: 'jane@roe.example',
      selected: { reason: PLANTED },
      verdict: {
        findings: [
          {
            clause: 'SHM1',
            finding: 'violated',
            severity: 'high',
            evidence: PLANTED,
            hint: PLANTED,
          },
        ],
      },
      review: {
        findings: [
          {
            clause: 'SHM1',
            finding: 'violated',
            severity: 'high',
            evidence: PLANTED,
            hint: PLANTED,
          },
        ],
      },
    })
    const [attempt] = transcript.attempts
    if (!attempt) throw new Error('There is an attempt')
    const failed = {
      ...attempt,
      number: 0,
      answer: {
        parts: [{ kind: 'text', text: `No. ${PLANTED}` }],
        finishReason: 'stop',
        logprobs: null,
      },
      judgeFailures: [{ reason: 'unparsed', channel: 'answer', words: PLANTED }],
      failure: { reason: PLANTED },
      unsplit: {
        segments: [{ kind: 'text', text: PLANTED }],
        toolCalls: [],
        finishReason: null,
        advice: PLANTED,
      },
    } as unknown as typeof attempt
    const batch = {
      id: 'b',
      line: 1,
      item: PLANTED,
      section: null,
      samples: 1,
      opinions: [{ source: PLANTED, ideal: 'refuse' as const, note: PLANTED }],
    }
    return { ...transcript, attempts: [failed, attempt], batch }
  })()
  const labels = [
    labelOf({ kind: 'note', note: PLANTED, author: 'admin:jane@roe.example' }),
    labelOf({ kind: 'edited_answer', answer: PLANTED, note: PLANTED }),
  ]

  it.each(FORMATS)('is in no row of %s', (name) => {
    // An answer that a person wrote has no reasoning.
    const shown = name === 'sft-cot' ? labels.slice(0, 1) : labels
    const applied = createRedactionStage().apply(exampleOf(planted, shown))
    if (!applied.ok) throw new Error(applied.failure)
    const withReasoning = ['preference', 'kto', 'judge'].includes(name)
    const rows = createFormat({ name, withReasoning, thinkTags: false }).rowsOf(applied.value)
    const text = JSON.stringify(rows)
    expect(text).not.toMatch(/jane@|hunter2|9018|90182712/)
    if (rows.ok && name !== 'rl') expect(text).toContain('[EMAIL_1]')
    const isNone = !rows.ok && rows.failure
    expect([false, 'nothing_rejected', 'not_judged']).toContain(isNone)
  })

  it('is in no golden case', () => {
    const made = goldenCaseOf(planted, [
      labelOf({ kind: 'wrong_decision', decision: 'refuse', note: PLANTED }),
    ])
    expect(JSON.stringify(made)).not.toMatch(/jane@|hunter2|9018/)
    expect(made.ok).toBe(true)
  })
})

describe('redaction of an example', () => {
  it('reaches what a line of a batch came with', () => {
    const batch = {
      id: 'b',
      line: 1,
      item: 'ann@mail.example',
      section: null,
      samples: 1,
      opinions: [{ source: 'ann@mail.example', ideal: 'refuse', note: 'Ask bob@mail.example' }],
    } as const
    const applied = createRedactionStage().apply(exampleOf({ ...plant(1), batch }))
    expect(applied.ok && applied.value.transcript.batch).toEqual({
      ...batch,
      item: '[EMAIL_1]',
      opinions: [{ source: '[EMAIL_1]', ideal: 'refuse', note: 'Ask [EMAIL_2]' }],
    })
  })

  const MAIL = 'jane@roe.example'
  const call = (text: string) => ({
    parts: [
      {
        kind: 'tool_call' as const,
        call: {
          id: 'call_4111111111111111',
          kind: 'function' as const,
          name: 'send',
          arguments: text,
        },
      },
    ],
  })

  it('gives the same value the same placeholder everywhere', () => {
    const { prompt, chosen, transcript, redactions } = redact({
      prompt: `I am ${MAIL}, and my boss is Boss@Firm.example.`,
      reasoning: `The person, ${MAIL.toUpperCase()}, asks about boss@firm.example.`,
      answer: `Dear ${MAIL}, ask boss@firm.example.`,
    })
    expect(prompt).toEqual([{ role: 'user', content: 'I am [EMAIL_1], and my boss is [EMAIL_2].' }])
    expect(chosen.reasoning).toBe('The person, [EMAIL_1], asks about [EMAIL_2].')
    expect(chosen.message).toMatchObject({
      role: 'assistant',
      content: 'Dear [EMAIL_1], ask [EMAIL_2].',
    })
    expect(redactions).toEqual({ email: 2 })
    expect(transcript.redactions).toEqual([{ kind: 'email', count: 2 }])
    expect(JSON.stringify(transcript)).not.toMatch(/jane@|firm\.example/i)
    expect(transcript.attempts[0]).toBe(chosen.attempt)
  })

  it('keeps arguments JSON of the same structure, down to white space', () => {
    const text =
      '{ "to":"jane\\u0040roe.example",\n "card": 4111111111111111, "big": 12345678901234567890, "n": 1.0 }'
    const { chosen } = redact({ prompt: `Write to ${MAIL}.`, ...call(text) })
    const [made] = (chosen.message.tool_calls ?? []) as readonly {
      readonly id: string
      readonly function: { readonly name: string; readonly arguments: string }
    }[]
    expect(made?.function.arguments).toBe(
      '{ "to":"[EMAIL_1]",\n "card": "[CARD_1]", "big": 12345678901234567890, "n": 1.0 }',
    )
    expect(made).toMatchObject({ id: 'call_4111111111111111', function: { name: 'send' } })
  })

  it('touches neither roles, types, ids nor media', () => {
    const media = {
      type: 'image_url',
      image_url: { url: 'data:image/png;base64,AAAA4111111111111111' },
    }
    const { prompt } = redact({
      messages: [
        { role: 'system', content: 'Support is help@firm.example.' },
        { role: 'user', content: [{ type: 'text', text: `I am ${MAIL}.` }, media] },
      ],
    })
    expect(prompt).toEqual([
      { role: 'system', content: 'Support is [EMAIL_1].' },
      { role: 'user', content: [{ type: 'text', text: 'I am [EMAIL_2].' }, media] },
    ])
  })

  it('changes nothing where nothing is found', () => {
    const example = exampleOf(plant(1))
    const applied = createRedactionStage().apply(example)
    expect(applied).toEqual({ ok: true, value: example })
    expect(applied.ok && applied.value).toBe(example)
  })
})
