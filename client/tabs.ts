import { isObject } from './errors.ts'
import type { Channel, Clock } from './platform.ts'
import { parseTokens, type Tokens } from './tokens.ts'

/** What pages that share a store tell each other. */
export type News =
  | { kind: 'tokens', isLogin: boolean, tokens: Tokens }
  | { kind: 'over', sessionId: string, isLogout: boolean }

export interface Tabs {
  tell (news: News): void
  close (): void
}

/**
 * A channel that throws is done without: nothing of the session's hangs on it.
 *
 * @param channel between the pages; without one, nobody is told and nothing is heard
 * @param clock turns times of one page into those of another, by the wall clock that they share
 * @param onNews hears what the other pages tell
 */
export function createTabs (channel: Channel | undefined, clock: Clock, onNews: (news: News) => void): Tabs {
  let open = channel
  use(() => channel?.hear((message) => {
    const news = parse(message)
    if (news !== undefined) onNews(news)
  }))

  return {
    tell: (news) => use(() => open?.post(news.kind === 'over' ? news : format(news))),
    // What is still on its way has nobody to tell then: a closed channel takes nothing.
    close () {
      use(() => open?.close())
      open = undefined
    }
  }

  function use (work: () => void): void {
    try {
      work()
    } catch {
      open = undefined
    }
  }

  /** Nobody but this page needs the refresh token. */
  function format ({ isLogin, tokens: { accessToken, user, lifetimeSeconds, askedAt } }: Extract<News, { kind: 'tokens' }>) {
    const askedAtWall = clock.wall() - (clock.now() - askedAt)
    return { kind: 'tokens', isLogin, askedAtWall, access_token: accessToken, session_id: user.sessionId, expires_in: lifetimeSeconds }
  }

  function parse (message: unknown): News | undefined {
    if (!isObject(message)) return undefined
    const { kind, isLogin, isLogout, askedAtWall, sessionId } = message
    if (kind === 'over' && typeof sessionId === 'string') return { kind, sessionId, isLogout: isLogout === true }
    if (kind !== 'tokens' || typeof askedAtWall !== 'number') return undefined
    const age = Math.max(0, clock.wall() - askedAtWall)
    try {
      return { kind, isLogin: isLogin === true, tokens: parseTokens(message, clock.now() - age) }
    } catch {
      return undefined
    }
  }
}
