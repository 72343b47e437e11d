/** Entries of the audit log in words, for people; programs read the JSON. Pure: whatever an entry holds, it is told. */
import type { AuditEntry } from '../../audit/audit-log.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { shortDigest, timeOf } from '../shell/table.ts'

/** Its number, time, actor, and what was done. */
export function auditRow(entry: AuditEntry): readonly string[] {
  const { seq, time, actor, action, policy, details } = entry
  const what = isJsonObject(details) ? renderDetails(details) : String(details)
  const done = policy === null ? action : `${action} ${policy}`
  return [String(seq), timeOf(time), actor, what === '' ? done : `${done}: ${what}`]
}

function renderDetails(details: JsonObject): string {
  const { from, to } = details
  if (isJsonObject(from) && isJsonObject(to)) return renderChange(details, { from, to })
  return Object.entries(details).flatMap(renderField).join(', ')
}

type Standing = { readonly from: JsonObject; readonly to: JsonObject }

function renderChange(details: JsonObject, { from, to }: Standing): string {
  const { move, reason, missing } = details
  const parts: string[] = []
  if (from.active !== to.active) parts.push(`${wordOf(from.active)} → ${wordOf(to.active)}`)
  if (to.candidate !== null) {
    parts.push([`${wordOf(to.candidate)} staged`, ...reachOf(details)].join(', '))
  } else if (from.candidate !== null && from.candidate !== to.active) {
    parts.push(`${wordOf(from.candidate)} taken back`)
  }
  if (isJsonObject(move)) {
    parts.push([`callers moved to ${wordOf(to.moved)}`, ...reachOf(move)].join(', '))
  } else if (from.moved !== undefined) {
    parts.push(`callers no longer moved to ${wordOf(from.moved)}`)
  }
  if (typeof reason === 'string') parts.push(reason)
  if (typeof missing === 'number' && missing > 0) parts.push(`lacks signatures: ${missing}`)
  return parts.join('; ')
}

/** How many, and which of them. */
function reachOf({ percent, shadow, callers }: JsonObject): readonly string[] {
  const { tenants, apps } = isJsonObject(callers) ? callers : {}
  return [
    ...(percent === 0 ? [] : [`${wordOf(percent)} %`]),
    ...(shadow ? ['shadow'] : []),
    ...(Array.isArray(apps) ? [`of app ${wordOf(apps)}`] : []),
    ...(Array.isArray(tenants) ? [`of tenant ${wordOf(tenants)}`] : []),
  ]
}

/** Digests of a push are for programs; that of the revision is enough. */
const UNTOLD = new Set(['testsDigest', 'supersedes', 'version'])

function renderField([name, value]: [string, JsonValue]): readonly string[] {
  return value === null || UNTOLD.has(name) ? [] : [`${name} ${wordOf(value)}`]
}

function wordOf(value: JsonValue | undefined): string {
  if (typeof value === 'string') return /^[0-9a-f]{64}$/.test(value) ? shortDigest(value) : value
  if (Array.isArray(value)) return value.map(wordOf).join('+')
  return value === undefined || value === null ? '-' : JSON.stringify(value)
}
