/**
 * Which part of a dataset an example goes to: by a hash of its tenant and of the conversation's first turn, so that it is the
 * same in every export, and one conversation never stands on both sides. Pure.
 */
import { hash32 } from '../lib/hash32.ts'
import { isJsonObject, type JsonArray } from '../lib/json.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import type { Split } from './example.ts'

/** Percentages; together 100. */
export type Splits = Readonly<Record<Split, number>>

export const SPLITS: readonly Split[] = ['train', 'validation', 'test']

export const ALL_TRAIN: Splits = { train: 100, validation: 0, test: 0 }

const SHARES = /^(\d{1,3})\/(\d{1,3})\/(\d{1,3})$/

/** Reads `90/5/5`. */
export function parseSplits(text: string): Result<Splits, { readonly reason: 'no_splits' }> {
  const [, train, validation, test] = SHARES.exec(text) ?? []
  const splits = { train: Number(train), validation: Number(validation), test: Number(test) }
  const isWhole = splits.train + splits.validation + splits.test === 100
  return isWhole ? succeed(splits) : fail({ reason: 'no_splits' })
}

export function splitOf(
  { tenant, messages }: { readonly tenant: string; readonly messages: JsonArray },
  splits: Splits,
): Split {
  const place = (hash32(JSON.stringify([tenant, firstTurn(messages)])) / 2 ** 32) * 100
  if (place < splits.train) return 'train'
  return place < splits.train + splits.validation ? 'validation' : 'test'
}

/** Operators' instructions come before it, and all conversations of an app share them. */
function firstTurn(messages: JsonArray) {
  const first = messages.find(
    (message) => isJsonObject(message) && message.role !== 'system' && message.role !== 'developer',
  )
  const message = first ?? messages[0] ?? null
  return isJsonObject(message) ? (message.content ?? null) : message
}
