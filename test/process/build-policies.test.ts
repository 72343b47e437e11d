import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'

it('the policies that ship are built in as they stand in policies/', () => {
  const output = execFileSync(process.execPath, ['scripts/build-policies.ts', '--check'], {
    encoding: 'utf8',
  })
  expect(output).toMatch(/is fresh/)
})
