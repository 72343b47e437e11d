/** What must be given more than a text to be tried, and the paths a text takes through several functions. */

import { parseDocument } from 'yaml'
import type { Answer } from '../../../src/conversation/outcome.ts'
import { createReasoning } from '../../../src/conversation/reasoning.ts'
import { readVerdict } from '../../../src/deliberation/judge/read-verdict.ts'
import { createLeakFinder } from '../../../src/deliberation/leak.ts'
import { createRestorer } from '../../../src/deliberation/restore-tokens.ts'
import { goesOn } from '../../../src/deliberation/split/answer-boundary.ts'
import { readMarker } from '../../../src/deliberation/split/boundary-marker.ts'
import { feedStages, type PlacedMarker } from '../../../src/deliberation/split/marker-scanner.ts'
import { findAnswered, wordsAsked } from '../../../src/harvest/redaction/asked.ts'
import { findAfter } from '../../../src/harvest/redaction/find.ts'
import { isJsonDocument, mapJsonText } from '../../../src/harvest/redaction/json-text.ts'
import { isCalledPhone } from '../../../src/harvest/redaction/phone-words.ts'
import { redactText } from '../../../src/harvest/redaction/redactor.ts'
import { findForeign } from '../../../src/harvest/stages/foreign-policy.ts'
import { readList } from '../../../src/jobs/documents/read-reply.ts'
import { endOfString, endOfToken } from '../../../src/lib/exact-json.ts'
import { canonicalJson, type JsonObject } from '../../../src/lib/json.ts'
import { inOrder } from '../../../src/lib/member-order.ts'
import { readMoment } from '../../../src/lib/moments.ts'
import { isSameWord, nearest } from '../../../src/lib/nearest.ts'
import { chatDialect } from '../../../src/model/chat-dialect.ts'
import { expectationOf } from '../../../src/model/expectation.ts'
import { refusedCall } from '../../../src/model/refused-call.ts'
import { ReplyReader } from '../../../src/model/reply-reader.ts'
import { builtIn } from '../../../src/policy/built-in.generated.ts'
import { findCycles } from '../../../src/policy/check/find-cycles.ts'
import { precedenceInSteps } from '../../../src/policy/compare/precedence-moves.ts'
import { wordChanges } from '../../../src/policy/compare/word-changes.ts'
import { selectFromIndex } from '../../../src/policy/select/select.ts'
import { buildSelectionIndex } from '../../../src/policy/select/selection-index.ts'
import { withValue } from '../../../src/policy/write/advice.ts'
import { policySettingsSchema } from '../../../src/policy/write/authored.ts'
import { brokenEntries } from '../../../src/policy/write/broken-entries.ts'
import { closesFence } from '../../../src/policy/write/canonical.ts'
import { lineFault } from '../../../src/policy/write/line-fault.ts'
import { lostWords } from '../../../src/policy/write/lost-words.ts'
import { mendedLine, quoted } from '../../../src/policy/write/mended-line.ts'
import { renameSettings } from '../../../src/policy/write/new-policy.ts'
import { parseSection } from '../../../src/policy/write/parse-section.ts'
import { decodeFile } from '../../../src/policy/write/policy-file.ts'
import { bracketFault, listFault, textFault } from '../../../src/policy/write/value-faults.ts'
import { logprobEntries } from '../../../src/stand-in/tokens.ts'
import { decideTopic } from '../../../src/stand-in/topics.ts'
import { segmentRun } from '../../../src/text/scan-words.ts'
import { piecesOf as cutToPieces } from '../../../src/wire/pieces.ts'
import { nameHere } from '../../../src/wire/responses/chat-parameters.ts'
import { namedInput } from '../../../src/wire/responses/kept.ts'
import { responsesDoor } from '../../../src/wire/responses/responses-door.ts'
import { tokenGroups } from '../../../src/wire/token-groups.ts'
import { createBundle, createSection, protocol } from '../../unit/deliberation/fixtures.ts'

export type Read = (text: string) => unknown

