/** A content part of a Responses item as the chat part that says the same. Pure. */
import type { JsonObject, JsonValue } from '../../lib/json.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'
import type { RequestFault } from '../door.ts'

/** Reads a checked part; one of a type that neither contract names goes on as it is. */
export function partInChat(part: JsonObject, at: string): Result<JsonObject, RequestFault> {
  switch (part.type) {
    case 'input_text':
      return succeed({ ...part, type: 'text' })
    case 'output_text': {
      const { annotations: _annotations, logprobs: _logprobs, ...rest } = part
      return succeed({ ...rest, type: 'text' })
    }
    case 'input_image':
      return imageInChat(part, at)
    case 'input_file':
      return fileInChat(part, at)
    default:
      return succeed(part)
  }
}

function imageInChat(part: JsonObject, at: string): Result<JsonObject, RequestFault> {
  const { type: _type, image_url: url = null, file_id: file = null, detail = null, ...rest } = part
  if (file !== null) {
    return fail(refuse(`${at}.file_id`, 'send the address of the image or its data as image_url'))
  }
  const image = { url, ...set('detail', detail) }
  return succeed({ type: 'image_url', image_url: image, ...rest })
}

function fileInChat(part: JsonObject, at: string): Result<JsonObject, RequestFault> {
  const { type: _type, file_data, file_id, file_url = null, filename, detail, ...rest } = part
  if (file_url !== null) {
    return fail(refuse(`${at}.file_url`, 'send the data of the file as file_data'))
  }
  const file = {
    ...set('file_data', file_data),
    ...set('file_id', file_id),
    ...set('filename', filename),
    ...set('detail', detail),
  }
  return succeed({ type: 'file', file, ...rest })
}

function set(name: string, value: JsonValue | undefined): JsonObject {
  return value === undefined || value === null ? {} : { [name]: value }
}

function refuse(param: string, instead: string): RequestFault {
  return { param, message: `Leave ${param} out: ${instead}` }
}
