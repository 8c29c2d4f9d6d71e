import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { PublicJwk } from '../../contract/index.ts'
import { metadataUrl, parseMetadata, type Endpoints } from './discovery.ts'
import { toIssuerError, fetchJson, IssuerError, openResponse, type JsonResponse } from './issuer-http.ts'
import { parseJwks } from './jwks.ts'

export interface KeysResponse {
  /** Undefined where nothing has changed since the last answer. */
  keys: PublicJwk[] | undefined
  /** For how long the answer is fresh (RFC 9111 4.2), within reason. */
  freshForMs: number
}

/** An issuer from afar. Whatever is asked is answered in bounded time, or with an IssuerError. */
export interface IssuerClient {
  /**
   * The public keys.
   *
   * @param past caches on the way, for a key that may be younger than what they hold
   */
  fetchKeys (past: boolean): Promise<KeysResponse>
  /** The next answer is a whole one, for what the last one said is no longer held. */
  forgetKeysEtag (): void
  /** The feed as JSON. */
  fetchFeed (headers: Readonly<Record<string, string>>): Promise<JsonResponse>
  /** The feed as it happens. */
  openFeed (headers: Readonly<Record<string, string>>): Promise<IncomingMessage>
}

export interface IssuerClientOptions {
  /** An origin, see `assertRemoteIssuer`. */
  issuer: string
  /** Ends all that is under way. */
  signal: AbortSignal
  timeoutMs?: number
}

const TIMEOUT_MS = 5000
const MAX_DOCUMENT_BYTES = 256 * 1024
// A million revoked sessions are 70 MB.
const MAX_FEED_BYTES = 128 * 1024 * 1024
const FRESH_SECONDS = { least: 10, most: 3600, otherwise: 300 }

export function createIssuerClient ({ issuer, signal, timeoutMs = TIMEOUT_MS }: IssuerClientOptions): IssuerClient {
  let endpoints: Promise<Endpoints> | undefined
  let etag: string | undefined
  return {
    async fetchKeys (past) {
      const headers = { ...(etag !== undefined && { 'if-none-match': etag }), ...(past && { 'cache-control': 'no-cache' }) }
      const { answer, keys } = await at(({ jwks }) => jwks, async (url) => {
        const answer = await fetchJson(url, { headers, maxBytes: MAX_DOCUMENT_BYTES, timeoutMs, signal })
        return { answer, keys: answer.body === undefined ? undefined : keysOf(answer.body, url) }
      })
      etag = answer.headers.etag
      return { keys, freshForMs: freshSeconds(answer.headers) * 1000 }
    },
    forgetKeysEtag () { etag = undefined },
    fetchFeed: (headers) => at(feedOf, (url) => fetchJson(url, { headers, maxBytes: MAX_FEED_BYTES, timeoutMs, signal })),
    openFeed: (headers) => at(feedOf, (url) => openResponse(url, { headers, timeoutMs, signal }))
  }

  /** Reads the metadata once, and again after whatever it led to has failed. */
  async function at<T> (which: (endpoints: Endpoints) => string, ask: (url: string) => Promise<T>): Promise<T> {
    const known = endpoints ??= discover()
    try {
      return await ask(which(await known))
    } catch (error) {
      if (endpoints === known) endpoints = undefined
      throw toIssuerError(error, issuer)
    }
  }

  async function discover (): Promise<Endpoints> {
    const url = metadataUrl(issuer)
    return parseMetadata((await fetchJson(url, { headers: {}, maxBytes: MAX_DOCUMENT_BYTES, timeoutMs, signal })).body, issuer)
  }

  function feedOf ({ feed }: Endpoints): string {
    if (feed === undefined) throw new IssuerError(`${metadataUrl(issuer)} names no revocation_feed_endpoint`)
    return feed
  }
}

/** An empty set is nonsense: an issuer that has no key can have issued no token. */
function keysOf (body: unknown, url: string): PublicJwk[] {
  try {
    const keys = parseJwks(body)
    if (keys.length === 0) throw new TypeError('it holds no key')
    return keys
  } catch (error) {
    throw new IssuerError(`${url} is no key set: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}

function freshSeconds ({ 'cache-control': control, age = '0' }: IncomingHttpHeaders): number {
  const maxAge = /(?:^|[\s,])max-age="?(\d{1,9})/i.exec(control ?? '')?.[1]
  const seconds = maxAge === undefined ? FRESH_SECONDS.otherwise : Number(maxAge) - (/^\d{1,9}$/.test(age) ? Number(age) : 0)
  return Math.min(FRESH_SECONDS.most, Math.max(FRESH_SECONDS.least, seconds))
}
