import { describe, expect, it } from 'vitest'
import { SCOPES } from '../../src/admin/authenticate-admin.ts'
import { PROBLEM_CODES } from '../../src/admin/problem.ts'
import { openAdminGateway } from './admin-gateway.ts'

const { app, document } = await openAdminGateway()
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ path, method, ...operation })),
)

/** Every `$ref` in a value. */
function refsIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, item]) =>
    name === '$ref' && typeof item === 'string' ? [item] : refsIn(item),
  )
}

/** What a reference points to; undefined where that is nothing. */
function resolve(ref: string): unknown {
  return ref
    .replace(/^#\//, '')
    .split('/')
    .reduce<unknown>((at, step) => (at as Record<string, unknown> | undefined)?.[step], document)
}

describe('the OpenAPI document', () => {
  it('is given to anyone, and tells of the program alone', async () => {
    const response = await app.request('/admin/openapi.json')
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/json')
    const text = await response.text()
    for (const told of ['garden', 'issuer-of-admins', 'ann'])
      expect(text).not.toContain(`"${told}"`)
  })

  it('has what OpenAPI 3.1 asks of a document', () => {
    expect(document.openapi).toMatch(/^3\.1\.\d+$/)
    expect(document).toMatchObject({
      info: { title: expect.any(String), version: expect.any(String) },
    })
    expect(Object.keys(document).sort()).toEqual(['components', 'info', 'openapi', 'paths'])
    for (const path of Object.keys(document.paths)) expect(path).toMatch(/^\/admin\//)
  })

  it('names every operation once', () => {
    const ids = operations.map(({ operationId }) => operationId)
    expect(new Set(ids).size).toBe(ids.length)
    for (const id of ids) expect(id).toMatch(/^[a-z][A-Za-z]+$/)
  })

  it('refers to nothing that is not there, and holds nothing that is not referred to', () => {
    const refs = new Set(refsIn(document))
    for (const ref of refs) expect([ref, resolve(ref)]).not.toContain(undefined)
    for (const kind of ['schemas', 'headers'] as const) {
      for (const name of Object.keys(document.components[kind])) {
        expect(refs).toContain(`#/components/${kind}/${name}`)
      }
    }
  })

  it('tells of each parameter of a path, as required', () => {
    for (const { path, parameters } of operations) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      const told = parameters.filter((one) => one.in === 'path')
      expect([path, told.map(({ name }) => name)]).toEqual([path, named])
      for (const one of told) expect(one).toMatchObject({ required: true })
      const keys = parameters.map((one) => `${one.in} ${one.name}`)
      expect(new Set(keys).size).toBe(keys.length)
    }
  })

  it('asks for a token and one known scope on every route but its own', () => {
    const { securitySchemes } = document.components
    for (const { path, security } of operations) {
      if (path === '/admin/openapi.json') {
        expect(security).toEqual([])
        continue
      }
      expect(security).toHaveLength(1)
      const [[name, scopes] = []] = Object.entries(security?.[0] ?? {})
      expect(securitySchemes).toHaveProperty(String(name))
      expect(SCOPES).toEqual(expect.arrayContaining(scopes as string[]))
    }
  })

  it('gives every response a description, and problems a body of their own type', () => {
    for (const { responses } of operations) {
      for (const [status, response] of Object.entries(responses)) {
        expect(response.description).toEqual(expect.stringMatching(/./))
        if (Number(status) < 400) continue
        expect(response.content).toEqual({
          'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
        })
      }
    }
  })

  it('lists every code of a problem', () => {
    expect(document.components.schemas.Problem).toMatchObject({
      properties: { code: { enum: PROBLEM_CODES } },
    })
  })

  it('tells of every route that is served, with its conditions', () => {
    const told = operations.map(({ method, path, parameters, requestBody }) => {
      const headers = parameters.filter((one) => one.in === 'header').map(({ name }) => name)
      return [method.toUpperCase(), path, ...headers, ...(requestBody ? ['body'] : [])].join(' ')
    })
    expect(told.sort()).toEqual([
      'DELETE /admin/v1/admins/{id}',
      'DELETE /admin/v1/keys/{id}',
      'DELETE /admin/v1/transcripts',
      'GET /admin/openapi.json',
      'GET /admin/v1/admins',
      'GET /admin/v1/audit',
      'GET /admin/v1/export',
      'GET /admin/v1/export/card',
      'GET /admin/v1/export/manifest',
      'GET /admin/v1/export/policies',
      'GET /admin/v1/export/tombstones',
      'GET /admin/v1/exports/deleted-rows',
      'GET /admin/v1/keys',
      'GET /admin/v1/policies',
      'GET /admin/v1/policies/{policy} If-None-Match',
      'GET /admin/v1/policies/{policy}/diff',
      'GET /admin/v1/policies/{policy}/history',
      'GET /admin/v1/policies/{policy}/reviews',
      'GET /admin/v1/policies/{policy}/revisions',
      'GET /admin/v1/policies/{policy}/revisions/{number}',
      'GET /admin/v1/status',
      'GET /admin/v1/transcripts',
      'GET /admin/v1/transcripts/count',
      'GET /admin/v1/transcripts/names',
      'GET /admin/v1/transcripts/{id}',
      'POST /admin/v1/admins body',
      'POST /admin/v1/batches body',
      'POST /admin/v1/exports body',
      'POST /admin/v1/keys body',
      'POST /admin/v1/policies/{policy}/activate If-Match body',
      'POST /admin/v1/policies/{policy}/check body',
      'POST /admin/v1/policies/{policy}/halt If-Match',
      'POST /admin/v1/policies/{policy}/move If-Match body',
      'POST /admin/v1/policies/{policy}/revisions body',
      'POST /admin/v1/policies/{policy}/rollback If-Match body',
      'POST /admin/v1/policies/{policy}/stop If-Match body',
      'POST /admin/v1/transcripts/{id}/labels body',
    ])
  })
})
