/**
 * What a message of the Messages contract must be: roles, content, blocks by their type. Pure.
 * Strict about what the document names, silent about fields and block types it does not: those are forwarded.
 */
import { isJsonObject, type JsonValue } from '../../lib/json.ts'
import {
  type FieldCheck,
  type Flaw,
  fieldFlaw,
  flaw,
  isFilledText,
  isObject,
  isSwitch,
  isText,
  listOf,
  objectWith,
  oneOf,
  textOr,
} from '../checks.ts'

/** What holds for an object of a type; types that are not listed pass, unless these are all there are. */
function byType(
  kinds: Readonly<Record<string, FieldCheck>>,
  what: string,
  { closed = false } = {},
): FieldCheck {
  const isKnown = objectWith({ type: oneOf(Object.keys(kinds)) })
  return (value) => {
    if (!isJsonObject(value)) return flaw(value, what)
    if (typeof value.type !== 'string') return fieldFlaw(value, 'type', 'a string')
    if (Object.hasOwn(kinds, value.type)) return kinds[value.type]?.(value) ?? null
    return closed ? isKnown(value) : null
  }
}

const TEXT = objectWith({ text: isFilledText })

const FILE = objectWith({ file_id: isFilledText })
const ADDRESS = objectWith({ url: isFilledText })

const IMAGE_TYPES = ['image/jpeg', 'image/png', 'image/gif', 'image/webp']

const IMAGE = objectWith({
  source: byType(
    {
      base64: objectWith({ media_type: oneOf(IMAGE_TYPES), data: isFilledText }),
      url: ADDRESS,
      file: FILE,
    },
    'an object with a type',
    { closed: true },
  ),
})

const DOCUMENT = objectWith(
  {
    source: byType(
      {
        base64: objectWith({ media_type: oneOf(['application/pdf']), data: isFilledText }),
        text: objectWith({ media_type: oneOf(['text/plain']), data: isText }),
        content: objectWith({
          content: textOr(
            isText,
            listOf(byType({ text: TEXT, image: IMAGE }, 'a text or image block', { closed: true })),
          ),
        }),
        url: ADDRESS,
        file: FILE,
      },
      'an object with a type',
      { closed: true },
    ),
  },
  { title: isText, context: isText, citations: objectWith({}, { enabled: isSwitch }) },
)

const SEARCH_RESULT = objectWith(
  { source: isText, title: isText, content: listOf(TEXT) },
  { citations: objectWith({}, { enabled: isSwitch }) },
)

const BLOCK = 'a content block, an object with a type'

function textOrBlocks(kinds: Readonly<Record<string, FieldCheck>>): FieldCheck {
  const isList = listOf(byType(kinds, BLOCK))
  return (value) => {
    if (typeof value === 'string') return null
    return Array.isArray(value)
      ? isList(value)
      : flaw(value, 'a string or a list of content blocks')
  }
}

const RESULT_BLOCKS = { text: TEXT, image: IMAGE, document: DOCUMENT, search_result: SEARCH_RESULT }

const USER_BLOCKS: Readonly<Record<string, FieldCheck>> = {
  ...RESULT_BLOCKS,
  tool_result: objectWith(
    { tool_use_id: isFilledText },
    { content: textOrBlocks(RESULT_BLOCKS), is_error: isSwitch },
  ),
}

const ASSISTANT_BLOCKS: Readonly<Record<string, FieldCheck>> = {
  text: TEXT,
  tool_use: objectWith({ id: isFilledText, name: isFilledText, input: isObject }),
  thinking: objectWith({ thinking: isText, signature: isFilledText }),
  redacted_thinking: objectWith({ data: isFilledText }),
}

const BY_ROLE: Readonly<Record<string, FieldCheck>> = {
  user: objectWith({ content: textOrBlocks(USER_BLOCKS) }),
  assistant: objectWith({ content: textOrBlocks(ASSISTANT_BLOCKS) }),
  system: objectWith({ content: textOrBlocks({ text: TEXT }) }),
}

const hasRole = objectWith({ role: oneOf(Object.keys(BY_ROLE)) })

/** Checks one message of the conversation. */
export const checkConversationMessage: FieldCheck = (value) => {
  const found = hasRole(value)
  if (found || !isJsonObject(value)) return found
  const check = typeof value.role === 'string' ? BY_ROLE[value.role] : undefined
  return check?.(value) ?? misplacedResult(value.content)
}

/** `system`: text, or blocks of text. */
export const checkSystem: FieldCheck = textOr(
  isText,
  listOf(byType({ text: TEXT }, 'a text block', { closed: true })),
)

/** The document has the results of calls first: whatever else a message says follows them. */
function misplacedResult(content: JsonValue | undefined): Flaw | null {
  if (!Array.isArray(content)) return null
  const isResult = (content as readonly JsonValue[]).map(
    (block) => isJsonObject(block) && block.type === 'tool_result',
  )
  const at = isResult.findIndex((result, index) => result && isResult[index - 1] === false)
  if (at < 0) return null
  const wants = 'before every block of another type'
  return { at: `.content[${at}]`, wants, found: 'behind one' }
}
