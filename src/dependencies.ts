/**
 * The composition root: a configuration and a platform become everything the app needs. Neutral: no Node, no Cloudflare.
 * What lives longer than a request is made here, once per process or isolate, and passed on.
 */
import type { AdminPorts } from './admin/routes.ts'
import type { Authenticate } from './http/authenticate.ts'
import type { ChatCompletionsPorts } from './http/chat-completions.ts'
import type { Readiness } from './http/health.ts'
import type { Models } from './http/models.ts'
import type { Relay } from './http/relay.ts'

/** What the routes are made of. */
export type Dependencies = ChatCompletionsPorts &
  AdminPorts & {
    readonly authenticate: Authenticate
    readonly models: Models
    /** Passes embeddings and moderations through. */
    readonly relay: Relay
    readonly readiness: () => Readiness
    /** Tells the operator of a defect: names and places, never content. */
    readonly report: (error: unknown, requestId: string) => void
  }
