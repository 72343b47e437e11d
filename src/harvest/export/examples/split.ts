/**
 * Which part of a dataset an example goes to: by a hash of the first words that a user says, so that it is the same in every export,
 * and neither one conversation nor one question, whoever asks it, stands on both sides. Pure.
 */

import { isJsonObject, type JsonArray } from '../../../lib/json.ts'
import { fail, type Result, succeed } from '../../../lib/result.ts'
import { hash32 } from '../../../text/hash32.ts'
import { joinedWords } from '../../../text/words.ts'
import type { DatasetSplit } from '../../example.ts'
import { messageText } from '../../stages/example-texts.ts'

/** Percentages; together 100. */
export type Splits = Readonly<Record<DatasetSplit, number>>

export const SPLITS: readonly DatasetSplit[] = ['train', 'validation', 'test']

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
  { messages }: { readonly messages: JsonArray },
  splits: Splits,
): DatasetSplit {
  const place = (hash32(firstWords(messages)) / 2 ** 32) * 100
  if (place < splits.train) return 'train'
  return place < splits.train + splits.validation ? 'validation' : 'test'
}

/** Operators' instructions and an app's greeting come before them, and all its conversations share those. */
function firstWords(messages: JsonArray): string {
  const first = messages.find((message) => isJsonObject(message) && message.role === 'user')
  const message = first ?? messages[0] ?? null
  const said = isJsonObject(message) ? joinedWords(messageText(message)) : ''
  // Media alone, or signs.
  return said === '' ? JSON.stringify(isJsonObject(message) ? message.content : message) : said
}