const bundle = createBundle({ sections: [createSection('GEN'), createSection('SHM')] })
const [policy = bundle] = builtIn.bundles
const index = buildSelectionIndex(policy)
const findLeak = createLeakFinder()
const segmenter = new Intl.Segmenter(undefined, { granularity: 'word' })
const EXPECTED = expectationOf({ parameters: {}, turns: [] })

const MARKER: PlacedMarker = {
  family: 'think',
  closes: false,
  name: 'think',
  raw: '<think>',
  at: 0,
  quoted: false,
  spoken: false,
}
const STUMBLE = {
  head: { key: 'title', isKnown: true, between: ' ', value: '' },
  at: 0,
  code: 'BAD_INDENT',
}
const NO_STAGE = { text: () => {}, marker: () => {}, end: () => {} }

const piecesOf = (text: string): readonly string[] => text.match(/[\s\S]{1,8}/g) ?? []

/** By key, for what takes more than its text. */
export const READERS: Readonly<Record<string, Read>> = {
  'deliberation/judge/read-verdict.ts#readVerdict': (text) =>
    readVerdict(text, { channel: 'answer', clauses: ['GEN1'], opinions: 0 }),
  'deliberation/split/boundary-marker.ts#readMarker': (text) => readMarker(text, 0),
  'deliberation/split/answer-boundary.ts#goesOn': (text) => goesOn(text, MARKER),
  'deliberation/split/marker-scanner.ts#feedStages': (text) => feedStages(text, NO_STAGE),
  'harvest/redaction/asked.ts#findAnswered': (text) => findAnswered(text, ['ssn', 'password']),
  'harvest/redaction/asked.ts#wordsAsked': (text) => wordsAsked(`${text}?`),
  'harvest/redaction/find.ts#findAfter': (text) => findAfter('password: ', text),
  'harvest/redaction/json-text.ts#isJsonDocument': (text) => isJsonDocument(`{${text}`),
  'harvest/redaction/json-text.ts#mapJsonText': (text) =>
    mapJsonText(JSON.stringify(piecesOf(text)), '', (one) => one),
  'harvest/redaction/phone-words.ts#isCalledPhone': (text) => isCalledPhone(text, text),
  'harvest/stages/foreign-policy.ts#findForeign': (text) => findForeign(text, text),
  'lib/moments.ts#readMoment': (text) => readMoment(text, 'from'),
  'lib/nearest.ts#isSameWord': (text) => isSameWord(text, text),
  'lib/nearest.ts#nearest': (text) => nearest(text, ['word', text]),
  'policy/write/mended-line.ts#mendedLine': (text) => mendedLine(text),
  'policy/write/mended-line.ts#quoted': (text) => quoted(text),
  'policy/write/broken-entries.ts#brokenEntries': (text) =>
    brokenEntries(text, policySettingsSchema),
  'policy/write/lost-words.ts#lostWords': (text) =>
    lostWords(parseDocument(text, { prettyErrors: false }), text),
  'policy/write/value-faults.ts#bracketFault': (text) => bracketFault(text.split('\n'), STUMBLE),
  'policy/write/value-faults.ts#listFault': (text) => listFault(text.split('\n'), STUMBLE, 0),
  'policy/write/value-faults.ts#textFault': (text) =>
    textFault(text.split('\n'), STUMBLE, ['title']),
  'policy/write/new-policy.ts#renameSettings': (text) => renameSettings(text, { id: 'shop' }),
  'jobs/documents/read-reply.ts#readList': (text) => readList(text, { count: 20 }),
  'lib/exact-json.ts#endOfString': (text) => endOfString(text, 0),
  'lib/exact-json.ts#endOfToken': (text) => endOfToken(text, 0),
  'lib/member-order.ts#inOrder': (text) => {
    const names = piecesOf(text).map((one, at) => `${at}${one}`)
    return inOrder(Object.fromEntries(names.map((name) => [name, null])), names.toReversed())
  },
  'model/refused-call.ts#refusedCall': (text) =>
    refusedCall(new Response(null, { status: 400 }), text, null),
  'policy/compare/precedence-moves.ts#precedenceInSteps': (text) => {
    // Nothing moves, so that there is nothing to tell.
    const ids = [...new Set(text.match(/.{1,4}/gsu) ?? [])]
    return precedenceInSteps(ids, [...ids, 'NEW'])
  },
  'policy/compare/word-changes.ts#wordChanges': (text) => wordChanges(text, `x ${text}`),
  'policy/write/advice.ts#withValue': (text) => withValue(text, text),
  'policy/write/canonical.ts#closesFence': (text) => closesFence(text, '```'),
  'policy/write/line-fault.ts#lineFault': (text) =>
    lineFault(text, { opens: true, isEnclosed: true }),
  'policy/write/policy-file.ts#decodeFile': (text) =>
    decodeFile('sections/GEN.md', new TextEncoder().encode(text)),
  'stand-in/tokens.ts#logprobEntries': (text) => logprobEntries(text, 1),
  'stand-in/topics.ts#decideTopic': (text) => decideTopic(text, ['GEN1']),
  'text/scan-words.ts#segmentRun': (text) => segmentRun(segmenter, text),
  'wire/pieces.ts#piecesOf': (text) => cutToPieces(text, 20),
  'wire/responses/chat-parameters.ts#nameHere': (text) => nameHere(`tools[0].${text}`, [0]),
  'wire/responses/kept.ts#namedInput': (text) =>
    namedInput(
      piecesOf(text).map((one) => ({ role: one })),
      text.slice(0, 24),
    ),
  'wire/token-groups.ts#tokenGroups': (text) =>
    tokenGroups(
      text,
      piecesOf(text).map((token) => ({ token, logprob: -1, bytes: null, top_logprobs: [] })),
      20,
    ),
}

