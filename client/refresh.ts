import { toError, UnavailableError } from './errors.ts'
import type { Answer, Post } from './post.ts'
import type { Retry } from './retry.ts'
import type { Presented, Store } from './store.ts'
import { isSameSession, parseTokens, type Identity, type Tokens } from './tokens.ts'

/** No tokens: none are stored; the service says that the session is over; or what is stored or came is somebody else's. */
export type Loss = 'missing' | 'refused' | 'replaced'

/**
 * Makes the one exchange with the service that a session goes on by. The store is read for every attempt; writing is for the caller.
 *
 * @returns a function of whose session it is, asked whenever that matters; it throws UnavailableError, once `retry` has put it off, for
 *   whatever is neither tokens nor a definite no
 */
export function createRefresh ({ post, store, retry }: { post: Post, store: Store, retry: Retry }): (findOwner: () => Identity | undefined) => Promise<Tokens | Loss> {
  return async function refreshOnce (findOwner): Promise<Tokens | Loss> {
    retry.assertAllowed()
    const presented = await attempt(store.read())
    if (presented === undefined) return 'missing'
    if (isForeign(presented.owner, findOwner())) return 'replaced'
    const answer = await attempt(post('/auth/refresh', toBody(presented)))
    if (isDefiniteNo(answer)) return await isStored(presented) ? 'refused' : refreshOnce(findOwner)
    const tokens = accept(answer)
    return isForeign(tokens.user, findOwner() ?? presented.owner) ? 'replaced' : tokens
  }

  async function attempt<T> (work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (error) {
      throw retry.postpone(error instanceof UnavailableError ? error : new UnavailableError({ cause: error }), false)
    }
  }

  /** Anything but tokens, and a definite no, leaves everything as it is. */
  function accept (answer: Answer): Tokens {
    try {
      return tokensIn(answer)
    } catch (cause) {
      throw retry.postpone(new UnavailableError({ cause, retryAfterSeconds: answer.retryAfterSeconds }), true)
    }
  }

  /** Somebody else may have stored another one since. */
  async function isStored ({ refreshToken }: Presented): Promise<boolean> {
    const stored = await attempt(store.read())
    return stored?.refreshToken === refreshToken
  }
}

function isForeign (user: Identity | undefined, owner: Identity | undefined): boolean {
  return user !== undefined && owner !== undefined && !isSameSession(user, owner)
}

/** @throws ProblemError when the service says no, UnavailableError when something on the way answers */
export function tokensIn ({ status, body, retryAfterSeconds, askedAt }: Answer): Tokens {
  if (status !== 200) throw toError(status, body, retryAfterSeconds)
  try {
    return parseTokens(body, askedAt)
  } catch (cause) {
    throw new UnavailableError({ cause, retryAfterSeconds })
  }
}

/** The body with which a refresh token is sent; the cookie needs none. */
export function toBody ({ refreshToken }: Presented): object {
  return refreshToken === undefined ? {} : { refresh_token: refreshToken }
}

function isDefiniteNo ({ status, body }: Answer): boolean {
  const error = toError(status, body, undefined)
  return status === 401 && 'code' in error && error.code === 'invalid_refresh_token'
}
