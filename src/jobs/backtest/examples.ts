/** A count with a few ids, the same ones in whatever order they come: those that sort first. */

export type Examples = { readonly count: number; readonly ids: readonly string[] }

export type ExampleList = { add(id: string): void; read(): Examples }

export function createExamples(max: number): ExampleList {
  const ids: string[] = []
  let count = 0
  return {
    add(id) {
      count++
      ids.push(id)
      ids.sort()
      if (ids.length > max) ids.pop()
    },
    read: () => ({ count, ids: [...ids] }),
  }
}
