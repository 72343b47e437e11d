/** A bound on the time of a promise that cannot be cancelled. No I/O; what came too late is ignored, not undone. */

/** The value of `work`, or of `late` when it has not settled within `ms` milliseconds. */
export async function beforeTimeout<Value>(
  work: Promise<Value>,
  ms: number,
  late: () => Value | Promise<Value>,
): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const expired = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  try {
    return await Promise.race([work, expired.then(late)])
  } finally {
    clearTimeout(timer)
  }
}
