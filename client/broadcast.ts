import { isObject } from './errors.ts'
import type { Channel, Clock } from './platform.ts'
import { parseTokens, type Tokens } from './tokens.ts'

/** What pages that share a store send each other. */
export type Message =
  | { kind: 'tokens', isLogin: boolean, tokens: Tokens }
  | { kind: 'ended', sessionId: string, isLogout: boolean }

export interface Broadcast {
  send (message: Message): void
  close (): void
}

/**
 * Sends and receives messages over a channel. A channel that throws is closed: the session works without one.
 *
 * @param channel between the pages; without one, nothing is sent or received
 * @param clock converts times of one page into those of another, by the wall clock that they share
 * @param onMessage handles what the other pages send
 */
export function createBroadcast (channel: Channel | undefined, clock: Clock, onMessage: (message: Message) => void): Broadcast {
  let open = channel
  ignoreErrors(() => channel?.onMessage((data) => {
    const message = parse(data)
    if (message !== undefined) onMessage(message)
  }))

  return {
    send: (message) => ignoreErrors(() => open?.post(message.kind === 'ended' ? message : format(message))),
    close () {
      ignoreErrors(() => open?.close())
      // A closed BroadcastChannel throws when something is posted.
      open = undefined
    }
  }

  function ignoreErrors (work: () => void): void {
    try {
      work()
    } catch {
      open = undefined
    }
  }

  /** Without the refresh token: the other pages do not need it. */
  function format ({ isLogin, tokens: { accessToken, user, lifetimeSeconds, requestedAt } }: Extract<Message, { kind: 'tokens' }>) {
    const requestedAtWall = clock.wall() - (clock.now() - requestedAt)
    return { kind: 'tokens', isLogin, requestedAtWall, access_token: accessToken, session_id: user.sessionId, expires_in: lifetimeSeconds }
  }

  function parse (data: unknown): Message | undefined {
    if (!isObject(data)) return undefined
    const { kind, isLogin, isLogout, requestedAtWall, sessionId } = data
    if (kind === 'ended' && typeof sessionId === 'string') return { kind, sessionId, isLogout: isLogout === true }
    if (kind !== 'tokens' || typeof requestedAtWall !== 'number') return undefined
    const ageMs = Math.max(0, clock.wall() - requestedAtWall)
    try {
      return { kind, isLogin: isLogin === true, tokens: parseTokens(data, clock.now() - ageMs) }
    } catch {
      return undefined
    }
  }
}
