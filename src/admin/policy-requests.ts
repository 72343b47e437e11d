/** What is sent to check, push, activate and roll back policies. Schemas, no I/O; the contents are judged by others. */
import * as z from 'zod'

const MAX_FILES = 1000

const contents = {
  bundle: z.exactOptional(z.looseObject({})).describe('As `chambers policy build` writes it'),
  tests: z.exactOptional(z.array(z.unknown())).describe('Its golden cases, in their order'),
  files: z
    .exactOptional(
      z
        .array(z.strictObject({ path: z.string().min(1).max(300), text: z.string() }))
        .max(MAX_FILES),
    )
    .describe('In place of bundle and tests: the files of the folder of the policy'),
}

const jws = z
  .looseObject({})
  .describe('The signed revision: a JWS in general JSON serialization (RFC 7515, 7.2.1)')

type Contents = { bundle?: object; tests?: unknown[]; files?: object[] }

const isOneOf = ({ bundle, tests, files }: Contents) =>
  files === undefined ? (bundle === undefined) === (tests === undefined) : !bundle && !tests

const ONE_OF = {
  message: 'Send bundle and tests together, or files in their place',
  path: ['bundle'],
}

export const pushSchema = z.strictObject({ jws, ...contents }).refine(isOneOf, ONE_OF)

export const checkSchema = z
  .strictObject(contents)
  .refine((sent) => isOneOf(sent) && Object.keys(sent).length > 0, ONE_OF)

export const activateSchema = z.strictObject({
  revision: z.int().min(1).describe('Its number'),
  percent: z
    .exactOptional(z.number().min(0).max(100))
    .describe('As the revision says, else 100; 0 for a shadow'),
  shadow: z.exactOptional(z.boolean()).describe('As the revision says, else false'),
})

export const rollbackSchema = z.strictObject({ jws })
