import { parseOrigin, toOrigin, type BaseUrl } from './address.ts'
import type { Clock, Fetch } from './platform.ts'
import { toBackoffMs } from './refresh-scheduler.ts'
import type { Session } from './session.ts'
import { assertNotAborted, withAbort } from './timeout.ts'
import { isSameSession, type Tokens } from './tokens.ts'

/** An older token is refreshed before it is sent, because it could expire on the way. */
const MAX_AGE_FRACTION = 0.9

export interface BearerFetchOptions {
  session: Session
  base: BaseUrl
  origins: readonly string[]
  fetch: Fetch
  clock: Clock
  random: () => number
}

/** One origin's 401s that a refresh did not cure: an API that rejects every token must not cause a refresh per request. */
interface Rejections {
  count: number
  /** No refresh because of this origin until then, in milliseconds of the monotonic clock. */
  noRefreshUntil: number
}

/** `fetch` with the access token of a session. A 401 leads to one refresh and one more attempt. */
export function createBearerFetch ({ session, base, origins, fetch, clock, random }: BearerFetchOptions): Fetch {
  const allowed = new Map<string, Rejections>()
  for (const origin of [base.origin, ...origins]) allowed.set(parseOrigin(origin), { count: 0, noRefreshUntil: -Infinity })

  return async function bearerFetch (input, init) {
    const request = new Request(typeof input === 'string' ? base.resolve(input).href : input, init)
    // Aborting ends the wait of this caller; a refresh goes on, because others may wait for it.
    const signal = init?.signal ?? (typeof input === 'object' && 'signal' in input ? input.signal : undefined)
    return withAbort(signal, () => fetchWithRetry(request))
  }

  async function fetchWithRetry (request: Request): Promise<Response> {
    const origin = toOrigin(new URL(request.url))
    const rejections = allowed.get(origin)
    if (rejections === undefined) throw new TypeError(`the access token is not for ${origin}: see "origins"`)
    const first = await findUsableTokens()
    const response = await send(request.clone(), first)
    if (response.status !== 401 || first === undefined) return response
    const second = await replaceRejected(first, rejections.noRefreshUntil)
    if (second === undefined) return response
    await response.body?.cancel()
    const retried = await send(request, second)
    // Only a retry that succeeds after a refresh shows that refreshing helps; other accepted requests do not.
    if (retried.status !== 401) rejections.count = 0
    else if (session.tokens === second) rejections.noRefreshUntil = clock.now() + toBackoffMs(rejections.count++, random)
    return retried
  }

  async function findUsableTokens (): Promise<Tokens | undefined> {
    const { tokens } = session
    if (session.hasEnded || (tokens !== undefined && getAgeFraction(tokens) < MAX_AGE_FRACTION)) return tokens
    try {
      await session.refresh()
    } catch (error) {
      if (tokens === undefined || getAgeFraction(tokens) >= 1) throw error
    }
    return session.tokens
  }

  /**
   * @returns the tokens for the second attempt; undefined when there are none of the same session: a request is never sent in another one
   */
  async function replaceRejected (rejected: Tokens, noRefreshUntil: number): Promise<Tokens | undefined> {
    if (session.tokens === rejected) {
      if (clock.now() < noRefreshUntil) return undefined
      await session.refresh()
    }
    const { tokens } = session
    return tokens !== undefined && tokens !== rejected && isSameSession(tokens.user, rejected.user) ? tokens : undefined
  }

  /** @returns 0 for a new token, 1 when it expires */
  function getAgeFraction ({ requestedAt, lifetimeSeconds }: Tokens): number {
    return (clock.now() - requestedAt) / (lifetimeSeconds * 1000)
  }

  function send (request: Request, tokens: Tokens | undefined): Promise<Response> {
    assertNotAborted(request.signal)
    if (tokens !== undefined) request.headers.set('authorization', `Bearer ${tokens.accessToken}`)
    return fetch(request)
  }
}
