import { describe, expect, it } from 'vitest'
import { readTraceparent, writeTraceparent } from '../../../src/telemetry/traceparent.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'

describe('a traceparent', () => {
  it.each([
    [`00-${TRACE}-${SPAN}-01`, 1],
    [`00-${TRACE}-${SPAN}-00`, 0],
    [`00-${TRACE}-${SPAN}-03`, 1],
    [`cc-${TRACE}-${SPAN}-01-what-comes`, 1],
  ])('%s is read', (header, flags) => {
    expect(readTraceparent(header)).toEqual({
      traceId: TRACE,
      spanId: SPAN,
      traceFlags: flags,
      isRemote: true,
    })
  })

  it.each([
    undefined,
    null,
    '',
    `ff-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01-more`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE}-${SPAN}`,
    ` 00-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01 `,
    `\n00-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-0G`,
  ])('%j is not valid', (header) => {
    expect(readTraceparent(header)).toBeNull()
  })

  it('is written as it is read', () => {
    const header = `00-${TRACE}-${SPAN}-01`
    expect(writeTraceparent({ traceId: TRACE, spanId: SPAN, traceFlags: 1 })).toBe(header)
  })
})
