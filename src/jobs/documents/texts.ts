/**
 * The prompt texts of the documents job: their names, the places each leaves open, and their digest. Hashes; no other I/O.
 * A missing text or place ends the job before anything is asked.
 */

import { compileProtocol, type ProtocolCompilation } from '../../policy/protocol.ts'
import type { PolicyFile } from '../../policy/write/problem.ts'

/** Every text by its name, with the places it must hold. */
const PLACES = {
  spec: ['assistant', 'title', 'spec'],
  domains: [],
  subdomains: ['domains', 'domain'],
  types: ['domain', 'subdomain'],
  assertions: ['domain', 'subdomain', 'assistant'],
  ideas: ['domain', 'subdomain', 'type', 'assistant', 'assertions', 'precedents'],
  precedents: ['assistant', 'items'],
  document: ['type', 'domain', 'subdomain', 'idea', 'assistant'],
  list: ['what', 'count'],
} as const satisfies Readonly<Record<string, readonly string[]>>

export type MsmText = keyof typeof PLACES

export type MsmTexts = {
  readonly digest: string
  fill<Name extends MsmText>(
    name: Name,
    values: Readonly<Record<(typeof PLACES)[Name][number], string>>,
  ): string
}

const PLACE = /\{\{([a-z_]+)\}\}/g

/** Lines that models which speak the protocol tell the prompts by. */
const EXACT_LINES: Readonly<Partial<Record<MsmText, string>>> = {
  list: 'List: {{what}}, at most {{count}}.',
  document: 'Write the document only.',
}

/** @throws TypeError that names the text and what is wrong with it. */
export async function createMsmTexts(files: readonly PolicyFile[]): Promise<MsmTexts> {
  const { protocol, problems }: ProtocolCompilation = await compileProtocol(files)
  if (!protocol) {
    const told = problems.map(({ file, line, message }) => `${file}:${line}: ${message}`)
    throw new TypeError(`Cannot use the texts: ${told.join('; ')}`)
  }
  const { texts, digest } = protocol
  for (const [name, places] of Object.entries(PLACES)) checkText(name, texts[name] ?? '', places)
  return {
    digest,
    fill(name, values) {
      const byPlace: Readonly<Record<string, string>> = values
      // Values are never searched for places again, so that no text can open one.
      return (texts[name] ?? '').replace(PLACE, (whole, place: string) => byPlace[place] ?? whole)
    },
  }
}

function checkText(name: string, text: string, places: readonly string[]): void {
  const found = [...text.matchAll(PLACE)].map((match) => match[1] ?? '')
  const wrong = [
    ...places.filter((place) => !found.includes(place)),
    ...found.filter((place) => !places.includes(place)),
  ]
  if (text.trim() === '' || wrong.length > 0) {
    const what = wrong.length > 0 ? `places wrong: ${wrong.join(', ')}` : 'it is missing'
    throw new TypeError(`Cannot use the text ${name}: ${what}`)
  }
  const line = EXACT_LINES[name as MsmText]
  if (line !== undefined && !text.split('\n').includes(line)) {
    throw new TypeError(`Cannot use the text ${name}: line missing: ${line}`)
  }
}
