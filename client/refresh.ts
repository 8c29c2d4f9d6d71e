import { ProblemError, toError, UnavailableError } from './errors.ts'
import type { Post, ServiceResponse } from './post.ts'
import type { RefreshScheduler } from './refresh-scheduler.ts'
import type { Store, StoredSession } from './store.ts'
import { isSameSession, parseTokens, type Identity, type Tokens } from './tokens.ts'

/** Why there are no tokens: nothing is stored; the service says that the session has ended; or the store holds another session. */
export type RefreshFailure = 'missing' | 'ended' | 'replaced'

/**
 * @param findOwner whose session is refreshed; called again whenever it matters
 * @param audience whom the access token is for; undefined: the default
 */
export type RefreshOnce = (findOwner: () => Identity | undefined, audience?: string) => Promise<Tokens | RefreshFailure>

export interface RefreshOptions {
  post: Post
  store: Store
  scheduler: RefreshScheduler
}

/**
 * One refresh at the service. It reads the store for every attempt; the caller writes the new tokens.
 *
 * @returns a function that throws UnavailableError, after the scheduler has put the next attempt off, for every outcome that is neither
 *   tokens nor a definite end; and ProblemError for an audience that the service does not have
 */
export function createRefresh ({ post, store, scheduler }: RefreshOptions): RefreshOnce {
  return async function refreshOnce (findOwner, audience): Promise<Tokens | RefreshFailure> {
    scheduler.assertAllowed()
    const stored = await attempt(store.read())
    if (stored === undefined) return 'missing'
    if (isOtherSession(stored.owner, findOwner())) return 'replaced'
    const response = await attempt(post('/auth/refresh', { ...toRequestBody(stored), audience }))
    if (isInvalidRefreshToken(response)) return await isStillStored(stored) ? 'ended' : refreshOnce(findOwner, audience)
    const tokens = parseOrRetry(response, audience)
    return isOtherSession(tokens.user, findOwner() ?? stored.owner) ? 'replaced' : tokens
  }

  async function attempt<T> (work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (error) {
      throw scheduler.retryAfter(error instanceof UnavailableError ? error : new UnavailableError({ cause: error }), false)
    }
  }

  function parseOrRetry (response: ServiceResponse, audience: string | undefined): Tokens {
    try {
      return parseTokenResponse(response, audience)
    } catch (cause) {
      // The program has named an audience that does not exist: no later attempt would succeed, and other refreshes need not wait.
      if (audience !== undefined && response.status === 400 && cause instanceof ProblemError) throw cause
      throw scheduler.retryAfter(new UnavailableError({ cause, retryAfterSeconds: response.retryAfterSeconds }), true)
    }
  }

  /** Another tab may have stored a newer token meanwhile. */
  async function isStillStored ({ refreshToken }: StoredSession): Promise<boolean> {
    const stored = await attempt(store.read())
    return stored?.refreshToken === refreshToken
  }
}

function isOtherSession (user: Identity | undefined, owner: Identity | undefined): boolean {
  return user !== undefined && owner !== undefined && !isSameSession(user, owner)
}

/**
 * @param audience that the request has named, if any
 * @throws ProblemError when the service rejects the request, UnavailableError when a proxy has responded
 */
export function parseTokenResponse ({ status, body, retryAfterSeconds, requestedAt }: ServiceResponse, audience?: string): Tokens {
  if (status !== 200) throw toError(status, body, retryAfterSeconds)
  try {
    const tokens = parseTokens(body, requestedAt)
    if (audience !== undefined && tokens.audience !== audience) throw new TypeError('the access token is for another audience')
    return tokens
  } catch (cause) {
    throw new UnavailableError({ cause, retryAfterSeconds })
  }
}

/** The body that carries the refresh token; empty when the cookie does. */
export function toRequestBody ({ refreshToken }: StoredSession): object {
  return refreshToken === undefined ? {} : { refresh_token: refreshToken }
}

function isInvalidRefreshToken ({ status, body }: ServiceResponse): boolean {
  const error = toError(status, body, undefined)
  return status === 401 && 'code' in error && error.code === 'invalid_refresh_token'
}
