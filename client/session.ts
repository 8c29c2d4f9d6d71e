import type { WithLock } from './lock.ts'
import { parseLoginResponse, type LoginPath } from './login.ts'
import { readForLogout, requestLogout } from './logout.ts'
import { Messages, type SessionAccess } from './messages.ts'
import type { Channel, Clock } from './platform.ts'
import type { Post } from './post.ts'
import { createRefresh, type RefreshFailure, type RefreshOnce } from './refresh.ts'
import { RefreshScheduler } from './refresh-scheduler.ts'
import type { Store } from './store.ts'
import { findChange, isSameSession, timeAtFraction, type Change, type CurrentUser, type Identity, type Tokens } from './tokens.ts'

export interface SessionOptions {
  post: Post
  store: Store
  withLock: WithLock
  channel: Channel | undefined
  clock: Clock
  random: () => number
  onChange: (user: CurrentUser | undefined, change: Change) => void
}

// A token is refreshed at a random moment between these fractions of its lifetime, so that nobody can predict when.
const EARLIEST_FRACTION = 0.5
const LATEST_FRACTION = 0.9

/** The session of one page: its tokens, and how they are kept fresh. */
export class Session {
  readonly #post: Post
  readonly #store: Store
  readonly #withLock: WithLock
  readonly #clock: Clock
  readonly #random: () => number
  readonly #onChange: SessionOptions['onChange']
  readonly #messages: Messages
  readonly #scheduler: RefreshScheduler
  readonly #refreshOnce: RefreshOnce
  #tokens: Tokens | undefined
  #hasEnded = false
  /** Counts sessions: the result of a request that began in an earlier one is ignored. */
  #epoch = 0
  #refreshing: Promise<void> | undefined

  constructor ({ post, store, withLock, channel, clock, random, onChange }: SessionOptions) {
    this.#post = post
    this.#store = store
    this.#withLock = withLock
    this.#clock = clock
    this.#random = random
    this.#onChange = onChange
    const session: SessionAccess = {
      findTokens: () => this.#tokens,
      hasEnded: () => this.#hasEnded,
      epoch: () => this.#epoch,
      startSession: (tokens) => this.#startSession(tokens),
      setTokens: (tokens) => this.#setTokens(tokens, 'restored'),
      endSession: (change) => this.#endSession(change)
    }
    this.#messages = new Messages({ channel, clock, store, session })
    this.#scheduler = new RefreshScheduler({ clock, random, refresh: () => { this.refresh().catch(() => {}) } })
    this.#refreshOnce = createRefresh({ post, store, scheduler: this.#scheduler })
  }

  /** The newest tokens; they may have expired while the service was unavailable. */
  get tokens (): Tokens | undefined {
    return this.#tokens
  }

  /** True when there is certainly no session; otherwise a refresh may find one. */
  get hasEnded (): boolean {
    return this.#hasEnded
  }

