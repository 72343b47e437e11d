/**
 * Checks of the larger structures of a chat request: tools, metadata, logit bias. Pure.
 * Unknown tool types pass here: whether a hosted tool may run is decided against the policy, not against the contract.
 */
import { isJsonObject } from '../lib/json.ts'
import {
  type FieldCheck,
  fieldFlaw,
  flaw,
  isFilledText,
  isObject,
  isSwitch,
  numberWithin,
  objectWith,
} from './checks.ts'

const isFunctionTool = objectWith({
  function: objectWith({ name: isFilledText }, { parameters: isObject, strict: isSwitch }),
})
const isCustomTool = objectWith({ custom: objectWith({ name: isFilledText }) })

/** A tool: `function`, `custom`, or a provider's own type. A function without a type is taken for one. */
export const checkTool: FieldCheck = (value) => {
  if (!isJsonObject(value)) return flaw(value, 'a tool, an object with a type')
  const { type = value.function === undefined ? undefined : 'function' } = value
  if (typeof type !== 'string') return fieldFlaw(value, 'type', `'function' or 'custom'`)
  if (type === 'function') return isFunctionTool(value)
  return type === 'custom' ? isCustomTool(value) : null
}

const METADATA = { pairs: 16, keyLength: 64, valueLength: 512 } as const

/** At most 16 pairs; keys of 64 and values of 512 characters at most. */
export const checkMetadata: FieldCheck = (value) => {
  if (!isJsonObject(value)) return flaw(value, 'an object of strings')
  const pairs = Object.entries(value)
  const fits =
    pairs.length <= METADATA.pairs &&
    pairs.every(
      ([key, text]) =>
        key.length <= METADATA.keyLength &&
        typeof text === 'string' &&
        text.length <= METADATA.valueLength,
    )
  const wants = `at most ${METADATA.pairs} pairs, keys of at most ${METADATA.keyLength} characters, strings of at most ${METADATA.valueLength} as values`
  return fits ? null : { at: '', wants, found: `an object of ${pairs.length} pairs beyond that` }
}

const isBias = numberWithin(-100, 100)

/** Token ids to numbers from -100 to 100. */
export const checkLogitBias: FieldCheck = (value) => {
  if (!isJsonObject(value)) return flaw(value, 'an object of numbers')
  const odd = Object.values(value).find((bias) => isBias(bias) !== null)
  return odd === undefined ? null : flaw(odd, 'numbers from -100 to 100')
}
