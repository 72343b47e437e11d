/** Runs a task over items, a few at a time. No I/O of its own. */

/** The results in the order of the items; at most `limit` tasks run at once. */
export async function concurrently<Item, Value>(
  items: readonly Item[],
  limit: number,
  task: (item: Item, index: number) => Promise<Value>,
): Promise<readonly Value[]> {
  const results: Value[] = []
  const queue = items.entries()
  const work = async () => {
    for (const [index, item] of queue) results[index] = await task(item, index)
  }
  await Promise.all(Array.from({ length: limit }, work))
  return results
}
