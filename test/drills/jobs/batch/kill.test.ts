/** A batch that is killed outright, again and again: what is stored is never paid again, and in the end all of it is there. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { runCommand } from '../../../fakes/killed-command.ts'
import { openScene, question, type Scene } from '../../../unit/jobs/batch/scene.ts'

const PROMPTS = 120
const KILLS = 4
/** Far longer than it takes on the busiest machine: only what hangs takes as long. */
const HUNG_MS = 300_000

let scene: Scene | undefined
afterEach(async () => {
  await scene?.close()
})

/** Runs the batch in a process of its own; with `kill` it is killed once the upstream was asked so often. */
function run({ environment, input, upstream }: Scene, kill: number | null) {
  const args = ['harvest', 'batch', input, '--model', 'm', '--json']
  return runCommand({ args, environment, upstream }, kill)
}

it(
  'pays nothing twice that is stored, and loses nothing, through kills',
  async () => {
    const numbers = Array.from({ length: PROMPTS }, (_, index) => index + 1000)
    scene = await openScene(
      numbers.map((number) => ({ prompt: question(number) })),
      { delayMs: 2 },
    )
    const { drafts, transcripts } = scene
    const stored = new Map<string, number>()
    const remember = async () => {
      for (const { request } of await transcripts()) {
        const words = JSON.stringify(request?.messages)
        const number = numbers.find((one) => words.includes(question(one))) ?? 0
        const prompt = question(number)
        stored.set(prompt, stored.get(prompt) ?? drafts(prompt))
      }
    }
    for (let kill = 0; kill < KILLS; kill++) {
      // At another moment each time: of a draft, of a review, of a write.
      await run(scene, 20 + kill * 17 + Math.floor(Math.random() * 20))
      await remember()
    }
    expect(stored.size).toBeGreaterThan(0)
    expect(stored.size).toBeLessThan(PROMPTS)
    const last = await run(scene, null)
    expect([last.code, last.printed]).toEqual([0, expect.stringContaining('"end":"done"')])

    const all = await transcripts()
    expect(new Set(all.map(({ id }) => id)).size).toBe(PROMPTS)
    expect(all).toHaveLength(PROMPTS)
    expect(new Set(all.map(({ batch }) => batch?.line)).size).toBe(PROMPTS)
    for (const [prompt, paid] of stored) expect([prompt, drafts(prompt)]).toEqual([prompt, paid])

    // With the state gone the store alone knows, and that is enough.
    rmSync(join(scene.folder, 'data', 'batches'), { recursive: true })
    const asked = scene.upstream.requests.length
    const again = await run(scene, null)
    expect([again.code, again.printed]).toEqual([0, expect.stringContaining('"released":120')])
    expect(scene.upstream.requests).toHaveLength(asked)
  },
  HUNG_MS,
)
