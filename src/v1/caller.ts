/**
 * Who asks, for a rollout: what credentials and headers say, and what the body says once somebody wants to know. I/O: the
 * body, once at most. What is read here is never kept: a place is made of it, and of the conversation not even the words.
 */
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../lib/json.ts'
import type { Caller } from '../policy/repository.ts'
import type { Sha256 } from '../transcript/record/received.ts'
import { personOf } from '../transcript/store/subject.ts'
import { type GatewayContext, readSession } from './exchange.ts'
import { readAside } from './read-aside.ts'

export type CallerPorts = {
  /** Larger bodies are not looked into. */
  readonly maxBodyBytes: number
  readonly sha256: Sha256
}

export function callerOf({ maxBodyBytes, sha256 }: CallerPorts, c: GatewayContext): Caller {
  const { tenant, app, subject: tokenSubject } = c.get('principal')
  let reading: Promise<JsonObject> | null = null
  const body = () => {
    reading ??= readAside(c, maxBodyBytes).then(objectIn)
    return reading
  }
  return {
    tenant,
    app,
    session: readSession(c),
    async user() {
      const { safety_identifier: safetyIdentifier, user } = await body()
      return personOf({ safetyIdentifier, user, tokenSubject })
    },
    async conversation() {
      const turn = firstTurnIn(await body())
      return turn === null ? null : sha256(turn)
    },
  }
}

/** Empty for what is no object: whoever answers says so. */
function objectIn(bytes: Uint8Array | null): JsonObject {
  const parsed = bytes ? parseJson(new TextDecoder().decode(bytes)) : null
  return parsed?.ok && isJsonObject(parsed.value) ? parsed.value : {}
}

/** What the user said first. Text is the same text, whole or as the one part of a list. */
function firstTurnIn({ messages }: JsonObject): string | null {
  const turn = Array.isArray(messages)
    ? messages.filter(isJsonObject).find(({ role }) => role === 'user')
    : undefined
  if (turn?.content === undefined || turn.content === null) return null
  return textOf(turn.content) ?? JSON.stringify(turn.content)
}

function textOf(content: JsonValue): string | null {
  if (typeof content === 'string') return content
  if (!Array.isArray(content) || content.length !== 1) return null
  const [part] = content
  return isJsonObject(part) && typeof part.text === 'string' ? part.text : null
}
