import { toError } from './errors.ts'
import type { Post } from './post.ts'
import { toRequestBody } from './refresh.ts'
import type { Store, StoredSession } from './store.ts'
import type { Tokens } from './tokens.ts'

/** Any token of the session ends it: where the storage cannot be read, the newest one in memory. */
export async function readForLogout (store: Store, tokens: Tokens | undefined): Promise<StoredSession | undefined> {
  try {
    return await store.read()
  } catch (error) {
    if (tokens?.refreshToken === undefined) throw error
    return { refreshToken: tokens.refreshToken, owner: tokens.user }
  }
}

/** @throws ProblemError, UnavailableError: then the session has not ended */
export async function requestLogout (post: Post, stored: StoredSession): Promise<void> {
  const { status, body, retryAfterSeconds } = await post('/auth/logout', toRequestBody(stored))
  if (status !== 204) throw toError(status, body, retryAfterSeconds)
}
