/**
 * By which paths apps ask for the routes of `/v1`: clients write a base URL with a slash too many, with `/v1` twice, or as Azure
 * has it. No I/O. All routing goes by what is said here, authentication too.
 */

export type AskedPath = {
  /** The route's own path. */
  readonly path: string
  /** The model, where Azure's path names it; null elsewhere. */
  readonly deployment: string | null
}

const DEPLOYMENT = /^\/openai\/deployments\/([^/]+)\/(.+)$/

/** Reads a path as it was asked for, without its query. */
export function readPath(asked: string): AskedPath {
  const tidy = asked.replaceAll(/\/\/+/g, '/')
  const whole = tidy.length > 1 && tidy.endsWith('/') ? tidy.slice(0, -1) : tidy
  const path = withoutPrefixes(whole)
  const [, deployment, route] = DEPLOYMENT.exec(path) ?? []
  if (deployment !== undefined) return { path: `/v1/${route}`, deployment: decode(deployment) }
  const isAzure = path.startsWith('/openai/v1/')
  return { path: isAzure ? path.slice('/openai'.length) : path, deployment: null }
}

/** Base URLs end in `/v1`, and clients add another, or Azure's prefix. */
function withoutPrefixes(path: string): string {
  return path.replace(/^(?:\/v1)+(?=\/(?:v1|openai)(?:\/|$))/, '')
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
