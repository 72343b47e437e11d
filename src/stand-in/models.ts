/**
 * The stand-in's models: which there are and what tells them apart.
 * No I/O. Their ids say what they are, so that nobody takes an answer for a language model's.
 */
import type { JsonObject } from '../lib/json.ts'

const TAGGED = 'stand-in'
const REASONER = 'stand-in-reasoner'
const EMBEDDING = 'stand-in-embedding'
const MODERATION = 'stand-in-moderation'

const MODELS: readonly string[] = [TAGGED, REASONER, EMBEDDING, MODERATION]

/** 1 January 2025, in seconds: a constant, because answers are. */
const CREATED = 1_735_689_600

export function isChatModel(id: string): boolean {
  return id === TAGGED || id === REASONER
}

/** Whether the model returns its reasoning in `reasoning_content`. */
export function hasReasoningField(id: string): boolean {
  return id === REASONER
}

export function isKnownModel(id: string): boolean {
  return MODELS.includes(id)
}

export function modelObject(id: string): JsonObject {
  return { id, object: 'model', created: CREATED, owned_by: 'scripted-stand-in' }
}

export function modelList(): JsonObject {
  return { object: 'list', data: MODELS.map(modelObject) }
}
