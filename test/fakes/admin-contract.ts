/**
 * Holds answers of the admin surface against its own OpenAPI document: path, status, headers and body. No I/O.
 * What the document does not tell of must not be answered.
 */
import Ajv2020 from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

type Json = { readonly [name: string]: unknown }

export type Operation = {
  readonly operationId: string
  readonly responses: Readonly<Record<string, Json>>
  readonly parameters: readonly {
    readonly name: string
    readonly in: string
    readonly schema?: Json
  }[]
  readonly requestBody?: Json
  readonly security?: readonly Json[]
}

export type Document = {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: {
    readonly schemas: Readonly<Record<string, Json>>
    readonly headers: Readonly<Record<string, Json>>
    readonly securitySchemes: Readonly<Record<string, Json>>
  }
}

export type AdminContract = {
  /** What the answer has that the document does not tell of, or lacks; empty when it conforms. */
  problems(method: string, path: string, response: Response): Promise<readonly string[]>
}

export function adminContract(document: Document): AdminContract {
  const ajv = new Ajv2020.default({ strict: false, allErrors: true })
  addFormats.default(ajv)
  ajv.addSchema({ $id: 'admin', components: document.components })

  const faults = ($ref: string, value: unknown): readonly string[] => {
    const validate = ajv.getSchema(`admin${$ref}`)
    if (!validate) return [`there is no schema ${$ref}`]
    if (validate(value)) return []
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    )
  }

  return {
    async problems(method, path, response) {
      const { pathname } = new URL(path, 'http://gateway')
      const named = Object.entries(document.paths).find(([template]) => fits(template, pathname))
      if (!named) return response.status === 404 ? [] : [`${pathname} is not in the document`]
      const operation = named[1][method.toLowerCase()]
      if (!operation) return response.status === 405 ? [] : [`${method} is not in the document`]
      const told = operation.responses[response.status]
      if (!told) return [`${operation.operationId} never answers ${response.status}`]
      const missing = Object.keys((told.headers ?? {}) as Json)
        .filter((name) => !response.headers.has(name))
        .map((name) => `the header ${name} is missing`)
      const content = told.content as Readonly<Record<string, { schema: { $ref?: string } }>>
      const text = await response.clone().text()
      if (!content) return text === '' ? missing : [...missing, 'a body where there is to be none']
      const type = response.headers.get('content-type')?.split(';')[0] ?? ''
      const schema = content[type]?.schema
      if (!schema) return [...missing, `a body of type ${type}`]
      // A stream of rows has no shape of its own.
      if (schema.$ref === undefined) return missing
      return [...missing, ...faults(schema.$ref, JSON.parse(text))]
    },
  }
}

function fits(template: string, path: string): boolean {
  return new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`).test(path)
}
