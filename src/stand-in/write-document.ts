/**
 * The stand-in at the documents job: lists of numbered names, and documents put together from prepared sentences. No I/O.
 * It says what it is in every one of them, so that nobody takes them for a model's.
 */
import { hash32 } from '../text/hash32.ts'
import { type StandInReply, textReply } from './reply.ts'
import { NOTE } from './sentences.ts'

/** More than any step asks for. */
const MAX_ITEMS = 200

export function writeList(
  { what, count }: { readonly what: string; readonly count: number },
  seed: string,
): StandInReply {
  // So that the same list below another name is another one.
  const mark = seed.slice(0, 4)
  const name = what.replace(/s$/, '')
  const items = Array.from(
    { length: Math.min(count, MAX_ITEMS) },
    (_, index) => `${name} ${index + 1} (${mark})`,
  )
  return textReply(JSON.stringify({ items }))
}

const PEOPLE =
  'a nurse|two neighbours|the night shift|a teacher|an archivist|a new colleague|a sailor|a choir|the librarian|a carpenter|a translator|somebody on a bus'.split(
    '|',
  )
const ACTS =
  'asked|wondered aloud|wrote down|remembered|argued|noticed|explained|doubted|repeated|told a friend|kept asking|laughed about'.split(
    '|',
  )
const MATTERS =
  'what the assistant would say|how an honest answer sounds|where help ends|why a kind word comes first|what may be left out|how a plain question is met|who is served by it|what a careful reply holds|when less is more|which part comes first|how doubt is told|what is given gladly'.split(
    '|',
  )
const ENDS =
  'over tea|in the rain|before the meeting|at the counter|on the stairs|after the lesson|by the window|late at night|in the workshop|on the way home|between two trains|at the harbour'.split(
    '|',
  )

const SENTENCES = 14

export function writeDocument(seed: string): StandInReply {
  const sentences = Array.from({ length: SENTENCES }, (_, index) => {
    const pick = (words: readonly string[], salt: string) =>
      words[hash32(`${seed} ${index} ${salt}`) % words.length] ?? ''
    const words = [
      pick(PEOPLE, 'who'),
      pick(ACTS, 'does'),
      pick(MATTERS, 'what'),
      pick(ENDS, 'where'),
    ]
    const sentence = words.join(' ')
    return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`
  })
  return textReply(`${sentences.join(' ')} ${NOTE}`)
}
