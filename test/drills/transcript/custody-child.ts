/**
 * Writes transcripts, labels them, deletes persons and lets what is old expire, all at once and without end, and prints each thing
 * once it is acknowledged; its parent kills it. Content lies in the database, or in a bucket.
 */
import { writeSync } from 'node:fs'
import { systemRandom } from '../../../src/lib/clock.ts'
import { toEntry } from '../../../src/transcript/store/entry.ts'
import { sampleTranscript } from '../../fakes/deliberation.ts'
import { openKeeping, subjectOfNumber } from '../../unit/transcript/keeping.ts'

const [folder = '', where = '', life = '0', key] = process.argv.slice(2)
const WRITERS = 4
const DAY_MS = 86_400_000

const keeping = await openKeeping({ folder, where, key })
const { store, labels, deleteSubject, expire, packing } = keeping
const say = (...words: readonly string[]) => writeSync(1, `${words.join(' ')}\n`)

async function write(number: number, subject: string, time: number): Promise<string | null> {
  const transcript = sampleTranscript(number, { subject, time })
  const appended = await store.append([await toEntry(transcript, packing)])
  return appended.ok ? transcript.id : null
}

async function live(writer: number): Promise<void> {
  for (let round = 0; ; round++) {
    const first = (Number(life) * WRITERS + writer) * 0x100000 + round * 8
    const subject = subjectOfNumber(first)
    for (let number = first; number < first + 3; number++) {
      const id = await write(number, subject, Date.now())
      if (id !== null) say('stored', id, subject)
    }
    const old = await write(first + 3, subjectOfNumber(first + 3), Date.now() - 2 * DAY_MS)
    if (old !== null) say('old', old)
    const id = sampleTranscript(first).id
    const note = { kind: 'note', note: `NOTE ${first}` } as const
    const label = { ...note, transcript: id, author: 'admin:ada', decision: null, clauses: [] }
    const made = await labels.add({ ...label, answer: null }, () => true)
    if (made) say('labelled', made.id, id)
    if (systemRandom.fraction() < 0.5) continue
    say('deleting', subject)
    await deleteSubject({ subject, tenants: ['acme'], actor: 'admin:ada' })
    say('deleted', subject)
  }
}

async function growOld(): Promise<void> {
  for (;;) {
    await expire({ signal: null, limit: 50 })
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

await Promise.all([growOld(), ...Array.from({ length: WRITERS }, (_, writer) => live(writer))])