  /** @throws UnavailableError when the service or the storage does not answer; the session is kept */
  refresh (): Promise<void> {
    const before = this.#tokens
    const epoch = this.#epoch
    this.#refreshing ??= this.#withLock(async () => {
      await this.#messages.handled
      // Another client or tab may have refreshed meanwhile; its tokens count unless they are old.
      const isRenewed = this.#tokens !== before && this.#tokens !== undefined && this.#clock.now() < timeAtFraction(
        this.#tokens, LATEST_FRACTION
      )
      if (this.#epoch === epoch && !isRenewed) await this.#attemptRefresh()
    }).finally(() => { this.#refreshing = undefined })
    return this.#refreshing
  }

  /**
   * Gets an access token for another audience. Soon after a refresh, the service hands out the same refresh token again.
   *
   * @returns undefined when there is no session
   * @throws UnavailableError; ProblemError with code `invalid_target` for an audience that the service does not have
   */
  async refreshFor (audience: string): Promise<Tokens | undefined> {
    if (this.#tokens === undefined) await this.refresh()
    return this.#withLock(async () => {
      await this.#messages.handled
      let tokens: Tokens | undefined
      // Again, if another session has begun meanwhile.
      while (tokens === undefined && this.#tokens !== undefined) tokens = await this.#exchange(audience)
      // The current user is what the session's own token says.
      if (tokens !== undefined && this.#tokens !== undefined && findChange(this.#tokens.user, tokens.user) !== undefined) {
        this.refresh().catch(() => {})
      }
      return tokens
    })
  }

  /** Repeats a failed refresh at once: the network is back. */
  refreshNow (): void {
    this.#scheduler.refreshNow()
  }

  /**
   * @param path of the way to log in
   * @throws SecondFactorNeededError, EnrolmentNeededError, ProblemError, UnavailableError, StorageError
   */
  logIn (path: LoginPath, body: object): Promise<CurrentUser> {
    return this.#withLock(async () => {
      const tokens = parseLoginResponse(await this.#post(path, body))
      try {
        await this.#store.write(tokens)
      } catch (error) {
        // A session that is not stored would be lost.
        await requestLogout(this.#post, { refreshToken: tokens.refreshToken, owner: tokens.user }).catch(() => {})
        throw error
      }
      this.#startSession(tokens)
      this.#messages.send({ kind: 'tokens', isLogin: true, tokens })
      return tokens.user
    })
  }

  /** @throws ProblemError, UnavailableError: then the session has not ended */
  logOut (): Promise<void> {
    return this.#withLock(async () => {
      const stored = await readForLogout(this.#store, this.#tokens)
      if (stored !== undefined) await requestLogout(this.#post, stored)
      await this.#endHere(this.#tokens?.user.sessionId ?? stored?.owner?.sessionId)
    })
  }

  /** Ends a session whose user was deleted. A session that has begun meanwhile, here or in the store, stays. */
  endDeleted (owner: Identity): Promise<void> {
    return this.#withLock(async () => {
      await this.#messages.handled
      const stored = await this.#store.read().catch(() => undefined)
      if (this.#tokens !== undefined && !isSameSession(this.#tokens.user, owner)) return
      if (stored?.owner !== undefined && !isSameSession(stored.owner, owner)) return this.#endSession('replaced')
      // For the cookie, which no script can remove.
      if (stored !== undefined) await requestLogout(this.#post, stored).catch(() => {})
      await this.#endHere(owner.sessionId)
    })
  }

  close (): void {
    this.#scheduler.close()
    this.#messages.close()
  }

  async #endHere (sessionId: string | undefined): Promise<void> {
    // A token that cannot be removed now is rejected when it is used again.
    await this.#store.clear().catch(() => {})
    this.#endSession('logout')
    if (sessionId !== undefined) this.#messages.send({ kind: 'ended', sessionId, isLogout: true })
  }

  async #attemptRefresh (): Promise<void> {
    const tokens = await this.#exchange()
    if (tokens === undefined) return
    this.#setTokens(tokens, 'restored')
    this.#messages.send({ kind: 'tokens', isLogin: false, tokens })
  }

  /** @returns undefined when the session has ended, or another one has begun meanwhile */
  async #exchange (audience?: string): Promise<Tokens | undefined> {
    const epoch = this.#epoch
    const result = await this.#refreshOnce(() => this.#tokens?.user, audience)
    if (epoch !== this.#epoch) return undefined
    if (typeof result === 'string') {
      await this.#onRefreshFailure(result)
      return undefined
    }
    // A failed write is like a lost response, from which the service recovers.
    await this.#store.write(result).catch(() => {})
    return epoch === this.#epoch ? result : undefined
  }

  async #onRefreshFailure (failure: RefreshFailure): Promise<void> {
    if (failure === 'replaced') return this.#endSession('replaced')
    if (failure === 'ended') await this.#store.clear().catch(() => {})
    const sessionId = this.#tokens?.user.sessionId
    this.#endSession(sessionId === undefined ? 'none' : 'ended')
    if (sessionId !== undefined) this.#messages.send({ kind: 'ended', sessionId, isLogout: false })
  }

  #startSession (tokens: Tokens): void {
    this.#epoch++
    this.#setTokens(tokens, 'login')
  }

  #setTokens (tokens: Tokens, change: Change): void {
    const before = this.#tokens?.user
    this.#tokens = tokens
    this.#hasEnded = false
    this.#scheduler.schedule(timeAtFraction(tokens, EARLIEST_FRACTION + this.#random() * (LATEST_FRACTION - EARLIEST_FRACTION)))
    const found = before === undefined || !isSameSession(before, tokens.user) ? change : findChange(before, tokens.user)
    if (found !== undefined) this.#onChange(tokens.user, found)
  }

  #endSession (change: Change): void {
    if (this.#hasEnded) return
    this.#epoch++
    this.#tokens = undefined
    this.#hasEnded = true
    this.#scheduler.stop()
    this.#onChange(undefined, change)
  }
}
