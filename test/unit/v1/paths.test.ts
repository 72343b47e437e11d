import { expect, it } from 'vitest'
import { readPath } from '../../../src/v1/paths.ts'

it.each([
  ['/v1/chat/completions', '/v1/chat/completions'],
  ['//v1/chat/completions', '/v1/chat/completions'],
  ['/v1//chat//completions', '/v1/chat/completions'],
  ['/v1/chat/completions/', '/v1/chat/completions'],
  ['/v1/chat/completions///', '/v1/chat/completions'],
  ['/v1/v1/chat/completions', '/v1/chat/completions'],
  ['/v1/v1/v1/models', '/v1/models'],
  ['/v1/models/v1', '/v1/models/v1'],
  ['/v1/models/v1/v1', '/v1/models/v1/v1'],
  ['/openai/v1/chat/completions', '/v1/chat/completions'],
  ['/v1/openai/v1/chat/completions', '/v1/chat/completions'],
  ['//admin/v1/keys/', '/admin/v1/keys'],
  ['/', '/'],
  ['//', '/'],
  ['/v1', '/v1'],
  ['/v12/models', '/v12/models'],
  ['/chat/completions', '/chat/completions'],
])('%s is %s', (asked, path) => {
  expect(readPath(asked)).toEqual({ path, deployment: null })
})

it.each([
  ['/openai/deployments/gpt/chat/completions', '/v1/chat/completions', 'gpt'],
  ['/v1/openai/deployments/gpt/chat/completions', '/v1/chat/completions', 'gpt'],
  ['/openai/deployments/org%2Fgpt/embeddings/', '/v1/embeddings', 'org/gpt'],
  ['/openai/deployments/100%/embeddings', '/v1/embeddings', '100%'],
])('%s is %s of %s', (asked, path, deployment) => {
  expect(readPath(asked)).toEqual({ path, deployment })
})
