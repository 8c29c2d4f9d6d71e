import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { isLoopback, type PublicJwk } from '../../contract/index.ts'
import { isRecord } from '../access-token.ts'
import { fetchJson, IssuerError, openResponse, toIssuerError, type JsonResponse } from './issuer-http.ts'
import { parseJwks } from './issuer-messages.ts'

export interface KeysResponse {
  /** Undefined if the keys have not changed since the last response. */
  keys: PublicJwk[] | undefined
  /** How long the response is fresh (RFC 9111 4.2), within limits. */
  freshForMs: number
}

/** The addresses that an issuer's metadata names. */
interface Endpoints {
  jwks: string
  /** Undefined for an issuer without a revocation feed. */
  feed: string | undefined
}

interface IssuerClientOptions {
  /** An origin, see `assertRemoteIssuer`. */
  issuer: string
  /** Aborts all requests. */
  signal: AbortSignal
  timeoutMs?: number
}

const TIMEOUT_MS = 5000
const MAX_DOCUMENT_BYTES = 256 * 1024
// A million revoked sessions are 70 MB.
const MAX_FEED_BYTES = 128 * 1024 * 1024
const FRESH_SECONDS = { least: 10, most: 3600, byDefault: 300 }

/** Requests to a remote issuer. Each ends in bounded time, with a response or an IssuerError. */
export class IssuerClient {
  readonly #issuer: string
  readonly #request: { timeoutMs: number, signal: AbortSignal }
  #endpoints: Promise<Endpoints> | undefined
  #keysEtag: string | undefined

  constructor ({ issuer, signal, timeoutMs = TIMEOUT_MS }: IssuerClientOptions) {
    this.#issuer = issuer
    this.#request = { timeoutMs, signal }
  }

  /** @param bypassCaches for a key that may be newer than the response of a cache in between */
  async fetchKeys (bypassCaches: boolean): Promise<KeysResponse> {
    const etag = this.#keysEtag
    const headers = { ...(etag !== undefined && { 'if-none-match': etag }), ...(bypassCaches && { 'cache-control': 'no-cache' }) }
    const { response, keys } = await this.#withEndpoint(({ jwks }) => jwks, async (url) => {
      const response = await fetchJson(url, { ...this.#request, headers, maxBytes: MAX_DOCUMENT_BYTES })
      return { response, keys: response.body === undefined ? undefined : parseKeys(response.body, url) }
    })
    this.#keysEtag = response.headers.etag
    return { keys, freshForMs: parseFreshSeconds(response.headers) * 1000 }
  }

  /** Makes the next `fetchKeys` unconditional: the keys of the last response are no longer held. */
  forgetKeysEtag (): void { this.#keysEtag = undefined }

  /** Reads the feed as JSON. */
  fetchFeed (headers: Readonly<Record<string, string>>): Promise<JsonResponse> {
    const options = { ...this.#request, headers, maxBytes: MAX_FEED_BYTES }
    return this.#withEndpoint((endpoints) => this.#requireFeed(endpoints), (url) => fetchJson(url, options))
  }

  /** Opens the feed as a stream. */
  openFeed (headers: Readonly<Record<string, string>>): Promise<IncomingMessage> {
    return this.#withEndpoint((endpoints) => this.#requireFeed(endpoints), (url) => openResponse(url, { ...this.#request, headers }))
  }

  /** Reads the metadata once, and again after a request to one of its endpoints has failed. */
  async #withEndpoint<T> (select: (endpoints: Endpoints) => string, send: (url: string) => Promise<T>): Promise<T> {
    const known = this.#endpoints ??= this.#discover()
    try {
      return await send(select(await known))
    } catch (error) {
      if (this.#endpoints === known) this.#endpoints = undefined
      throw toIssuerError(error, this.#issuer)
    }
  }

  async #discover (): Promise<Endpoints> {
    const { body } = await fetchJson(toMetadataUrl(this.#issuer), { ...this.#request, headers: {}, maxBytes: MAX_DOCUMENT_BYTES })
    return parseMetadata(body, this.#issuer)
  }

  #requireFeed ({ feed }: Endpoints): string {
    if (feed === undefined) throw new IssuerError(`${toMetadataUrl(this.#issuer)} names no revocation_feed_endpoint`)
    return feed
  }
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
function toMetadataUrl (issuer: string): string {
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

function parseEndpoint (metadata: Readonly<Record<string, unknown>>, name: string, issuer: string): string | undefined {
  const value = metadata[name]
  if (value === undefined) return undefined
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined
  if (url === undefined || url.origin !== issuer || url.username !== '' || url.password !== '') {
    throw new IssuerError(`${toMetadataUrl(issuer)} names a ${name} that is not on the issuer's own origin`)
  }
  return url.href
}

/** An empty set is an error: an issuer without a key cannot have issued a token. */
function parseKeys (body: unknown, url: string): PublicJwk[] {
  try {
    const keys = parseJwks(body)
    if (keys.length === 0) throw new TypeError('it holds no key')
    return keys
  } catch (error) {
    throw new IssuerError(`${url} is no key set: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}

function parseFreshSeconds ({ 'cache-control': control, age = '0' }: IncomingHttpHeaders): number {
  const maxAge = /(?:^|[\s,])max-age="?(\d{1,9})/i.exec(control ?? '')?.[1]
  const seconds = maxAge === undefined ? FRESH_SECONDS.byDefault : Number(maxAge) - (/^\d{1,9}$/.test(age) ? Number(age) : 0)
  return Math.min(FRESH_SECONDS.most, Math.max(FRESH_SECONDS.least, seconds))
}
