/**
 * A policy and a candidate for it that prompts can be told by, and the admin calls that stage one. I/O: HTTP to a gateway.
 */
import type { Bundle, GuardSettings } from '../../src/policy/section.ts'
import type { StatusReport } from '../../src/revisions/watching/status-report.ts'
import { gardenBundle, gardenFiles } from '../unit/policy/garden.ts'
import { revise, type Signer, signedRevision, testsOf } from './revisions.ts'
import { type Asked, textOf } from './speaker.ts'

export const POLICY = 'garden'

export const GUARD: GuardSettings = {
  minRequests: 10,
  refusalRate: 0.3,
  judgeFailureRate: 0.3,
  latencyRatio: 100,
  disagreement: 0.3,
}

/** Stands in every prompt that the candidate's sections are in. */
const MARK = 'This text is on trial.'

/** The active bundle, with a guard that needs few requests, and the same with the mark in every summary. */
export async function rolloutBundles(): Promise<{
  readonly active: Bundle
  readonly candidate: Bundle
}> {
  const active = await revise(await gardenBundle(), (content) => ({
    ...content,
    rollout: { percent: 100, shadow: false, guard: GUARD },
  }))
  const candidate = await revise(active, (content) => ({
    ...content,
    sections: content.sections.map((section) => ({
      ...section,
      summary: `${section.summary} ${MARK}`,
    })),
  }))
  return { active, candidate }
}

export function isCandidates({ body }: Asked): boolean {
  return textOf(body).includes(MARK)
}

export function isCandidatesReview(asked: Asked): boolean {
  return asked.kind === 'answer' && isCandidates(asked)
}

/** Asks as an admin; anything but a good answer rejects. */
export function createRolloutAdmin(
  gateway: () => { readonly url: string; readonly adminToken: string },
  signer: () => Signer,
) {
  const call = async (method: string, path: string, body?: object) => {
    const { url, adminToken } = gateway()
    const response = await fetch(`${url}/admin/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${adminToken}`,
        'content-type': 'application/json',
        'if-match': '*',
      },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`)
    return JSON.parse(text)
  }
  const status = (): Promise<StatusReport> => call('GET', '/status')
  return {
    call,
    status,
    policy: async () => (await status()).policies.find(({ id }) => id === POLICY),
    push: async (bundle: Bundle, number: number): Promise<void> => {
      const tests = testsOf(gardenFiles)
      const signed = await signedRevision({ signers: [signer()], bundle, tests, number })
      const { jws } = signed
      await call('POST', `/policies/${POLICY}/revisions`, { jws, bundle: signed.bundle, tests })
    },
    activate: (activation: {
      readonly revision: number
      readonly percent: number
      readonly shadow: boolean
    }): Promise<unknown> => call('POST', `/policies/${POLICY}/activate`, activation),
  }
}
