/**
 * Validates values against schemas of the OpenAI document; absent when the document is.
 * The document is OpenAPI 3.1 but still writes `nullable`, which the 2020 dialect does not know: it is read as `null` too.
 */
import { existsSync, readFileSync } from 'node:fs'
import Ajv2020 from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

const DOCUMENT = '../shared/data/spec/openai-openapi.json'

export type OpenAiContract = {
  /** What is wrong with `value` by the named schema; empty when it conforms. */
  problems(schema: string, value: unknown): readonly string[]
  /** The names of a schema's properties, those it takes over from others included. */
  properties(schema: string): readonly string[]
}

/** The contract, or undefined where the document is not at hand. */
export function openAiContract(): OpenAiContract | undefined {
  if (!existsSync(DOCUMENT)) return undefined
  const document = JSON.parse(readFileSync(DOCUMENT, 'utf8'))
  const schemas: Readonly<Record<string, Schema>> = document.components.schemas
  const ajv = new Ajv2020.default({ strict: false, allErrors: true, discriminator: false })
  addFormats.default(ajv)
  ajv.addFormat('unixtime', true)
  const nullable = readNullable({ $id: 'openai', components: { schemas } })
  ajv.addSchema(nullable as Schema)
  return {
    problems(schema, value) {
      const validate = ajv.getSchema(`openai#/components/schemas/${schema}`)
      if (!validate) throw new TypeError(`Name a schema of the document: ${schema}`)
      return validate(value)
        ? []
        : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`)
    },
    properties: (schema) => [...new Set(propertiesOf(schemas, { $ref: `/${schema}` }))],
  }
}

type Schema = { readonly [name: string]: unknown }

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function readNullable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(readNullable)
  if (!isSchema(value)) return value
  const read = Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, readNullable(item)]),
  )
  if (read.nullable !== true) return read
  const { nullable: _, ...rest } = read
  return { anyOf: [rest, { type: 'null' }] }
}

function propertiesOf(schemas: Readonly<Record<string, Schema>>, schema: Schema): string[] {
  if (typeof schema.$ref === 'string') {
    const target = schemas[schema.$ref.split('/').at(-1) ?? '']
    return target ? propertiesOf(schemas, target) : []
  }
  const inherited = Array.isArray(schema.allOf) ? schema.allOf : []
  return [
    ...inherited.flatMap((part: Schema) => propertiesOf(schemas, part)),
    ...(isSchema(schema.properties) ? Object.keys(schema.properties) : []),
  ]
}
