import { toError } from './errors.ts'
import type { Channel, Clock } from './platform.ts'
import type { Post } from './post.ts'
import { createRefresh, toBody, tokensIn, type Loss } from './refresh.ts'
import { createRetry } from './retry.ts'
import type { Presented, Store } from './store.ts'
import { createTabs, type News } from './tabs.ts'
import { isSameSession, type CurrentUser, type Identity, type Tokens } from './tokens.ts'
import type { WithLock } from './lock.ts'

/**
 * Why another user is current, or nobody: a login; a session found again after a reload; another role; a logout; a session ended
 * by the service; none was there to go on with; or the store has come to hold somebody else's session.
 */
export type Change = 'login' | 'restored' | 'role' | 'logout' | 'ended' | 'none' | 'replaced'

export interface SessionParts {
  post: Post
  store: Store
  withLock: WithLock
  channel: Channel | undefined
  clock: Clock
  random: () => number
  onChange: (user: CurrentUser | undefined, change: Change) => void
}

/** The session of one page: what it holds, and how that is kept fresh. */
export interface Session {
  /** What was brought last; it may have expired while the service could not be asked. */
  held (): Tokens | undefined
  /** Whether it is known that there is no session; otherwise one may be found by a refresh. */
  isOver (): boolean
  logIn (body: object): Promise<CurrentUser>
  logOut (): Promise<void>
  /** @throws UnavailableError when it cannot be told whether the session goes on: it is kept */
  refresh (): Promise<void>
  /** Tries at once what has failed before: the network is back. */
  hurry (): void
  close (): void
}

// The life of an access token in which it is refreshed, at random, so that nobody can tell when.
const FROM = 0.5
const TO = 0.9

export function createSession ({ post, store, withLock, channel, clock, random, onChange }: SessionParts): Session {
  /** One after the other, in the order in which it was told. */
  let heard = Promise.resolve()
  const tabs = createTabs(channel, clock, (news) => { heard = heard.then(() => hear(news)) })
  const retry = createRetry({ clock, random, again: () => { refresh().catch(() => {}) } })
  const refreshOnce = createRefresh({ post, store, retry })
  let held: Tokens | undefined
  let isOver = false
  /** Counts the sessions: what was asked for in an earlier one is not for this one. */
  let era = 0
  let refreshing: Promise<void> | undefined

  function refresh (): Promise<void> {
    const before = held
    const asked = era
    refreshing ??= withLock(async () => {
      await heard
      // Somebody else may have been quicker, here or in another tab; unless what was told is old.
      const isRenewed = held !== undefined && held !== before && clock.now() < held.askedAt + held.lifetimeSeconds * 1000 * TO
      if (era === asked && !isRenewed) await attempt()
    }).finally(() => { refreshing = undefined })
    return refreshing
  }

  async function attempt (): Promise<void> {
    const asked = era
    const brought = await refreshOnce(() => held?.user)
    if (asked !== era) return
    if (typeof brought === 'string') return lose(brought)
    // One that cannot be written is like an answer that was lost, and the service gets over those.
    await store.write(brought).catch(() => {})
    if (asked !== era) return
    adopt(brought, 'restored')
    tabs.tell({ kind: 'tokens', isLogin: false, tokens: brought })
  }

  async function lose (loss: Loss): Promise<void> {
    if (loss === 'replaced') return end('replaced')
    if (loss === 'refused') await forget()
    const sessionId = held?.user.sessionId
    end(sessionId === undefined ? 'none' : 'ended')
    if (sessionId !== undefined) tabs.tell({ kind: 'over', sessionId, isLogout: false })
  }

  /** What cannot be removed is refused when it is tried again. */
  async function forget (): Promise<void> {
    await store.clear().catch(() => {})
  }

  function adopt (tokens: Tokens, change: Change): void {
    const was = held?.user
    held = tokens
    isOver = false
    const fraction = FROM + random() * (TO - FROM)
    retry.plan(tokens.askedAt + tokens.lifetimeSeconds * 1000 * fraction)
    if (was === undefined || !isSameSession(was, tokens.user)) onChange(tokens.user, change)
    else if (was.role !== tokens.user.role) onChange(tokens.user, 'role')
  }

  function begin (tokens: Tokens): void {
    era++
    adopt(tokens, 'login')
  }

  function end (change: Change): void {
    if (isOver) return
    era++
    held = undefined
    isOver = true
    retry.stop()
    onChange(undefined, change)
  }

  async function hear (news: News): Promise<void> {
    if (news.kind === 'over') {
      if (news.sessionId === held?.user.sessionId) end(news.isLogout ? 'logout' : 'ended')
      return
    }
    const { isLogin, tokens } = news
    const isKnown = () => held !== undefined && isSameSession(held.user, tokens.user)
    const isWanted = () => isKnown() ? tokens.issuedAt >= (held?.issuedAt ?? 0) : isLogin || (held === undefined && !isOver)
    // Whoever has the channel may have another store: what is not in this one is somebody else's.
    if (!isWanted() || !await isStored(tokens.user) || !isWanted()) return
    if (isLogin && !isKnown()) begin(tokens)
    else adopt(tokens, 'restored')
  }

  async function isStored (user: Identity): Promise<boolean> {
    const asked = era
    const stored = await store.read().catch(() => undefined)
    if (asked !== era) return isStored(user)
    return stored !== undefined && (stored.owner === undefined || isSameSession(stored.owner, user))
  }

  return {
    held: () => held,
    isOver: () => isOver,
    refresh,
    logIn: (body) => withLock(async () => {
      const tokens = tokensIn(await post('/auth/login', body))
      try {
        await store.write(tokens)
      } catch (error) {
        // Nobody would hold it.
        await askToEnd({ refreshToken: tokens.refreshToken, owner: tokens.user }).catch(() => {})
        throw error
      }
      begin(tokens)
      tabs.tell({ kind: 'tokens', isLogin: true, tokens })
      return tokens.user
    }),
    logOut: () => withLock(async () => {
      const presented = await readToEnd()
      if (presented !== undefined) await askToEnd(presented)
      await forget()
      const sessionId = held?.user.sessionId ?? presented?.owner?.sessionId
      end('logout')
      if (sessionId !== undefined) tabs.tell({ kind: 'over', sessionId, isLogout: true })
    }),
    hurry: retry.hurry,
    close () {
      retry.close()
      tabs.close()
    }
  }

  /** Any token of the session ends it: where the storage cannot be read, the one that was brought last. */
  async function readToEnd (): Promise<Presented | undefined> {
    try {
      return await store.read()
    } catch (error) {
      if (held?.refreshToken === undefined) throw error
      return { refreshToken: held.refreshToken, owner: held.user }
    }
  }

  async function askToEnd (presented: Presented): Promise<void> {
    const { status, body, retryAfterSeconds } = await post('/auth/logout', toBody(presented))
    if (status !== 204) throw toError(status, body, retryAfterSeconds)
  }
}
