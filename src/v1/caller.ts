/**
 * Who asks, for a rollout: what credentials and headers say, and what the body says once somebody wants to know. I/O: the
 * body, once at most. What is read here is never kept: a place is made of it, and of the conversation not even the words.
 */
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../lib/json.ts'
import type { Caller } from '../policy/repository.ts'
import type { Sha256 } from '../transcript/record/received.ts'
import { personOf } from '../transcript/store/subject.ts'
import type { Door } from '../wire/door.ts'
import { type GatewayContext, readSession } from './exchange.ts'
import { readAside } from './read-aside.ts'

export type CallerPorts = {
  /** Larger bodies are not looked into. */
  readonly maxBodyBytes: number
  readonly sha256: Sha256
}

export function callerOf(
  { maxBodyBytes, sha256 }: CallerPorts,
  c: GatewayContext,
  door: Pick<Door, 'askedBy' | 'firstWords'>,
): Caller {
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
      return personOf({ ...door.askedBy(await body()), tokenSubject })
    },
    async conversation() {
      const said = door.firstWords(await body()) ?? null
      return said === null ? null : sha256(textOf(said) ?? JSON.stringify(said))
    },
  }
}

/** Empty for what is no object: whoever answers says so. */
function objectIn(bytes: Uint8Array | null): JsonObject {
  const parsed = bytes ? parseJson(new TextDecoder().decode(bytes)) : null
  return parsed?.ok && isJsonObject(parsed.value) ? parsed.value : {}
}

/** Text is the same text, whole or as the one part of a list. */
function textOf(content: JsonValue): string | null {
  if (typeof content === 'string') return content
  if (!Array.isArray(content) || content.length !== 1) return null
  const [part] = content
  return isJsonObject(part) && typeof part.text === 'string' ? part.text : null
}
