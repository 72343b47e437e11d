/** The model that drafts and the model that judges, as the configuration names them. Nothing is called while they are made. */
import type { Model } from '../../conversation/model.ts'
import { chatDialect } from '../../model/chat-dialect.ts'
import type { UpstreamApi, UpstreamDialect } from '../../model/dialect.ts'
import { createFoundApi } from '../../model/found-api.ts'
import { messagesDialect } from '../../model/messages/dialect.ts'
import { createOpenAiModel, type OpenAiModelOptions } from '../../model/openai-model.ts'
import { responsesDialect } from '../../model/responses/dialect.ts'
import type { Config } from '../config.ts'
import type { Bounds, Platform } from '../platform.ts'

/** One model twice where the configuration names no other judge. */
export type Models = { readonly draft: Model; readonly judge: Model }

export type ModelsOptions = {
  readonly config: Pick<Config, 'upstream' | 'judge' | 'deadlineMs' | 'silence'>
  readonly platform: Pick<Platform, 'clock' | 'random' | 'upstream' | 'fetch' | 'judgeFetch'>
  readonly bounds: Pick<Bounds, 'maxRetries' | 'maxReplyBytes'>
}

const DIALECTS: Readonly<Record<UpstreamApi, UpstreamDialect>> = {
  chat: chatDialect,
  responses: responsesDialect,
  messages: messagesDialect,
}

export function connectModels({ config, platform, bounds }: ModelsOptions): Models {
  const { upstream, judge, deadlineMs, silence } = config
  const { clock, random } = platform
  const { provider, baseUrl } = platform.upstream
  const common = {
    clock,
    random,
    timeouts: { ...silence, totalMs: deadlineMs },
    maxRetries: bounds.maxRetries,
    maxBodyBytes: bounds.maxReplyBytes,
  }
  const draft = connect(upstream.api, {
    ...common,
    provider,
    baseURL: baseUrl,
    apiKey: upstream.apiKey,
    fetch: platform.fetch,
  })
  if (judge.baseUrl === null && judge.apiKey === upstream.apiKey) return { draft, judge: draft }
  const own = connect(judge.baseUrl === null ? upstream.api : 'auto', {
    ...common,
    provider: judge.baseUrl === null ? provider : new URL(judge.baseUrl).hostname,
    baseURL: judge.baseUrl ?? baseUrl,
    apiKey: judge.apiKey,
    fetch: judge.baseUrl === null ? platform.fetch : platform.judgeFetch,
  })
  return { draft, judge: own }
}

function connect(api: 'auto' | UpstreamApi, options: Omit<OpenAiModelOptions, 'dialect'>): Model {
  const speak = (dialect: UpstreamDialect) => createOpenAiModel({ ...options, dialect })
  if (api !== 'auto') return speak(DIALECTS[api])
  return createFoundApi([speak(chatDialect), speak(responsesDialect), speak(messagesDialect)])
}

/** Both through one wrapper. */
export function mapModels({ draft, judge }: Models, wrap: (model: Model) => Model): Models {
  return { draft: wrap(draft), judge: wrap(judge) }
}