/** Why a function has no line. */
export const WITHOUT_LINE: Readonly<Record<string, readonly string[]>> = {
  'gives the text on as it is, or holds it against another': [
    'deliberation/draft/compose.ts#surround',
    'deliberation/substitute.ts#refusalPart',
    'harvest/redaction/finder.ts#textAfter',
    'harvest/redaction/finder.ts#textBefore',
    'lib/tracing.ts#within',
    'lib/tracing.ts#withinSync',
    'policy/repository.ts#matchesPrefix',
    'policy/repository.ts#rolloutOf',
    'policy/write/problem.ts#compareText',
    'policy/write/problem.ts#errorAt',
    'policy/write/problem.ts#warningAt',
    'v1/respond.ts#errorAnswer',
    'wire/checks.ts#fieldFlaw',
    'wire/checks.ts#flaw',
    'wire/first-fault.ts#firstFault',
    'wire/responses/chat-parameters.ts#includes',
    'wire/responses/parts.ts#partInChat',
    'wire/messages/answer-blocks.ts#frameOf',
    'wire/messages/errors.ts#messagesErrorBody',
    'wire/messages/unsupported.ts#findUnsupportedMessage',
  ],
  'is given what we, or who runs the gateway, wrote': [
    'deliberation/draft/preamble.ts#canaryOf',
    'deliberation/select.ts#addLabelled',
    'lib/fetch-key-set.ts#fetchKeySet',
    'model/forwarded-headers.ts#forwardedHeaders',
    'model/transport.ts#upstreamPath',
    'policy/render.ts#rankOf',
    'policy/repository.ts#indexBuiltIn',
    'stand-in/schema-instance.ts#schemaInstance',
    'stand-in/write-document.ts#writeList',
  ],
  'is put together of functions that have one': [
    'deliberation/draft/split-choices.ts#splitFirstPass',
    'deliberation/split/annotations.ts#citationsOf',
    'jobs/batch/item.ts#readItem',
    'v1/deployment.ts#nameModel',
  ],
}

const answerOf = (text: string): Answer => ({
  parts: [{ kind: 'text', text }],
  finishReason: 'stop',
  logprobs: null,
})

const leakIn = (answer: string, own: string, reasoning = 'I weigh it.') =>
  findLeak({
    answer: answerOf(answer),
    turns: [{ role: 'user', content: own }],
    bundle: policy,
    protocol,
    nonces: ['0f3a9c1e5b7d2468'],
    canary: 'c'.repeat(28),
    reasoning: createReasoning(reasoning),
  })

