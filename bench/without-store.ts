/**
 * Loaded before a measured gateway (`--import`): its transcripts go nowhere, at once, as though there were no store at all. No I/O.
 * Everything before the sink is as it ships.
 */
import { registerHooks } from 'node:module'

const SINK =
  'export const createDurableSink = () => ({ write: async () => ({ ok: true, value: "stored" }) })'

registerHooks({
  load(url, context, next) {
    if (!url.endsWith('/src/transcript/sink-durable.ts')) return next(url, context)
    return { format: 'module', source: SINK, shortCircuit: true }
  },
})
