import { createAccountMethods, type AccountMethods } from './account.ts'
import { AccessTokens } from './access-tokens.ts'
import { parseBase } from './address.ts'
import { createBearerFetch } from './bearer-fetch.ts'
import { findPasskeys } from './browser-passkeys.ts'
import { createFactorMethods, type FactorMethods } from './factors.ts'
import { createSharedState, getSharedState, openLocalChannel } from './in-process.ts'
import { createLock } from './lock.ts'
import type { LoginMethods, LoginPath } from './login.ts'
import { PasskeyRequests } from './passkeys.ts'
import {
  findLocks, keepsCookies, onOnline, openChannel, systemClock, type Channel, type Clock, type Fetch, type Locks, type PasskeyJson,
  type Passkeys
} from './platform.ts'
import { createPost } from './post.ts'
import { parseTokenResponse } from './refresh.ts'
import { createAsk, type Ask } from './request.ts'
import { Session } from './session.ts'
import { requestStepUp, type StepUpProof } from './step-up.ts'
import { cookieStore, createBodyStore, createMemoryStorage, emptyStore, type TokenStorage } from './store.ts'
import type { Change, CurrentUser } from './tokens.ts'

export interface ClientOptions {
  /** Where gatepass is: https://auth.example.com, or https://example.com/auth-service where a proxy serves it under a path. */
  baseUrl: string
  /** How the refresh token travels: in an HttpOnly cookie, for pages; or in bodies, for apps. */
  delivery: 'cookie' | 'body'
  /**
   * Where the refresh token is stored with delivery by body; by default, in memory. Do not use sessionStorage: browsers copy it when a
   * tab is duplicated.
   */
  storage?: TokenStorage
  /** Further origins that may receive the access token: those of your APIs. */
  origins?: readonly string[]
  /** The platform's own, unless given. Null turns locks or the channel off. */
  fetch?: Fetch
  clock?: Clock
  random?: () => number
  locks?: Locks | null
  channel?: Channel | null
  /** For apps that are no pages: a library's `create` and `get`. */
  passkeys?: Passkeys
}

export interface Client extends LoginMethods, AccountMethods, FactorMethods {
  /**
   * Ends the session here, at the service and in other tabs.
   *
   * @throws UnavailableError, ProblemError: then the session has not ended, and the user should be told
   */
  logout (): Promise<void>
  /**
   * Continues the session that an earlier page or run of the app has stored, if there is one.
   *
   * @returns undefined when there is none
   * @throws UnavailableError when the service or the storage does not answer: the client tries again, and `onChange` reports the result
   */
  restore (): Promise<CurrentUser | undefined>
  /**
   * `fetch` with the access token, which is refreshed when necessary. Paths are relative to `baseUrl`.
   *
   * @throws UnavailableError when the token has expired and cannot be refreshed at the moment; StepUpNeededError when the API asks for a
   *   newer or a stronger proof of the user; TypeError for an origin that may not receive the token; the reason of an aborted signal, at
   *   once; and what `fetch` throws
   */
  fetch: Fetch
  /**
   * `fetch` with an access token for another audience of the service (AUDIENCES): the same session, and one token for each audience.
   *
   * @throws as `fetch`; ProblemError with code `invalid_target` for an audience that the service does not have
   */
  fetchFor (audience: string): Fetch
  /**
   * Proves again who the user is, after a StepUpNeededError: the next calls have an access token that says so, for five minutes at most.
   *
   * @param proof such as the password
   * @param audience of the service that asked for it; the default one, if absent
   * @throws StepUpNeededError with the `methods` of a user who has to give a second factor, too; ProblemError, with code `wrong_password`,
   *   `wrong_code`, `wrong_passkey`, `too_many_attempts` and so on; `invalid_token` when the session has ended; UnavailableError; of a
   *   passkey, what the browser throws
   */
  stepUp (proof: StepUpProof, audience?: string): Promise<void>
  /** Calls an operation of the OpenAPI document, with its types: `ask('GET', '/account/sessions')`. */
  ask: Ask
  /** The logged-in user, decoded from the access token without verification: for display only. */
  currentUser (): CurrentUser | undefined
  /**
   * @param listener is called with the new current user, and the reason
   * @returns removes the listener
   */
  onChange (listener: (user: CurrentUser | undefined, change: Change) => void): () => void
  /** Releases timers and channels. The session does not end. */
  close (): void
}

