/**
 * A route of the admin surface as data: what it asks for, who may take it, what it answers, and by whom. No I/O.
 * What is served and what the OpenAPI document says are both made of this, so that they cannot differ.
 */
import * as z from 'zod'
import type { Admin, Scope } from './authenticate-admin.ts'
import type { ProblemCode } from './problem.ts'

/** A request that has passed all checks of the table. */
export type AdminRequest<Path, Query, Body> = {
  readonly admin: Admin
  readonly path: Path
  readonly query: Query
  readonly body: Body
  /** The conditions as they were sent. */
  readonly ifMatch: string | null
  readonly ifNoneMatch: string | null
  /** Fires when whoever asks is gone, where the platform tells. */
  readonly signal: AbortSignal
}

export type RouteAnswer<Body> = {
  readonly status: 200 | 201 | 204 | 304
  /** Null for an answer without a body. */
  readonly body: Body | null
  readonly headers?: Readonly<Record<string, string>>
  /** Instead of a body: what is too long to hold. */
  readonly stream?: {
    readonly mediaType: string
    readonly body: ReadableStream<Uint8Array> | string
  }
}

type Common = {
  readonly method: 'get' | 'post' | 'delete'
  /** Whole, with its parameters in braces. */
  readonly path: string
  readonly operation: string
  /** Null: nobody is asked who they are. */
  readonly scope: Scope | null
  readonly summary: string
  readonly condition?: 'if-none-match' | 'if-match' | 'if-match required'
  /** By status: when it is given. */
  readonly answers: Readonly<Record<number, string>>
  /** The media types of an answer that is a stream. */
  readonly streams?: readonly string[]
  /** Headers of those answers besides the common ones. */
  readonly headers?: readonly ('ETag' | 'Location' | 'X-Chambers-Export' | 'X-Chambers-Through')[]
  /** Problems besides those that follow from the rest. */
  readonly problems?: readonly ProblemCode[]
}

export type Route = Common & {
  readonly parameters: z.ZodObject
  readonly query: z.ZodObject
  readonly takes: Takes<z.ZodType> | null
  readonly gives: z.ZodType | null
  readonly handle: (
    request: AdminRequest<unknown, unknown, unknown>,
  ) => Promise<RouteAnswer<unknown>>
}

type Takes<Body extends z.ZodType> = { readonly body: Body; readonly maxBytes: number }

/** A value as its schema gives it, which nobody may alter. */
type Frozen<Value> = Value extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : Value extends object
    ? { readonly [Name in keyof Value]: Frozen<Value[Name]> }
    : Value

type Options<
  Path extends z.ZodObject,
  Query extends z.ZodObject,
  Body extends z.ZodType,
  Gives extends z.ZodType,
> = Common & {
  readonly parameters?: Path
  readonly query?: Query
  readonly takes?: Takes<Body>
  readonly gives?: Gives
  readonly handle: (
    request: AdminRequest<z.output<Path>, z.output<Query>, z.output<Body>>,
  ) => Promise<RouteAnswer<Frozen<z.output<Gives>>>>
}

const NONE = z.strictObject({})

/** A route whose handler is held to the shapes it names. */
export function defineRoute<
  Path extends z.ZodObject = typeof NONE,
  Query extends z.ZodObject = typeof NONE,
  Body extends z.ZodType = z.ZodNever,
  Gives extends z.ZodType = z.ZodNever,
>(options: Options<Path, Query, Body, Gives>): Route {
  const route = { parameters: NONE, query: NONE, takes: null, gives: null, ...options }
  // Whoever calls the handler has parsed all it is given by the schemas beside it.
  return route as unknown as Route
}
