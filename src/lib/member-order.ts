/**
 * Puts the members of what was rebuilt where they stood in what it was read from. Pure. It moves members and never takes a value
 * from the model: what was changed on the way stays changed.
 */
import { orderedObject } from './exact-json.ts'
import { isJsonObject, type JsonObject, type JsonValue } from './json.ts'

/** The value with its objects in the order of `model`, place by place; members that the model lacks come last. */
export function inOrderOf<Value extends JsonValue>(
  value: Value,
  model: JsonValue | undefined,
): Value
export function inOrderOf(value: JsonValue, model: JsonValue | undefined): JsonValue {
  if (value === model) return value
  if (Array.isArray(value) && Array.isArray(model)) {
    return value.map((item: JsonValue, index) => inOrderOf(item, model[index]))
  }
  if (!isJsonObject(value) || !isJsonObject(model)) return value
  return orderedObject(
    namesInOrder(value, Object.keys(model)).map((name) => [
      name,
      inOrderOf(value[name] ?? null, model[name]),
    ]),
  )
}

/** True where `inOrderOf` would move nothing. */
export function isInOrderOf(value: JsonValue, model: JsonValue | undefined): boolean {
  if (value === model) return true
  if (Array.isArray(value) && Array.isArray(model)) {
    return value.every((item: JsonValue, index) => isInOrderOf(item, model[index]))
  }
  if (!isJsonObject(value) || !isJsonObject(model)) return true
  const names = Object.keys(value)
  return namesInOrder(value, Object.keys(model)).every(
    (name, index) => name === names[index] && isInOrderOf(value[name] ?? null, model[name]),
  )
}

/** The object with the members of these names first, in the order of the names. */
export function inOrder(object: JsonObject, names: readonly string[]): JsonObject {
  return orderedObject(namesInOrder(object, names).map((name) => [name, object[name] ?? null]))
}

function namesInOrder(object: JsonObject, names: readonly string[]): readonly string[] {
  const known = new Set(names)
  const first = names.filter((name) => Object.hasOwn(object, name))
  return [...first, ...Object.keys(object).filter((name) => !known.has(name))]
}
