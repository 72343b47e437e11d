/**
 * Asks the admin surface, wherever it is served: by a gateway at a URL, or by this process. I/O through the door alone. What is
 * refused becomes one clear line, in the words of the surface itself.
 */
import * as z from 'zod'
import type { JsonValue } from '../../lib/json.ts'
import { printable } from '../../text/printable.ts'
import type { AdminDoor } from './admin-door.ts'
import { createNetworkDoor } from './network-door.ts'
import { parseAnswer } from './read-answer.ts'

/** What the surface says when it does not do what it is asked, as far as people are told of it. */
const problemSchema = z.looseObject({
  code: z.string(),
  detail: z.string(),
  problems: z
    .array(
      z.looseObject({
        message: z.string(),
        pointer: z.string().optional(),
        parameter: z.string().optional(),
      }),
    )
    .optional(),
})

export type ToldProblem = z.infer<typeof problemSchema>

export type AskedOfAdmin = {
  readonly method?: 'GET' | 'POST' | 'DELETE'
  /** Below `/admin/v1`, with its query. */
  readonly path: string
  readonly body?: object
  /** The version of the state that a change is meant for. */
  readonly ifMatch?: number | null
}

export type Success = { readonly ok: true; readonly value: JsonValue }

export type AdminAnswer = Success | { readonly ok: false; readonly problem: ToldProblem }

export interface AdminClient {
  /** @throws Error in one clear line, for whatever is no success. */
  ask(asked: AskedOfAdmin): Promise<Success>
  /** Problems with the codes that are expected come back as they are. */
  ask(asked: AskedOfAdmin, expected: readonly string[]): Promise<AdminAnswer>
}

/** Of a gateway at a URL. */
export function createAdminClient(url: string, token: string): AdminClient {
  return askThrough(createNetworkDoor(url, token))
}

export function askThrough(door: AdminDoor): AdminClient {
  async function ask(asked: AskedOfAdmin): Promise<Success>
  async function ask(asked: AskedOfAdmin, expected: readonly string[]): Promise<AdminAnswer>
  async function ask(
    { method = 'GET', path, body, ifMatch }: AskedOfAdmin,
    expected: readonly string[] = [],
  ): Promise<AdminAnswer> {
    const response = await door.send({
      method,
      path,
      headers: {
        ...(body && { 'content-type': 'application/json' }),
        ...(ifMatch !== undefined && { 'if-match': ifMatch === null ? '*' : `"${ifMatch}"` }),
      },
      ...(body && { body: JSON.stringify(body) }),
    })
    return takeAnswer(door, response, expected)
  }
  return { ask }
}

async function takeAnswer(
  { name }: AdminDoor,
  response: Response,
  expected: readonly string[],
): Promise<AdminAnswer> {
  const { ok, status } = response
  const text = await response.text()
  const json = parseAnswer(text)
  if (ok) {
    if (text === '') return { ok: true, value: null }
    if (json.ok) return { ok: true, value: json.value }
    throw new Error(`Name a gateway with --url: ${name} answered no JSON`)
  }
  const read = problemSchema.safeParse(json.ok ? json.value : null)
  if (!read.success) throw new Error(`Name a gateway with --url: ${name} answered ${status}`)
  const problem = read.data
  if (expected.includes(problem.code)) return { ok: false, problem }
  const told = printable(renderProblem(problem))
  throw new Error(name === null ? told : `${name} answered ${status} ${problem.code}: ${told}`)
}

/** With what is wrong one by one, by the place of each. */
function renderProblem({ detail, problems = [] }: ToldProblem): string {
  const each = problems.map(({ pointer, parameter, message }) => {
    const place = pointer ?? parameter
    return place === undefined ? message : `${place}: ${message}`
  })
  return each.length === 0 ? detail : `${detail}: ${each.join('; ')}`
}