/** A streamed reply, each piece in an event of its own, to its end. */
function readStream(
  deltas: readonly JsonObject[],
  others: (at: number) => JsonObject = () => ({}),
) {
  const reader = new ReplyReader(chatDialect.createDraft(EXPECTED))
  for (const [at, delta] of deltas.entries()) {
    const chunk = { id: 'c', choices: [{ index: 0, delta, ...others(at) }] }
    reader.push(`data: ${JSON.stringify(chunk)}\n\n`)
  }
  reader.push(
    'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n',
  )
  return reader.end(() => 'id')
}

/** What a text goes through as a whole. */
export const PATHS: Readonly<Record<string, Read>> = {
  'leaks in an answer': (text) => leakIn(text, 'hello'),
  'an answer against what its client wrote': (text) => leakIn(text, text),
  'an answer against its reasoning': (text) => leakIn(text, 'hello', text),
  'an answer that quotes its policy, against what its client wrote': (text) =>
    leakIn(policy.sections.map((one) => one.rationale).join(' '), text),
  'a Responses conversation, each piece a call of one turn': (text) =>
    responsesDoor.read(
      {
        model: 'm',
        input: piecesOf(text).flatMap((one, at) => [
          { type: 'reasoning', summary: [], encrypted_content: `${one}${at}` },
          { type: 'function_call', call_id: `c${at}`, name: 'f', arguments: one },
          { role: 'assistant', content: one },
        ]),
      },
      { mode: 'enforce' },
    ),
  'selection by a request': (text) =>
    selectFromIndex(index, { texts: [{ role: 'user', text }] }, policy.selection),
  redaction: (text) => redactText(`a@b 1 -----BEGIN Bearer x://\n${text}`),
  'redaction of JSON': (text) => redactText(JSON.stringify([text])),
  'tokens made harmless, and back again': (text) => createRestorer(() => [text])(text),
  'a section': (text) =>
    parseSection({ path: 'sections/GEN.md', text: `---\nid: GEN\n---\n${text}` }),
  'canonical JSON': (text) => canonicalJson(piecesOf(text).map((one) => one.toWellFormed())),
  'a chain of overrides': (text) => {
    const ids = piecesOf(text)
    return findCycles(new Map(ids.map((_, at) => [`${at}`, [`${at + 1}`]])))
  },
  'a reply in one body': (text) => {
    const reader = new ReplyReader(chatDialect.createDraft(EXPECTED))
    for (const piece of piecesOf(text)) reader.push(piece)
    return reader.end(() => 'id')
  },
  'a reply as events of any kind': (text) => {
    const reader = new ReplyReader(chatDialect.createDraft(EXPECTED))
    for (const piece of piecesOf(`data: ${text}`)) reader.push(piece)
    return reader.end(() => 'id')
  },
  'a streamed text': (text) => readStream(piecesOf(text).map((content) => ({ content }))),
  'streamed reasoning': (text) =>
    readStream(piecesOf(text).map((one) => ({ reasoning_content: one }))),
  'streamed log probabilities': (text) =>
    readStream(
      piecesOf(text).map((content) => ({ content })),
      (at) => ({
        logprobs: { content: [{ token: `${at}`, logprob: -1, bytes: null, top_logprobs: [] }] },
      }),
    ),
  'streamed tool calls, each its own': (text) =>
    readStream(
      piecesOf(text).map((_, at) => ({
        tool_calls: [
          { index: at, id: `c${at}`, type: 'function', function: { name: 'f', arguments: '{}' } },
        ],
      })),
    ),
  'the arguments of one streamed tool call': (text) =>
    readStream(
      piecesOf(text).map((one, at) => ({
        tool_calls: [
          {
            index: 0,
            ...(at === 0 && { id: 'c', type: 'function' }),
            function: { ...(at === 0 && { name: 'f' }), arguments: one },
          },
        ],
      })),
    ),
}
