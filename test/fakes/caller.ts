/** Who asks, for tests: an app that says nothing of anybody but what a test says. */
import type { Caller } from '../../src/policy/repository.ts'

export type SaidOfCaller = Partial<Pick<Caller, 'tenant' | 'app' | 'session'>> & {
  readonly user?: string
  readonly conversation?: string
}

export function createCaller({ user, conversation, ...said }: SaidOfCaller = {}): Caller {
  return {
    tenant: 'acme',
    app: 'chat',
    session: null,
    ...said,
    user: async () => user ?? null,
    conversation: async () => conversation ?? null,
  }
}
