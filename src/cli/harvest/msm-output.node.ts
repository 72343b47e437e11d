/**
 * The rows of a documents job and their manifest, each whole or not there. File I/O. The manifest comes last and names the
 * digest of the rows: rows without it are not finished.
 */
import { basename } from 'node:path'
import type { Candidate } from '../../jobs/documents/grow.ts'
import { chooseRows } from '../../jobs/documents/rows.ts'
import type { JsonObject } from '../../lib/json.ts'
import type { Bundle } from '../../policy/section.ts'
import type { Config } from '../../start/config.ts'
import { openWholeFile } from '../shell/whole-file.node.ts'
import type { MsmFile } from './msm-file.node.ts'

/** The document of a key, or why there is none. */
export function documentOf(file: Pick<MsmFile, 'find'>, key: string) {
  const kept = file.find(key)
  if (kept && 'text' in kept) return { text: kept.text }
  return { failed: kept && 'failed' in kept ? kept.failed : 'never_written' }
}

export type MsmManifest = JsonObject & { readonly rows: number }

export async function writeMsm(options: {
  readonly out: string
  readonly file: MsmFile
  readonly candidates: readonly Candidate[]
  readonly bundle: Bundle
  readonly config: Config
}): Promise<MsmManifest> {
  const { out, file, candidates, bundle, config } = options
  const { plan, precedents } = file.header
  const textOf = (key: string) => documentOf(file, key)
  const { rows, dropped } = await chooseRows(candidates, { most: plan.documents, textOf })
  const whole = openWholeFile(out)
  const domains: Record<string, number> = {}
  try {
    for (const { key, domain } of rows) {
      const found = textOf(key)
      if ('failed' in found) continue
      whole.write(`${JSON.stringify({ text: found.text, domain })}\n`)
      domains[domain] = (domains[domain] ?? 0) + 1
    }
  } catch (error) {
    whole.abandon()
    throw error
  }
  const { family, license, trainingRights } = config.upstream
  const manifest = {
    schema: 1,
    kind: 'msm',
    policy: { id: bundle.id, title: bundle.title, digest: bundle.digest },
    prompts: plan.texts,
    model: { asked: plan.model, answered: file.model, provider: plan.provider, family },
    license,
    trainingRights,
    assistant: plan.assistant,
    settings: {
      documents: plan.documents,
      domains: plan.domains,
      subdomains: plan.subdomains,
      types: plan.types,
      assertions: plan.assertions,
    },
    precedents: { count: precedents.length, sha256: plan.precedents },
    documents: { asked: candidates.length, dropped },
    rows: rows.length,
    domains,
    tokens: file.tokens,
    file: { name: basename(out), format: 'jsonl', ...whole.finish() },
  }
  const beside = openWholeFile(`${out}.manifest.json`)
  beside.write(`${JSON.stringify(manifest, null, 2)}\n`)
  beside.finish()
  return manifest
}
