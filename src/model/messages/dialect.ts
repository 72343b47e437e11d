/** The Messages contract, as model servers speak it. Data. */
import type { UpstreamDialect } from '../dialect.ts'
import { MessagesDraft } from './messages-draft.ts'
import { writeMessagesRequest } from './write-request.ts'

export const messagesDialect: UpstreamDialect = {
  api: 'messages',
  path: '/messages',
  defaults: { 'anthropic-version': '2023-06-01' },
  headers: (apiKey) => (apiKey === null ? {} : { 'x-api-key': apiKey }),
  writeRequest: writeMessagesRequest,
  createDraft: (expected) => new MessagesDraft(expected),
}
