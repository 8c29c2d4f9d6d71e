import { UnavailableError } from './errors.ts'
import { type Clock, type Fetch } from './platform.ts'

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
export function createPost ({ baseUrl, fetch, clock, credentials }: { baseUrl: string, fetch: Fetch, clock: Clock, credentials: 'include' | 'omit' }): Post {
  return async function post (path, body) {
    const askedAt = clock.now()
    const askedAtWall = clock.wall()
    const controller = new AbortController()
    let cancel = () => {}
    const timeout = new Promise<never>((_resolve, reject) => {
      cancel = clock.after(TIMEOUT_MS, () => {
        reject(new UnavailableError({ cause: new Error('no answer in time') }))
        controller.abort()
      })
    })
    try {
      return await Promise.race([ask(), timeout])
    } finally {
      cancel()
    }

    async function ask (): Promise<Answer> {
      const { status, text, retryAfter } = await send()
      // Timers stand still while a machine sleeps, and so does the monotonic clock of some.
      if (Math.max(clock.now() - askedAt, clock.wall() - askedAtWall) > TIMEOUT_MS) throw new UnavailableError({ cause: new Error('the answer came late') })
      return { status, body: parse(text), retryAfterSeconds: parseSeconds(retryAfter), askedAt, askedAtWall }
    }

    async function send () {
      try {
        const response = await fetch(new URL(path, baseUrl).href, {
          method: 'POST',
          headers: { 'content-type': 'application/json', accept: 'application/json' },
          body: JSON.stringify(body),
          signal: controller.signal,
          credentials
        })
        return { status: response.status, text: await response.text(), retryAfter: response.headers.get('retry-after') }
      } catch (error) {
        throw new UnavailableError({ cause: error })
      }
    }
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
