import { expect, test } from 'vitest'
import { packKept, unpackKept } from '../../../../../src/harvest/export/passes/kept-example.ts'
import { isJsonObject, parseJson } from '../../../../../src/lib/json.ts'
import { exampleOf, plant } from '../../stages/plant.ts'

test('what an export keeps for its second pass has the numbers and names of its rows as they were', () => {
  const text = '{"2":9007199254740993,"1":{"b":1.0,"a":1e400}}'
  const row = parseJson(text, { exact: true })
  const rows = row.ok && isJsonObject(row.value) ? [row.value] : []
  const kept = unpackKept(packKept(exampleOf(plant(1)), rows))
  expect(JSON.stringify(kept.rows)).toBe(`[${text}]`)
})
