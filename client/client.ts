import { parseBase } from './address.ts'
import { createBearerFetch } from './bearer-fetch.ts'
import { createSharing, openLocalChannel, sharingOf } from './in-process.ts'
import {
  findLocks, keepsCookies, onOnline, openChannel, systemClock, type Channel, type Clock, type Fetch, type Locks
} from './platform.ts'
import { createPost } from './post.ts'
import { createAsk, type Ask } from './request.ts'
import { createSession, type Change } from './session.ts'
import { cookieStore, createBodyStore, createMemory, noCookies, type TokenStorage } from './store.ts'
import type { CurrentUser } from './tokens.ts'
import { createLock } from './lock.ts'

export interface ClientOptions {
  /** Where gatepass is: https://auth.example.com, or https://example.com/auth-service where a proxy shows it under a path. */
  baseUrl: string
  /** How the refresh token travels: in an HttpOnly cookie, for pages; or in bodies, for apps. */
  delivery: 'cookie' | 'body'
  /** Where a refresh token of delivery by body is kept; by default, in memory. One that is a page's own, like sessionStorage, is not for it: browsers copy it with a tab. */
  storage?: TokenStorage
  /** Further origins that may see the access token: those of your APIs. */
  origins?: readonly string[]
  /** What the platform has of its own, unless given. Null: there are none. */
  fetch?: Fetch
  clock?: Clock
  random?: () => number
  locks?: Locks | null
  channel?: Channel | null
}

export interface Client {
  /**
   * Begins a session.
   *
   * @throws ProblemError, with code `invalid_credentials`, `too_many_attempts` and so on; UnavailableError; StorageError when the session
   *   could not be stored; TypeError for a cookie where none are kept
   */
  login (email: string, password: string): Promise<CurrentUser>
  /**
   * Ends the session, here, at the service and in other tabs.
   *
   * @throws UnavailableError, ProblemError: then it is not ended, and the user should know
   */
  logout (): Promise<void>
  /**
   * Goes on with the session that an earlier page or start of the app has left, if there is one.
   *
   * @returns undefined when there is none
   * @throws UnavailableError when that cannot be told yet, by the service or the storage: it is tried again, and `onChange` tells what came of it
   */
  restore (): Promise<CurrentUser | undefined>
  /**
   * `fetch` with the access token, which is refreshed when it has to be. Paths are those of `baseUrl`.
   *
   * @throws UnavailableError when the token has expired and cannot be refreshed at the moment; TypeError for an origin that may not see
   *   the token; the reason of a signal, at once; and whatever `fetch` does
   */
  fetch: Fetch
  /** An operation of the OpenAPI document, typed by it: `ask('GET', '/account/sessions')`. */
  ask: Ask
  /** Who is logged in, decoded from the access token: for showing, and for nothing else. */
  currentUser (): CurrentUser | undefined
  /**
   * @param listener hears who is current now, and why
   * @returns takes it back
   */
  onChange (listener: (user: CurrentUser | undefined, change: Change) => void): () => void
  /** Lets go of timers and channels. The session goes on. */
  close (): void
}

/**
 * A client of gatepass that keeps its session: one refresh at a time, late answers thrown away, and the session given up only when the
 * service says that it is over.
 *
 * @throws TypeError for a `baseUrl` or `origins` that are none
 */
export function createClient (options: ClientOptions): Client {
  const { baseUrl, delivery, storage, origins = [], clock = systemClock, random = Math.random } = options
  const fetch: Fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init))
  const base = parseBase(baseUrl)
  const key = `gatepass ${base.origin}${base.prefix}`
  const byCookie = delivery === 'cookie'
  const hasCookies = byCookie && (options.fetch !== undefined || keepsCookies())
  const kept = byCookie ? undefined : storage ?? createMemory()
  // Who shares the store, and nobody else: all pages the cookie, clients of one process a storage; what is kept in memory is nobody else's.
  const sharing = kept === undefined ? createSharing() : sharingOf(kept, key)
  const name = byCookie ? `${key} cookie` : key
  const isShared = hasCookies || storage !== undefined
  const locks = options.locks ?? (isShared && options.locks !== null ? findLocks() : undefined)
  const channel = options.channel ?? (isShared && options.channel !== null ? openChannel(name) ?? openLocalChannel(sharing) : undefined)
  const listeners = new Set<(user: CurrentUser | undefined, change: Change) => void>()

  const session = createSession({
    post: createPost({ base, fetch, clock, credentials: byCookie ? 'include' : 'omit' }),
    store: kept !== undefined ? createBodyStore(kept, key, clock) : hasCookies ? cookieStore : noCookies,
    withLock: createLock(sharing, name, locks, clock),
    channel,
    clock,
    random,
    onChange: tell
  })
  const stopListening = onOnline(session.hurry)
  const bearerFetch = createBearerFetch({ session, base, origins, fetch, clock, random })
  const currentUser = () => session.held()?.user

  /** What goes wrong in a listener is reported, and nothing of the session's. */
  function tell (user: CurrentUser | undefined, change: Change): void {
    for (const listener of listeners) {
      try {
        listener(user, change)
      } catch (error) {
        clock.after(0, () => { throw error })
      }
    }
  }

  return {
    async login (email, password) {
      if (byCookie && !hasCookies) {
        throw new TypeError('delivery: the fetch of this platform keeps no cookies; take "body", or give a fetch that keeps them')
      }
      return session.logIn({ email, password, delivery })
    },
    logout: session.logOut,
    async restore () {
      if (currentUser() === undefined) await session.refresh()
      return currentUser()
    },
    fetch: bearerFetch,
    ask: createAsk(bearerFetch),
    currentUser,
    onChange (listener) {
      listeners.add(listener)
      return () => { listeners.delete(listener) }
    },
    close () {
      stopListening()
      session.close()
    }
  }
}
