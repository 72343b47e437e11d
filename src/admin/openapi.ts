/**
 * The OpenAPI 3.1 document of the admin surface, made of its table of routes. Pure.
 * It tells of the program alone: nothing of a deployment, its policies or its tenants.
 */
import * as z from 'zod'
import { VERSION } from '../lib/version.ts'
import { SCOPES } from './authenticate-admin.ts'
import { componentName, GIVEN, SENT } from './components.ts'
import { PROBLEMS, type ProblemCode } from './problem.ts'
import type { Route } from './route.ts'

type Json = { readonly [name: string]: unknown }

const SECURITY = 'adminToken'
const COMPONENTS = '#/components/schemas/'

/** Besides what every route may answer, by what it asks for. */
const ALWAYS: readonly ProblemCode[] = ['rate_limited', 'internal_error', 'unavailable']

const HEADERS: Readonly<Record<string, Json>> = {
  ETag: {
    description:
      'The version of the state, and the bundle while a built-in one serves; to be sent back as If-Match',
    schema: { type: 'string' },
  },
  Location: { description: 'Where it is now', schema: { type: 'string' } },
  'Retry-After': { description: 'Seconds to wait', schema: { type: 'integer' } },
  'X-Chambers-Through': {
    description: 'The number up to which the store was read',
    schema: { type: 'string' },
  },
  'X-Chambers-Export': {
    description: 'What the gateway calls this export, in its audit log and its list of exports',
    schema: { type: 'string' },
  },
  'X-Request-Id': {
    description: 'What the gateway calls this request',
    schema: { type: 'string' },
  },
}

export function renderDocument(routes: readonly Route[]): { readonly openapi: string } & Json {
  const paths = new Map<string, Record<string, Json>>()
  for (const route of routes) {
    const item = paths.get(route.path) ?? {}
    item[route.method] = operationOf(route)
    paths.set(route.path, item)
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Chambers: the admin surface',
      version: VERSION,
      description:
        'Policies, transcripts, keys and the audit log of a gateway. Times are milliseconds since the epoch where they are numbers. Lists that come in pages have a `next`.',
    },
    paths: Object.fromEntries(paths),
    components: {
      schemas: schemas(),
      headers: HEADERS,
      securitySchemes: {
        [SECURITY]: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: `Its claim scope holds some of ${SCOPES.join(', ')}; its claims tenants and policies list what it may see, * for all`,
        },
      },
    },
  }
}

function operationOf(route: Route): Json {
  const { operation, summary, scope, takes } = route
  return {
    operationId: operation,
    summary,
    ...(scope === null ? { security: [] } : { security: [{ [SECURITY]: [scope] }] }),
    parameters: [
      ...parametersOf(route.parameters, 'path'),
      ...parametersOf(route.query, 'query'),
      ...conditionsOf(route),
    ],
    ...(takes && {
      requestBody: {
        required: true,
        description: `At most ${takes.maxBytes} bytes`,
        content: { 'application/json': { schema: refTo(componentName(takes.body)) } },
      },
    }),
    responses: { ...answersOf(route), ...problemsOf(route) },
  }
}

function parametersOf(schema: z.ZodObject, place: 'path' | 'query'): readonly Json[] {
  return Object.entries(schema.shape).map(([name, field]) => {
    const { description, ...type } = toSchema(field as z.ZodType, 'input')
    const required = place === 'path' || !z.safeParse(field as z.ZodType, undefined).success
    return {
      name,
      in: place,
      required,
      ...(description !== undefined && { description }),
      schema: type,
    }
  })
}

function conditionsOf({ condition }: Route): readonly Json[] {
  if (condition === undefined) return []
  const name = condition === 'if-none-match' ? 'If-None-Match' : 'If-Match'
  const description = 'Entity tags of the state of the policy, or *'
  const required = condition === 'if-match required'
  return [{ name, in: 'header', required, description, schema: { type: 'string' } }]
}

function answersOf({ answers, headers = [], gives, streams = [] }: Route): Json {
  const named = ['X-Request-Id', ...headers]
  const all = Object.entries(answers).map(([status, description]) => {
    const hasBody = gives !== null && status !== '204' && status !== '304'
    const content = hasBody
      ? { 'application/json': { schema: refTo(componentName(gives)) } }
      : Object.fromEntries(streams.map((type) => [type, { schema: { type: 'string' } }]))
    const isTold = hasBody || streams.length > 0
    return [status, { description, headers: headersOf(named), ...(isTold && { content }) }]
  })
  return Object.fromEntries(all)
}

function problemsOf(route: Route): Json {
  const codes = [...ALWAYS, ...(route.problems ?? []), ...impliedBy(route)]
  const all = codes.map((code) => {
    const { status, title } = PROBLEMS[code]
    const named = code === 'rate_limited' ? ['X-Request-Id', 'Retry-After'] : ['X-Request-Id']
    const etag = code === 'precondition_failed' ? ['ETag'] : []
    const content = { 'application/problem+json': { schema: refTo('Problem') } }
    const description = `${title}: ${code}`
    return [String(status), { description, headers: headersOf([...named, ...etag]), content }]
  })
  return Object.fromEntries(all)
}

function impliedBy({ scope, parameters, query, takes, condition }: Route): readonly ProblemCode[] {
  const has = (schema: z.ZodObject) => Object.keys(schema.shape).length > 0
  return [
    ...(scope === null ? [] : (['not_authenticated', 'insufficient_scope'] as const)),
    ...(scope === null && !takes && !has(query) ? [] : (['invalid_request'] as const)),
    ...(has(parameters) ? (['not_found'] as const) : []),
    ...(takes ? (['request_too_large'] as const) : []),
    ...(condition?.startsWith('if-match') ? (['precondition_failed'] as const) : []),
    ...(condition === 'if-match required' ? (['precondition_required'] as const) : []),
  ]
}

function headersOf(names: readonly string[]): Json {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]))
}

function refTo(name: string): Json {
  return { $ref: `${COMPONENTS}${name}` }
}

function schemas(): Json {
  return {
    ...registered(SENT, 'input'),
    ...registered(GIVEN, 'output'),
  }
}

/** Schemas by name; where one holds another, it refers to it. */
function registered(named: Readonly<Record<string, z.ZodType>>, io: 'input' | 'output'): Json {
  const registry = z.registry<{ id: string }>()
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id })
  const made = z.toJSONSchema(registry, { uri: (id) => `${COMPONENTS}${id}`, io })
  return Object.fromEntries(Object.entries(made.schemas).map(([id, schema]) => [id, bare(schema)]))
}

function toSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  return bare(z.toJSONSchema(schema, { io }))
}

/** The document says the dialect, and a name within it is none of its own. */
function bare({ $schema: _schema, $id: _id, ...schema }: Json): Json {
  return schema
}
