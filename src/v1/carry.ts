/**
 * What a conversation carries from one turn to the next, around its deliberation: recalled before it, sealed for the client where it
 * has asked for that, and kept before the answer is sent. I/O through the store of state, bounded in time. State that cannot be had
 * or kept is lost and counted; it never costs a request. What a client carries and no gateway has sealed is refused.
 */
import type { Carried } from '../conversation/carried.ts'
import type { ChoiceOutcome, Inquiry, Released } from '../conversation/outcome.ts'
import type { Turn } from '../conversation/turn.ts'
import { GatewayError } from '../errors.ts'
import { beforeTimeout } from '../lib/before-timeout.ts'
import type { Clock } from '../lib/clock.ts'
import type { CarriedTokens } from '../state/carried-tokens.ts'
import { isSameWriter, joinStates, type Writer } from '../state/provider-state.ts'
import type { TurnOwner } from '../state/turn-key.ts'
import type { StateTimes, TurnStates } from '../state/turn-states.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { StaleState } from '../transcript/record/record.ts'
import { type SubjectKey, subjectOf } from '../transcript/store/subject.ts'
import type { AnswerFrame, Asked } from '../wire/door.ts'
import { DOORS } from '../wire/doors.ts'
import type { Exchange } from './exchange.ts'

export type CarryPorts = {
  readonly turns: TurnStates
  readonly tokens: CarriedTokens
  readonly times: StateTimes
  readonly subjectKey: SubjectKey
  /** The model server, by its name in provenance. */
  readonly upstream: string
  readonly clock: Pick<Clock, 'now'>
  readonly metrics: Pick<Metrics, 'state'>
  readonly timeoutMs: number
}

/** Of an exchange what is asked for here; a queued one knows no more. */
export type CarryingExchange = Pick<Exchange, 'door' | 'principal' | 'time'> & {
  readonly bundle: Pick<Exchange['bundle'], 'digest'>
}

export type RecalledRequest = {
  /** With what is put back on its turns. */
  readonly asked: Asked
  /** What the client carried and is not used, or not as it was meant. */
  readonly stale: readonly StaleState[]
}

export type Carry = {
  /** @throws GatewayError `invalid_request` for what no gateway of this tenant has sealed. */
  readonly recall: (exchange: CarryingExchange, asked: Asked) => Promise<RecalledRequest>
  /** By choice, for the client to carry; undefined where it has not asked. */
  readonly seal: (
    exchange: CarryingExchange,
    asked: Asked,
    released: Released,
  ) => Promise<AnswerFrame['sealed']>
  /** Before the answer is sent. Never rejects. */
  readonly keep: (exchange: CarryingExchange, asked: Asked, released: Released) => Promise<void>
}

export function createCarry(ports: CarryPorts): Carry {
  return {
    async recall(exchange, asked) {
      const { inquiry } = asked
      if (!inquiry.turns.some(({ role, sealed }) => role === 'assistant' || sealed)) {
        return { asked, stale: [] }
      }
      const opened = await openTurns(ports, exchange, inquiry)
      const turns = await recallTurns(ports, exchange, asked, opened.turns)
      return { asked: { ...asked, inquiry: { ...inquiry, turns } }, stale: opened.stale }
    },
    async seal({ principal, bundle, time }, { carriesReasoning, inquiry }, { choices }) {
      if (!carriesReasoning) return undefined
      const about = {
        tenant: principal.tenant,
        expires: time + ports.times.responseMs,
        policy: bundle.digest,
        writer: writerOf(ports, inquiry),
      }
      const sealed = choices.map(async ({ carried = null }) => {
        const { token, isWhole } = await ports.tokens.seal({ ...about, carried })
        if (!isWhole) ports.metrics.state('too_large')
        return token
      })
      return Promise.all(sealed)
    },
    async keep(exchange, asked, { choices }) {
      const said = choices.flatMap((choice) => saidTurn(choice))
      if (said.length === 0 || asked.body.store === false) return
      const { inquiry } = asked
      const keeping = async (): Promise<void> => {
        const owner = await ownerOf(ports, exchange, asked)
        const about = { owner, writer: writerOf(ports, inquiry), time: exchange.time }
        const tooLong = await ports.turns.keep({ ...about, turns: inquiry.turns, said })
        for (let one = 0; one < tooLong; one++) ports.metrics.state('too_large')
        if (tooLong < said.length) ports.metrics.state('kept')
      }
      await inTime(ports, keeping(), undefined, 'unkept')
    },
  }
}

