import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { PublicJwk } from '../../contract/index.ts'
import { toIssuerError } from './issuer-error.ts'
import { fetchJson, openResponse, type JsonResponse } from './issuer-http.ts'
import { parseKeySet, parseMetadata, requireFeed, toMetadataUrl, type Endpoints } from './issuer-metadata.ts'

export interface KeysResponse {
  /** Undefined if the keys have not changed since the last response. */
  keys: PublicJwk[] | undefined
  /** How long the response is fresh (RFC 9111 4.2), within limits. */
  freshForMs: number
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
      return { response, keys: response.body === undefined ? undefined : parseKeySet(response.body, url) }
    })
    this.#keysEtag = response.headers.etag
    return { keys, freshForMs: parseFreshSeconds(response.headers) * 1000 }
  }

  /** Makes the next `fetchKeys` unconditional: the keys of the last response are no longer held. */
  forgetKeysEtag (): void { this.#keysEtag = undefined }

  /** Reads the feed as JSON. */
  fetchFeed (headers: Readonly<Record<string, string>>): Promise<JsonResponse> {
    const options = { ...this.#request, headers, maxBytes: MAX_FEED_BYTES }
    return this.#withEndpoint((endpoints) => requireFeed(endpoints, this.#issuer), (url) => fetchJson(url, options))
  }

  /** Opens the feed as a stream. */
  openFeed (headers: Readonly<Record<string, string>>): Promise<IncomingMessage> {
    const options = { ...this.#request, headers }
    return this.#withEndpoint((endpoints) => requireFeed(endpoints, this.#issuer), (url) => openResponse(url, options))
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
}

function parseFreshSeconds ({ 'cache-control': control, age = '0' }: IncomingHttpHeaders): number {
  const maxAge = /(?:^|[\s,])max-age="?(\d{1,9})/i.exec(control ?? '')?.[1]
  const seconds = maxAge === undefined ? FRESH_SECONDS.byDefault : Number(maxAge) - (/^\d{1,9}$/.test(age) ? Number(age) : 0)
  return Math.min(FRESH_SECONDS.most, Math.max(FRESH_SECONDS.least, seconds))
}
