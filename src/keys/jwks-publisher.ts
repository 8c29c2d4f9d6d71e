import { createHash } from 'node:crypto'
import type { FeedKeys, PublicJwk } from '../contract/index.ts'
import type { StoredKey } from './key-rows.ts'
import { publishedKeysAt } from './schedule.ts'

/** What the world is told of the keys. */
export interface Published {
  readonly state: FeedKeys
  /** The JWKS (RFC 7517 5) as it is sent. */
  readonly body: string
  /** RFC 9110 8.8.3: a strong one. */
  readonly etag: string
}

/**
 * Writes down what is to be told, once for all who ask.
 *
 * @param keys the timetable
 * @param revoked every kid that is known to have been revoked
 * @param now the database's time
 */
export function publish (keys: readonly StoredKey[], revoked: ReadonlySet<string>, now: number): Published {
  const trusted = publishedKeysAt(keys, now).filter(({ kid }) => !revoked.has(kid))
  const jwks: { keys: PublicJwk[] } = { keys: trusted.map(({ publicJwk }) => publicJwk) }
  const body = JSON.stringify(jwks)
  return { state: { jwks, revoked: [...revoked] }, body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` }
}

/** What is published now, and who wants to know when that changes. */
export interface Noticeboard {
  readonly current: Published
  /** Puts something up; those who listen are told if it is new. */
  post (published: Published): void
  /** @returns what stops it */
  onChange (listener: (state: FeedKeys) => void): () => void
}

interface NoticeboardLog {
  info (details: object, sentence: string): void
  error (details: object, sentence: string): void
}

export function createNoticeboard (log: NoticeboardLog): Noticeboard {
  const listeners = new Set<(state: FeedKeys) => void>()
  let current = publish([], new Set(), 0)
  return {
    get current () { return current },
    post (published) {
      if (isSame(published, current)) return
      current = published
      const { jwks, revoked } = published.state
      log.info({ kids: jwks.keys.map(({ kid }) => kid), revoked }, 'the published keys have changed')
      for (const listener of listeners) tell(listener)
    },
    onChange (listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    }
  }

  function tell (listener: (state: FeedKeys) => void): void {
    try {
      listener(current.state)
    } catch (error) {
      log.error({ err: error }, 'a change of the keys could not be handed on')
    }
  }
}

function isSame (a: Published, b: Published): boolean {
  return a.etag === b.etag && a.state.revoked.length === b.state.revoked.length
}
