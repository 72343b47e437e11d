/** A batch to be run: a scripted model server, a data folder, a file of prompts, and what is in the store afterwards. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqlite } from '../../../../src/database/sqlite.node.ts'
import type { Transcript } from '../../../../src/transcript/record/record.ts'
import { createDatabaseBlobs } from '../../../../src/transcript/store/database-blobs.ts'
import { createTranscriptStore } from '../../../../src/transcript/store/store.ts'
import { zlibCompression } from '../../../../src/transcript/zlib-compression.node.ts'
import { createSpeaker, type Speak, textOf } from '../../../fakes/speaker.ts'
import { startUpstream, type Upstream } from '../../../fakes/upstream.ts'

export type Scene = {
  readonly folder: string
  readonly input: string
  readonly upstream: Upstream
  readonly environment: Readonly<Record<string, string>>
  /** The requests for drafts whose prompt holds the words. */
  readonly drafts: (words: string) => number
  readonly transcripts: () => Promise<readonly Transcript[]>
  close(): Promise<void>
}

/** What a prompt of the scene says, so that it is told from every other. */
export function question(number: number): string {
  return `What is the number ${number} good for?`
}

export async function openScene(
  lines: readonly object[],
  { speak, delayMs = 0 }: { readonly speak?: Speak; readonly delayMs?: number } = {},
): Promise<Scene> {
  const folder = mkdtempSync(join(tmpdir(), 'chambers-batch-'))
  const input = join(folder, 'prompts.jsonl')
  writeFileSync(input, `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`)
  const speaker = createSpeaker(speak)
  const upstream = await startUpstream(async (request) => {
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs))
    return speaker.script(request)
  })
  return {
    folder,
    input,
    upstream,
    environment: {
      DATA_DIR: join(folder, 'data'),
      UPSTREAM_BASE_URL: upstream.url,
      UPSTREAM_REASONING: 'tagged',
      UPSTREAM_TRAINING_RIGHTS: 'internal',
    },
    drafts: (words) =>
      speaker
        .asked('m')
        .filter(({ kind, body }) => kind === 'draft' && textOf(body).includes(words)).length,
    async transcripts() {
      const database = openSqlite({ path: join(folder, 'data', 'chambers.db') })
      const blobs = createDatabaseBlobs(database)
      const store = createTranscriptStore({ database, blobs, compression: zlibCompression })
      const rows = await database.all('SELECT id FROM transcripts ORDER BY time, id')
      const found: Transcript[] = []
      for (const { id } of rows) {
        const transcript = (await store.read(String(id)))?.transcript
        if (transcript) found.push(transcript)
      }
      await database.close()
      return found
    },
    async close() {
      await upstream.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
