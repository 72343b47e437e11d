/** The Responses contract, as model servers speak it. Data. */
import { bearer, type UpstreamDialect } from '../dialect.ts'
import { ResponsesDraft } from './responses-draft.ts'
import { writeResponsesRequest } from './write-request.ts'

export const responsesDialect: UpstreamDialect = {
  api: 'responses',
  path: '/responses',
  headers: bearer,
  writeRequest: writeResponsesRequest,
  createDraft: (expected) => new ResponsesDraft(expected),
}
