/**
 * A port for a program that has to be told one. I/O: listens on it for a moment.
 * It is below those that the system gives to whoever asks for any (from 32768 on Linux): in the seconds until the program listens,
 * a connection of another test would take one of these.
 */
import { createServer } from 'node:net'

const FIRST = 12_000
const COUNT = 20_000

export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * COUNT)
    if (await isFree(port)) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}
