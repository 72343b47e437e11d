/**
 * A `fetch` in place of Node's own, for whatever asks by that name: key sets, receivers of telemetry, a gateway at a URL. I/O when
 * it is called. Node's is built with an undici that throws where nobody can catch it when a server closes its connection while the
 * reply waits to be read (`assert(!this.paused)` in `Parser.finish`), and that ends the process; the installed one reads on.
 */

type Fetch = typeof globalThis.fetch

/** For the entry of a process, before anything asks. Loads nothing until something does. */
export function replaceFetch(target: { fetch: Fetch } = globalThis): void {
  let loading: Promise<Fetch> | undefined
  target.fetch = async (...asked) => {
    loading ??= loadFetch()
    return (await loading)(...asked)
  }
}

async function loadFetch(): Promise<Fetch> {
  const { Agent, fetch } = await import('undici')
  // Without one of its own it would take the dispatcher that Node's fetch has left for all.
  const dispatcher = new Agent()
  // The same standard, in types of its own.
  const ask = fetch as unknown as (input: unknown, init: object) => Promise<Response>
  return (input, init) => ask(input, { ...init, dispatcher })
}
