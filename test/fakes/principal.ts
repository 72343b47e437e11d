/** A caller for tests: a key of one app, with nothing special about it but what a test changes. */
import type { Principal } from '../../src/access/principal.ts'

export function createPrincipal(changes: Partial<Principal> = {}): Principal {
  return {
    kind: 'key',
    id: '0123abcd',
    tenant: 'acme',
    app: 'shop',
    policies: [],
    minimumMode: null,
    requestsPerMinute: null,
    consent: 'audit',
    scope: [],
    subject: null,
    ...changes,
  }
}
