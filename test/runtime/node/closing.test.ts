import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, it } from 'vitest'
import { startTestGateway } from '../../fakes/gateway.ts'

it('does not wait for a connection on which nothing was asked', async () => {
  const gateway = await startTestGateway({ upstream: 'stand-in' })
  const { hostname, port } = new URL(gateway.url)
  const silent = connect(Number(port), hostname)
  await once(silent, 'connect')
  // The answer to a later request tells that the server has taken the connection.
  await (await fetch(`${gateway.url}/healthz`)).text()
  const gone = once(silent, 'close')
  await gateway.close()
  await gone
  expect(silent.destroyed).toBe(true)
})
