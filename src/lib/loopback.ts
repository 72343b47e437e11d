/** Which hosts are this machine, whoever asks: by name, not by asking anyone. Pure. */

const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|::1|\[::1\]|localhost)$/

/** Whether a host's name or address, without a port, is this machine's own. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host.toLowerCase())
}