/** The value of the work; where it fails or takes too long, the other one, counted. */
async function inTime<Value>(
  { metrics, timeoutMs }: CarryPorts,
  work: Promise<Value>,
  otherwise: Value,
  fate: 'unkept' | 'unread',
): Promise<Value> {
  const lost = () => {
    metrics.state(fate)
    return otherwise
  }
  let isLate = false
  const guarded = work.catch(() => (isLate ? otherwise : lost()))
  return beforeTimeout(guarded, timeoutMs, () => {
    isLate = true
    return lost()
  })
}

async function recallTurns(
  ports: CarryPorts,
  exchange: CarryingExchange,
  asked: Asked,
  turns: readonly Turn[],
): Promise<readonly Turn[]> {
  if (!turns.some(({ role, carried }) => role === 'assistant' && !carried)) return turns
  const recalling = async () => {
    const owner = await ownerOf(ports, exchange, asked)
    return ports.turns.recall({ owner, writer: writerOf(ports, asked.inquiry), turns })
  }
  const recalled = await inTime(ports, recalling(), turns, 'unread')
  if (recalled !== turns) ports.metrics.state('recalled')
  return recalled
}

type OpenedTurns = { readonly turns: readonly Turn[]; readonly stale: readonly StaleState[] }

/** Opens what the client carries; turns without it are as they were. */
async function openTurns(
  ports: CarryPorts,
  exchange: CarryingExchange,
  inquiry: Inquiry,
): Promise<OpenedTurns> {
  const stale: StaleState[] = []
  const open = async ({ sealed = [], ...turn }: Turn): Promise<Turn> => {
    const states: Carried[] = []
    for (const { token, param } of sealed) {
      const opened = await openToken(ports, exchange, inquiry, { token, param })
      if (opened.why !== null) stale.push({ param, why: opened.why })
      if (opened.carried) states.push(opened.carried)
    }
    return states.length > 0 ? { ...turn, carried: joinStates(states) } : turn
  }
  const turns: Turn[] = []
  for (const turn of inquiry.turns) turns.push(turn.sealed ? await open(turn) : turn)
  for (const _ of stale) ports.metrics.state('stale')
  return { turns, stale }
}

type Opened = { readonly carried: Carried | null; readonly why: StaleState['why'] | null }

async function openToken(
  { tokens, clock, ...ports }: CarryPorts,
  { principal, bundle }: CarryingExchange,
  inquiry: Inquiry,
  { token, param }: { readonly token: string; readonly param: string },
): Promise<Opened> {
  const opened = await tokens.open(token, principal.tenant)
  if (!opened.ok) {
    const message = `Leave ${param} out: this gateway has not sealed it, or not for this key's tenant`
    throw new GatewayError('invalid_request', { param, message })
  }
  const { expires, policy, state } = opened.value
  if (expires <= clock.now()) return { carried: null, why: 'expired' }
  if (!state) return { carried: null, why: null }
  if (!isSameWriter(state.writer, writerOf(ports, inquiry))) {
    return { carried: null, why: 'other_model' }
  }
  // A loop of tools must go on across a new revision: the draft is judged by that one anyway.
  return { carried: state.carried, why: policy === bundle.digest ? null : 'policy_changed' }
}

async function ownerOf(
  { subjectKey }: CarryPorts,
  { door, principal }: CarryingExchange,
  { body }: Asked,
): Promise<TurnOwner> {
  const { tenant } = principal
  const asking = { ...DOORS[door].askedBy(body), tokenSubject: principal.subject }
  return { tenant, subject: await subjectOf(subjectKey, { tenant, ...asking }) }
}

function writerOf({ upstream }: Pick<CarryPorts, 'upstream'>, { model }: Inquiry): Writer {
  return { upstream, model }
}

/** A choice as the client will send it back, where there is something to be kept with it. */
function saidTurn({ answer, carried }: ChoiceOutcome) {
  if (!carried) return []
  const textOf = (kind: 'text' | 'refusal') =>
    answer.parts.flatMap((part) => (part.kind === kind ? [part.text] : [])).join('')
  const toolCalls = answer.parts.flatMap((part) => (part.kind === 'tool_call' ? [part.call] : []))
  const [content, refusal] = [textOf('text'), textOf('refusal')]
  const turn: Turn = {
    role: 'assistant',
    content: content === '' ? null : content,
    ...(refusal !== '' && { refusal }),
    ...(toolCalls.length > 0 && { toolCalls }),
  }
  return [{ turn, carried }]
}
