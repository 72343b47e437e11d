/** Reads the recorded chat requests that the wire tests run over; none where the recordings are absent. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import type { JsonObject } from '../../../src/lib/json.ts'

const FOLDER = '../shared/data/upstream'

export type RecordedChat = {
  readonly id: string
  readonly status: number
  readonly body: JsonObject
}

export function recordedChats(): readonly RecordedChat[] {
  if (!existsSync(FOLDER)) return []
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.jsonl') && name !== 'index.jsonl')
    .flatMap((name) => readFileSync(`${FOLDER}/${name}`, 'utf8').split('\n').filter(Boolean))
    .map((line) => JSON.parse(line))
    .filter((exchange) => exchange.api === 'chat' && exchange.request?.body)
    .map((exchange) => ({
      id: exchange.id,
      status: exchange.response.status,
      body: exchange.request.body,
    }))
}
