import { MAX_AGE_FRACTION, type AccessTokens } from './access-tokens.ts'
import { parseOrigin, toOrigin, type BaseUrl } from './address.ts'
import type { Clock, Fetch } from './platform.ts'
import { toBackoffMs } from './refresh-scheduler.ts'
import { findStepUp } from './step-up.ts'
import { assertNotAborted, withAbort } from './timeout.ts'
import { isSameSession, type Tokens } from './tokens.ts'

export interface BearerFetchOptions {
  accessTokens: AccessTokens
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

/** `fetch` with an access token. A 401 leads to one refresh and one more attempt, or to a StepUpNeededError. */
export function createBearerFetch ({ accessTokens, base, origins, fetch, clock, random }: BearerFetchOptions): Fetch {
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
    await assertNoStepUp(response)
    const second = await replaceRejected(first, rejections.noRefreshUntil)
    if (second === undefined) return response
    discard(response)
    const retried = await send(request, second)
    await assertNoStepUp(retried)
    // Only a retry that succeeds after a refresh shows that refreshing helps; other accepted requests do not.
    if (retried.status !== 401) rejections.count = 0
    else if (accessTokens.tokens === second) rejections.noRefreshUntil = clock.now() + toBackoffMs(rejections.count++, random)
    return retried
  }

  async function findUsableTokens (): Promise<Tokens | undefined> {
    const { tokens } = accessTokens
    if (accessTokens.hasEnded || (tokens !== undefined && accessTokens.ageFraction(tokens) < MAX_AGE_FRACTION)) return tokens
    try {
      await accessTokens.refresh()
    } catch (error) {
      if (tokens === undefined || accessTokens.ageFraction(tokens) >= 1) throw error
    }
    return accessTokens.tokens
  }

  /** A refresh would not help: it repeats the proof of the login. */
  async function assertNoStepUp (response: Response): Promise<void> {
    const needed = await findStepUp(response)
    if (needed === undefined) return
    discard(response)
    throw needed
  }

  /**
   * @returns the tokens for the second attempt; undefined when there are none of the same session: a request is never sent in another one
   */
  async function replaceRejected (rejected: Tokens, noRefreshUntil: number): Promise<Tokens | undefined> {
    if (accessTokens.tokens === rejected) {
      if (clock.now() < noRefreshUntil) return undefined
      await accessTokens.refresh()
    }
    const { tokens } = accessTokens
    return tokens !== undefined && tokens !== rejected && isSameSession(tokens.user, rejected.user) ? tokens : undefined
  }

  /** The body may have failed already. */
  function discard ({ body }: Response): void {
    body?.cancel().catch(() => {})
  }

  function send (request: Request, tokens: Tokens | undefined): Promise<Response> {
    assertNotAborted(request.signal)
    if (tokens !== undefined) request.headers.set('authorization', `Bearer ${tokens.accessToken}`)
    return fetch(request)
  }
}
