import { isLoopback } from '../../contract/index.ts'
import { IssuerError } from './issuer-http.ts'
import { isRecord } from '../../verify/index.ts'

/** Where an issuer has what an edge reads. */
export interface Endpoints {
  jwks: string
  /** Undefined for an issuer without a revocation feed. */
  feed: string | undefined
}

/**
 * Holds an issuer to what can be trusted from afar.
 *
 * @param issuer an origin: https, or http on loopback
 * @throws TypeError for any other
 */
export function assertRemoteIssuer (issuer: string): void {
  const url = URL.canParse(issuer) ? new URL(issuer) : undefined
  if (url?.origin !== issuer) throw new TypeError('the issuer must be an origin, such as https://auth.example.com: no path, no trailing slash')
  const safe = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))
  if (!safe) throw new TypeError('the issuer must be https, except on loopback')
}

/** RFC 8414 3: where the metadata of an issuer that is an origin stands. */
export function metadataUrl (issuer: string): string {
  return `${issuer}/.well-known/oauth-authorization-server`
}

/**
 * Reads an issuer's metadata (RFC 8414 2).
 *
 * @param metadata what its JSON says
 * @param issuer must be named in it, exactly (RFC 8414 3.3), and have all of its endpoints on its own origin
 * @throws IssuerError that says in one sentence what is wrong
 */
export function parseMetadata (metadata: unknown, issuer: string): Endpoints {
  const where = metadataUrl(issuer)
  if (!isRecord(metadata)) throw new IssuerError(`${where} holds no metadata`)
  if (metadata.issuer !== issuer) throw new IssuerError(`${where} is the metadata of another issuer`)
  const jwks = parseEndpoint(metadata, 'jwks_uri', issuer)
  if (jwks === undefined) throw new IssuerError(`${where} names no jwks_uri`)
  return { jwks, feed: parseEndpoint(metadata, 'revocation_feed_endpoint', issuer) }
}

function parseEndpoint (metadata: Readonly<Record<string, unknown>>, name: string, issuer: string): string | undefined {
  const value = metadata[name]
  if (value === undefined) return undefined
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined
  if (url === undefined || url.origin !== issuer || url.username !== '' || url.password !== '') {
    throw new IssuerError(`${metadataUrl(issuer)} names a ${name} that is not on the issuer's own origin`)
  }
  return url.href
}
