import { expect, test } from 'vitest'
import { createParquetEncoder } from '../../../../../src/harvest/export/files/encode-parquet.ts'
import { isJsonObject, parseJson } from '../../../../../src/lib/json.ts'

test('a cell of JSON has the numbers and names of its row as they were', () => {
  const message = '{"9":1.50,"role":"assistant","calls":[{"2":1.0,"1":{"b":-0,"7":1e5,"a":0}}]}'
  const row = parseJson(`{"messages":[${message}]}`, { exact: true })
  const encoder = createParquetEncoder({ columns: { messages: { list: 'json' } }, codec: null })
  const pieces =
    row.ok && isJsonObject(row.value) ? [...encoder.add(row.value), ...encoder.finish()] : []
  expect(pieces.map((bytes) => new TextDecoder().decode(bytes)).join('')).toContain(message)
})