/**
 * Creates a client of gatepass that keeps its session: it refreshes one at a time, ignores late responses, and gives the session up only
 * when the service says that it has ended.
 *
 * @throws TypeError for an invalid `baseUrl` or `origins`
 */
export function createClient (options: ClientOptions): Client {
  const { baseUrl, delivery, storage, origins = [], clock = systemClock, random = Math.random } = options
  const fetch: Fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init))
  const base = parseBase(baseUrl)
  const key = `gatepass ${base.origin}${base.prefix}`
  const byCookie = delivery === 'cookie'
  const hasCookies = byCookie && (options.fetch !== undefined || keepsCookies())
  const bodyStorage = byCookie ? undefined : storage ?? createMemoryStorage()
  // Clients share state only if they share the store: all pages share the cookie, clients of one process a storage object.
  const shared = bodyStorage === undefined ? createSharedState() : getSharedState(bodyStorage, key)
  const name = byCookie ? `${key} cookie` : key
  const isShared = hasCookies || storage !== undefined
  const locks = options.locks ?? (isShared && options.locks !== null ? findLocks() : undefined)
  const channel = options.channel ?? (isShared && options.channel !== null ? openChannel(name) ?? openLocalChannel(shared) : undefined)
  const listeners = new Set<(user: CurrentUser | undefined, change: Change) => void>()

  const post = createPost({ base, fetch, clock, credentials: byCookie ? 'include' : 'omit' })
  const session = new Session({
    post,
    store: bodyStorage !== undefined ? createBodyStore(bodyStorage, key, clock) : hasCookies ? cookieStore : emptyStore,
    withLock: createLock(shared, name, locks, clock),
    channel,
    clock,
    random,
    onChange: notifyListeners
  })
  const passkeys = new PasskeyRequests({ passkeys: options.passkeys ?? findPasskeys(), post, clock })
  const stopListening = onOnline(() => session.refreshNow())
  // Kept, because what is known of an API's 401s must not be forgotten between two requests.
  const audiences = new Map<string | undefined, { accessTokens: AccessTokens, fetch: Fetch }>()
  const bearerFetch = findAudience().fetch
  const currentUser = () => session.tokens?.user

  function findAudience (audience?: string): { accessTokens: AccessTokens, fetch: Fetch } {
    const known = audiences.get(audience)
    if (known !== undefined) return known
    const accessTokens = new AccessTokens(session, audience, clock)
    const found = { accessTokens, fetch: createBearerFetch({ accessTokens, base, origins, fetch, clock, random }) }
    audiences.set(audience, found)
    return found
  }

  /** An error of a listener is reported as uncaught, and does not disturb the session. */
  function notifyListeners (user: CurrentUser | undefined, change: Change): void {
    for (const listener of listeners) {
      try {
        listener(user, change)
      } catch (error) {
        clock.after(0, () => { throw error })
      }
    }
  }

  async function logIn (path: LoginPath, body: object): Promise<CurrentUser> {
    if (byCookie && !hasCookies) {
      throw new TypeError('delivery: the fetch of this platform keeps no cookies; use "body", or pass a fetch that keeps them')
    }
    const user = await session.logIn(path, { ...body, delivery })
    passkeys.abort()
    return user
  }

  return {
    login: (email, password) => logIn('/auth/login', { email, password }),
    async secondFactor ({ challenge, ...given }) {
      const { totp, recoveryCode, passkey }: { totp?: string, recoveryCode?: string, passkey?: PasskeyJson } = given
      // A credential has a response; options ask for one.
      const credential = passkey === undefined || 'response' in passkey ? passkey : await passkeys.get(passkey)
      return logIn('/auth/login/second-factor', { challenge, totp, recovery_code: recoveryCode, passkey: credential })
    },
    loginWithPasskey: (options = {}) => passkeys.logIn(options, (credential) => logIn('/auth/passkeys/login', { credential })),
    logout: () => session.logOut(),
    async restore () {
      if (currentUser() === undefined) await session.refresh()
      return currentUser()
    },
    fetch: bearerFetch,
    fetchFor: (audience) => findAudience(audience).fetch,
    async stepUp (proof, audience) {
      // A lost response loses nothing: the session and its refresh token stay as they are.
      const response = await requestStepUp({ post, passkeys, fetch: bearerFetch }, proof, audience)
      findAudience(audience).accessTokens.stepUp(parseTokenResponse(response, audience))
    },
    ...createAccountMethods({ post, session, fetch: bearerFetch }),
    ...createFactorMethods({ post, passkeys, bearerFetch, fetch }),
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
