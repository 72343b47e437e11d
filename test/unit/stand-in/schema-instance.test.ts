/** Instances of schemas real clients sent: validated by a real validator. */
import { existsSync, readFileSync } from 'node:fs'
import Ajv2020 from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { describe, expect, it } from 'vitest'
import { schemaInstance } from '../../../src/stand-in/schema-instance.ts'
import { loadExchanges } from '../../fakes/replay.ts'

const ajv = new Ajv2020.default({ strict: false, logger: false, unicodeRegExp: false })
addFormats.default(ajv)

function fits(schema: object): boolean {
  return ajv.validate(schema, schemaInstance(schema as never, 'text'))
}

describe('an instance', () => {
  it.each([
    ['an enum', { type: 'string', enum: ['b', 'a'] }, 'b'],
    ['a constant', { const: 7 }, 7],
    ['bounds', { type: 'integer', minimum: 3.2 }, 4],
    ['an exclusive bound', { type: 'number', exclusiveMinimum: 1 }, 1.5],
    ['a multiple', { type: 'integer', minimum: 7, multipleOf: 5 }, 10],
    ['a length', { type: 'string', minLength: 6 }, 'text..'],
    ['a short length', { type: 'string', maxLength: 2 }, 'te'],
    ['a format', { type: 'string', format: 'date' }, '2025-01-01'],
    ['a nullable', { type: ['null', 'boolean'] }, false],
    ['optional members', { type: 'object', properties: { a: { type: 'string' } } }, {}],
    ['a tuple', { type: 'array', prefixItems: [{ type: 'boolean' }], minItems: 1 }, [false]],
    [
      'a reference',
      {
        $defs: { a: { type: 'boolean' } },
        type: 'array',
        items: { $ref: '#/$defs/a' },
        minItems: 1,
      },
      [false],
    ],
    [
      'parts',
      { allOf: [{ type: 'object', required: ['a'] }, { properties: { a: { const: 1 } } }] },
      { a: 1 },
    ],
  ])('fits %s', (_name, schema, expected) => {
    expect(schemaInstance(schema as never, 'text')).toEqual(expected)
    expect(fits(schema)).toBe(true)
  })

  it('ends a recursion where the schema lets it', () => {
    const node = {
      type: 'object',
      properties: { next: { anyOf: [{ $ref: '#' }, { type: 'null' }] } },
      required: ['next'],
    }
    expect(schemaInstance(node, '')).toEqual({ next: null })
  })

  it('ends a recursion that never ends', () => {
    const node = { type: 'object', properties: { next: { $ref: '#' } }, required: ['next'] }
    expect(JSON.stringify(schemaInstance(node, ''))).toContain('null')
  })
})

const TOOLS = '../shared/data/benign/bfcl_tools.jsonl'

describe('schemas of real requests', () => {
  it.skipIf(!existsSync(TOOLS))('of tools offered in a public benchmark', () => {
    const schemas = readFileSync(TOOLS, 'utf8')
      .trim()
      .split('\n')
      .flatMap((line) => JSON.parse(line).tools ?? [])
      .map((tool) => tool.function.parameters)
      .filter((schema) => isSound(schema))
    expect(schemas.length).toBeGreaterThan(400)
    // One schema of the set wants an array that is one of several strings: no value fits it.
    expect(schemas.filter((schema) => !fits(schema))).toHaveLength(1)
  })

  const exchanges = loadExchanges()

  it.skipIf(!exchanges)('of structured outputs and tools in recorded requests', () => {
    const schemas = (exchanges ?? [])
      .flatMap(({ request }) => [
        ...list(at(request.body, 'tools')).map((tool) => at(at(tool, 'function'), 'parameters')),
        at(at(at(request.body, 'response_format'), 'json_schema'), 'schema'),
      ])
      .filter((schema): schema is object => isSound(schema))
    expect(schemas.length).toBeGreaterThan(200)
    expect(schemas.filter((schema) => !fits(schema))).toEqual([])
  })
})

function isSound(schema: unknown): boolean {
  try {
    return typeof schema === 'object' && schema !== null && ajv.compile(schema) !== undefined
  } catch {
    return false
  }
}

function at(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
