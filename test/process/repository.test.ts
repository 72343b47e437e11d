import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

describe('the repository', () => {
  const tracked = execFileSync('git', ['ls-files', '-z'], { encoding: 'utf8' })
    .split('\0')
    .filter(Boolean)

  it('names no registry in its lockfile', () => {
    expect(readFileSync('package-lock.json', 'utf8')).not.toMatch(/"resolved"/)
  })

  it('tracks no private key or token', () => {
    const guilty = tracked.filter((path) => {
      if (/\.(?:png|jpg|gz|parquet)$/.test(path)) return false
      const text = readFileSync(path, 'utf8')
      return /-----BEGIN [A-Z ]*PRIVATE KEY-----|"d"\s*:\s*"[A-Za-z0-9_-]{40,}"|\bsk-[A-Za-z0-9]{32,}/.test(
        text,
      )
    })
    expect(guilty).toEqual([])
  })
})
