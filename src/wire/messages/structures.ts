/** Checks of the larger parameters of the Messages contract. Pure. */
import { isJsonObject } from '../../lib/json.ts'
import {
  type FieldCheck,
  integerWithin,
  isFilledText,
  isSwitch,
  isText,
  listOf,
  objectWith,
  oneOf,
} from '../checks.ts'

const LEAST_BUDGET = 1_024

const isEnabledThinking = objectWith({
  budget_tokens: integerWithin(LEAST_BUDGET, Number.MAX_SAFE_INTEGER),
})
const isThinking = objectWith({ type: isText }, { display: isText })

export const checkThinking: FieldCheck = (value) => {
  const found = isThinking(value)
  if (found || !isJsonObject(value)) return found
  return value.type === 'enabled' ? isEnabledThinking(value) : null
}

const isChoice = objectWith(
  { type: oneOf(['auto', 'any', 'tool', 'none']) },
  { disable_parallel_tool_use: isSwitch },
)
const namesTool = objectWith({ name: isFilledText })

export const checkToolChoice: FieldCheck = (value) => {
  const found = isChoice(value)
  if (found || !isJsonObject(value)) return found
  return value.type === 'tool' ? namesTool(value) : null
}

export const checkContextManagement: FieldCheck = objectWith(
  {},
  { edits: listOf(objectWith({ type: isText })) },
)
