import { describe, expect, it } from 'vitest'
import { rowTexts, withTexts } from '../../../../src/harvest/redaction/row-texts.ts'
import type { JsonObject, JsonValue } from '../../../../src/lib/json.ts'

/** Names of members that rows have, too, and that anybody may give to what is theirs. */
const WRITTEN = {
  id: 'Jane id',
  kind: 'Jane kind',
  type: 'Jane type',
  detail: 'Jane detail',
  data: 'Jane data',
  author: 'Jane author',
  domain: 'Jane domain',
  model: 'Jane model',
  section: ['Jane section'],
  time: { policy: 'Jane policy' },
}
const TEXTS = Object.keys(WRITTEN).map((name) => `Jane ${name === 'time' ? 'policy' : name}`)

const call = (args: JsonValue) => [
  { id: 'call_1', type: 'function', function: { name: 'post', arguments: args } },
]

const upper = (row: JsonValue) =>
  withTexts(row, new Map(rowTexts(row).map((text) => [text, text.toUpperCase()])))

describe('the texts of a row', () => {
  it.each<[string, JsonObject]>([
    ['arguments of a tool', { messages: [{ role: 'assistant', tool_calls: call(WRITTEN) }] }],
    [
      'arguments that are no object of ours',
      { messages: [{ role: 'assistant', tool_calls: call(JSON.stringify(WRITTEN)) }] },
    ],
    [
      'what a tool has answered',
      { messages: [{ role: 'tool', tool_call_id: 'call_1', content: JSON.stringify(WRITTEN) }] },
    ],
    ['what a tool is for', { tools: JSON.stringify([{ function: { name: 'x', ...WRITTEN } }]) }],
    [
      'what a client sent beside its turns',
      { record: JSON.stringify({ request: { messages: [], metadata: WRITTEN } }) },
    ],
    ['an answer that is JSON', { completion: [{ content: JSON.stringify(WRITTEN) }] }],
    ['a text that is JSON', { asked: JSON.stringify(WRITTEN) }],
  ])('are those in %s, whatever its members are called', (_, row) => {
    expect(rowTexts(row)).toEqual(expect.arrayContaining(TEXTS))
    expect(JSON.stringify(upper(row))).not.toContain('Jane')
  })

  it('are none of the names that the gateway wrote', () => {
    const finding = { clause: 'SHM1', finding: 'violated', severity: 'high', evidence: null }
    const row = {
      messages: [{ role: 'assistant', tool_calls: call({}), tool_call_id: 'call_1' }],
      findings: [finding],
      expect: { sections: ['SHM'], clauses: ['SHM1'], decision: 'comply' },
      record: JSON.stringify({
        id: 'tr_1',
        upstream: { model: 'm', trainingRights: 'open' },
        selection: [{ section: 'SHM', score: 1.5 }],
        attempts: [{ verdicts: [{ channel: 'answer', findings: [finding] }] }],
      }),
      labels: JSON.stringify([{ id: 'lb_1', transcript: 'tr_1', author: 'admin:ada' }]),
      id: 'tr_1#0',
      section: 'SHM',
      policy: 'default@0',
    }
    expect(rowTexts(row)).toEqual(['post'])
    expect(upper(row)).toEqual({
      ...row,
      messages: [
        {
          ...row.messages[0],
          tool_calls: [{ ...call({})[0], function: { name: 'POST', arguments: {} } }],
        },
      ],
    })
  })

  it('are changed in a record, and nothing else of it', () => {
    const record = '{"2":1.0,"1":{"request":{"seed":12345678901234567890,"user":"Jane"}}}'
    expect(upper({ record })).toEqual({ record: record.replace('Jane', 'JANE') })
    expect(upper({ record: record.replace('Jane', '') })).toEqual({
      record: record.replace('Jane', ''),
    })
  })
})
