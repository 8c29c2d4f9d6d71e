import { UnavailableError } from './errors.ts'
import type { Base } from './address.ts'
import { inTime } from './in-time.ts'
import { findOrigin, type Clock, type Fetch } from './platform.ts'

/** The rule of the service counts on it that no answer is used that came later. */
const TIMEOUT_MS = 10_000
const MAX_RETRY_AFTER_SECONDS = 300

export interface Answer {
  status: number
  /** The JSON of it, or undefined. */
  body: unknown
  retryAfterSeconds: number | undefined
  /** Milliseconds of the monotonic clock, and of the wall's. */
  askedAt: number
  askedAtWall: number
}

export type Post = (path: '/auth/login' | '/auth/refresh' | '/auth/logout', body: object) => Promise<Answer>

/**
 * @returns the function that asks the service for sessions; it throws UnavailableError when there is no answer in time
 */
export function createPost ({ base, fetch, clock, credentials }: { base: Base, fetch: Fetch, clock: Clock, credentials: 'include' | 'omit' }): Post {
  let hasAnswered = false

  return async function post (path, body) {
    const askedAt = clock.now()
    const askedAtWall = clock.wall()
    const controller = new AbortController()
    try {
      return await inTime(clock, TIMEOUT_MS, ask, () => controller.abort())
    } catch (cause) {
      throw new UnavailableError({ cause, ...mayBeUnlisted(cause) })
    }

    async function ask (): Promise<Answer> {
      const response = await fetch(base.resolve(path).href, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify(body),
        signal: controller.signal,
        credentials
      })
      hasAnswered = true
      const text = await response.text()
      // Timers stand still while a machine sleeps, and so does the monotonic clock of some.
      if (Math.max(clock.now() - askedAt, clock.wall() - askedAtWall) > TIMEOUT_MS) throw new Error('the answer came late')
      const retryAfterSeconds = parseSeconds(response.headers.get('retry-after'))
      return { status: response.status, body: parse(text), retryAfterSeconds, askedAt, askedAtWall }
    }
  }

  /** To a page of an origin that is not listed, a browser says no more than to one without a network. */
  function mayBeUnlisted (cause: unknown): { reason?: string } {
    const origin = findOrigin()
    if (hasAnswered || !(cause instanceof TypeError) || origin === undefined || origin === base.origin) return {}
    return { reason: `The service cannot be reached at the moment, or this page's origin, ${origin}, is not listed in its CORS_ORIGINS` }
  }
}

function parse (text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function parseSeconds (text: string | null): number | undefined {
  return text !== null && /^\d{1,9}$/.test(text) ? Math.min(Number(text), MAX_RETRY_AFTER_SECONDS) : undefined
}
