import { isLoopback, type PublicJwk } from '../../contract/index.ts'
import { isRecord } from '../access-token.ts'
import { IssuerError } from './issuer-error.ts'
import { parseJwks } from './issuer-messages.ts'

/** The addresses that an issuer's metadata names. */
export interface Endpoints {
  jwks: string
  /** Undefined for an issuer without a revocation feed. */
  feed: string | undefined
}

/**
 * @param issuer an origin: https, or http on loopback
 * @throws TypeError for any other
 */
export function assertRemoteIssuer (issuer: string): void {
  const url = URL.canParse(issuer) ? new URL(issuer) : undefined
  if (url?.origin !== issuer) {
    throw new TypeError('the issuer must be an origin, such as https://auth.example.com: no path, no trailing slash')
  }
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))
  if (!isSafe) throw new TypeError('the issuer must be https, except on loopback')
}

/** RFC 8414 3, for an issuer that is an origin. */
export function toMetadataUrl (issuer: string): string {
  return `${issuer}/.well-known/oauth-authorization-server`
}

/**
 * Reads an issuer's metadata (RFC 8414 2).
 *
 * @param metadata parsed JSON
 * @param issuer the metadata must name exactly this issuer (RFC 8414 3.3), and only endpoints on its own origin
 * @throws IssuerError
 */
export function parseMetadata (metadata: unknown, issuer: string): Endpoints {
  const url = toMetadataUrl(issuer)
  if (!isRecord(metadata)) throw new IssuerError(`${url} holds no metadata`)
  if (metadata.issuer !== issuer) throw new IssuerError(`${url} is the metadata of another issuer`)
  const jwks = parseEndpoint(metadata, 'jwks_uri', issuer)
  if (jwks === undefined) throw new IssuerError(`${url} names no jwks_uri`)
  return { jwks, feed: parseEndpoint(metadata, 'revocation_feed_endpoint', issuer) }
}

/** @throws IssuerError where the issuer has no revocation feed */
export function requireFeed ({ feed }: Endpoints, issuer: string): string {
  if (feed !== undefined) return feed
  throw new IssuerError(`${toMetadataUrl(issuer)} names no revocation_feed_endpoint: the issuer has no FEED_TOKEN`)
}

function parseEndpoint (metadata: Readonly<Record<string, unknown>>, name: string, issuer: string): string | undefined {
  const value = metadata[name]
  if (value === undefined) return undefined
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined
  if (url === undefined || url.origin !== issuer || url.username !== '' || url.password !== '') {
    throw new IssuerError(`${toMetadataUrl(issuer)} names a ${name} that is not on the issuer's own origin`)
  }
  return url.href
}

/**
 * Reads the key set of an issuer. An empty one is an error: an issuer without a key cannot have issued a token.
 *
 * @param body parsed JSON
 * @throws IssuerError
 */
export function parseKeySet (body: unknown, url: string): PublicJwk[] {
  try {
    const keys = parseJwks(body)
    if (keys.length === 0) throw new TypeError('it holds no key')
    return keys
  } catch (error) {
    throw new IssuerError(`${url} is no key set: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}
