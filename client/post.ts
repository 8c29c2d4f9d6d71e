import type { BaseUrl } from './address.ts'
import { isObject, parseRetryAfter, StepUpNeededError, toError, UnavailableError } from './errors.ts'
import { findOrigin, type Clock, type Fetch } from './platform.ts'
import { withTimeout } from './timeout.ts'

/** The service's rotation rule relies on it: a client never uses a response that comes later. */
const TIMEOUT_MS = 10_000

export interface ServiceResponse {
  status: number
  /** Parsed JSON, or undefined. */
  body: unknown
  retryAfterSeconds: number | undefined
  /** Milliseconds of the monotonic clock. */
  requestedAt: number
}

/** @param body undefined for none */
export type Post = (path: `/auth/${string}` | `/account${string}`, body?: object, options?: RequestOptions) => Promise<ServiceResponse>

interface RequestOptions {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Adds the access token, where the request needs it. */
  fetch?: Fetch
  credentials?: 'include' | 'omit'
}

export interface PostOptions {
  base: BaseUrl
  fetch: Fetch
  clock: Clock
  credentials: 'include' | 'omit'
}

/** @returns sends a request to the service; it throws UnavailableError when there is no response in time, and StepUpNeededError */
export function createPost ({ base, clock, ...defaults }: PostOptions): Post {
  let hasResponded = false

  return async function post (path, body, options) {
    const { method = 'POST', fetch, credentials } = { ...defaults, ...options }
    const requestedAt = clock.now()
    const requestedAtWall = clock.wall()
    const controller = new AbortController()
    try {
      return await withTimeout(clock, TIMEOUT_MS, exchange, () => controller.abort())
    } catch (cause) {
      if (cause instanceof UnavailableError || cause instanceof StepUpNeededError) throw cause
      throw new UnavailableError({ cause, ...explainNetworkError(cause) })
    }

    async function exchange (): Promise<ServiceResponse> {
      const response = await fetch(base.resolve(path).href, {
        method,
        headers: { accept: 'application/json', ...(body !== undefined && { 'content-type': 'application/json' }) },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: controller.signal,
        credentials
      })
      hasResponded = true
      const text = await response.text()
      // Timers do not run while a machine sleeps; on some, the monotonic clock stops too.
      if (Math.max(clock.now() - requestedAt, clock.wall() - requestedAtWall) > TIMEOUT_MS) throw new Error('the response came too late')
      return {
        status: response.status, body: parseJson(text), retryAfterSeconds: parseRetryAfter(response), requestedAt
      }
    }
  }

  /** A browser reports a CORS failure exactly as it reports a network that is down, so the message names both. */
  function explainNetworkError (cause: unknown): { reason?: string } {
    const origin = findOrigin()
    if (hasResponded || !(cause instanceof TypeError) || origin === undefined || origin === base.origin) return {}
    return { reason: `The service cannot be reached at the moment, or this page's origin, ${origin}, is not listed in its CORS_ORIGINS` }
  }
}

function parseJson (text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** @throws ProblemError when the service rejects the request, UnavailableError when a proxy has responded */
export function assertStatus ({ status, body, retryAfterSeconds }: ServiceResponse, expected: number): void {
  if (status !== expected) throw toError(status, body, retryAfterSeconds)
}

/** @throws as `assertStatus`, also for a body that the service does not send */
export function parse<T> (
  response: ServiceResponse, expected: number, toResult: (body: Record<string, unknown>) => T | undefined
): T {
  assertStatus(response, expected)
  const { status, body, retryAfterSeconds } = response
  const result = isObject(body) ? toResult(body) : undefined
  if (result === undefined) throw toError(status, body, retryAfterSeconds)
  return result
}
