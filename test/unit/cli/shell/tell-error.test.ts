import { describe, expect, it } from 'vitest'
import { tellError } from '../../../../src/cli/shell/tell-error.ts'

const failed = (code: string, path?: string) =>
  Object.assign(new Error(`${code}: as the system says it`), {
    code,
    syscall: 'open',
    ...(path !== undefined && { path }),
  })

describe('what went wrong', () => {
  it.each([
    [failed('ENOENT', 'desk/bob.json'), 'Name a file or folder that is there: desk/bob.json'],
    [failed('ENOTDIR', 'a/b'), 'Name a file or folder that is there: a/b'],
    [failed('EISDIR'), 'Name a file, and no folder'],
    [failed('EACCES', 'a\u001b[2J'), 'Name a file or folder that you may read and write: a�[2J'],
    [failed('EMFILE'), 'EMFILE: as the system says it'],
    [new Error('Name one policy'), 'Name one policy'],
    ['text', 'text'],
  ])('is told in words: %s', (error, words) => {
    expect(tellError(error)).toBe(words)
  })
})
