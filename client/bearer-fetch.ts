import { originOf, parseOrigin, type Base } from './address.ts'
import { assertWanted, unlessAborted } from './in-time.ts'
import type { Clock, Fetch } from './platform.ts'
import { backOff } from './retry.ts'
import type { Session } from './session.ts'
import { isSameSession, type Tokens } from './tokens.ts'

/** Past this part of its life a token is refreshed first, lest it expire on its way. */
const FRESH = 0.9

export interface BearerFetchOptions {
  session: Session
  base: Base
  origins: readonly string[]
  fetch: Fetch
  clock: Clock
  random: () => number
}

/** `fetch` with the access token of a session; a 401 is answered by one refresh and one more attempt. */
export function createBearerFetch ({ session, base, origins, fetch, clock, random }: BearerFetchOptions): Fetch {
  // Refreshes that did not help: an API that refuses every token is not a reason for one after each request.
  const allowed = new Map([base.origin, ...origins].map((origin) => [parseOrigin(origin), { futile: 0, quietUntil: -Infinity }]))

  return async function bearerFetch (input, init) {
    const request = new Request(typeof input === 'string' ? base.resolve(input).href : input, init)
    // A refresh goes on for others, whoever does not want to wait for it any more.
    return unlessAborted(init?.signal ?? (typeof input === 'object' && 'signal' in input ? input.signal : undefined), () => ask(request))
  }

  async function ask (request: Request): Promise<Response> {
    const origin = originOf(new URL(request.url))
    const refusals = allowed.get(origin)
    if (refusals === undefined) throw new TypeError(`the access token is not for ${origin}: see "origins"`)
    const first = await findToken()
    const response = await send(request.clone(), first)
    if (response.status !== 401 || first === undefined) return response
    const second = await findSuccessor(first, refusals.quietUntil)
    if (second === undefined) return response
    await response.body?.cancel()
    const answer = await send(request, second)
    // That other requests are accepted says nothing: only one that a refresh has helped shows that refreshes help.
    if (answer.status !== 401) refusals.futile = 0
    else if (session.held() === second) refusals.quietUntil = clock.now() + backOff(refusals.futile++, random)
    return answer
  }

  async function findToken (): Promise<Tokens | undefined> {
    const held = session.held()
    if (session.isOver() || (held !== undefined && ageOf(held) < FRESH)) return held
    try {
      await session.refresh()
    } catch (error) {
      if (held === undefined || ageOf(held) >= 1) throw error
    }
    return session.held()
  }

  /** The token to try instead of one that was refused; what was meant for one session is not sent again in another. */
  async function findSuccessor (refused: Tokens, quietUntil: number): Promise<Tokens | undefined> {
    if (session.held() === refused) {
      if (clock.now() < quietUntil) return undefined
      await session.refresh()
    }
    const held = session.held()
    return held !== undefined && held !== refused && isSameSession(held.user, refused.user) ? held : undefined
  }

  function ageOf ({ askedAt, lifetimeSeconds }: Tokens): number {
    return (clock.now() - askedAt) / (lifetimeSeconds * 1000)
  }

  function send (request: Request, tokens: Tokens | undefined): Promise<Response> {
    assertWanted(request.signal)
    if (tokens !== undefined) request.headers.set('authorization', `Bearer ${tokens.accessToken}`)
    return fetch(request)
  }
}
