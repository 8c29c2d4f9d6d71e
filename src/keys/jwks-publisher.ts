import { createHash } from 'node:crypto'
import type { FeedKeys, PublicJwk } from '../contract/index.ts'
import { publishedKeysAt } from './schedule.ts'
import type { KeyringState, StoredKey } from './store.ts'

/** What is published about the keys, serialized once for all requests. */
interface PublishedKeys {
  readonly state: FeedKeys
  /** The JWKS (RFC 7517 5) as it is sent. */
  readonly body: string
  /** A strong ETag (RFC 9110 8.8.3). */
  readonly etag: string
}

export interface PublisherLog {
  info (details: object, sentence: string): void
  error (details: object, sentence: string): void
}

/**
 * @param keys the schedule
 * @param revoked every kid that was ever revoked
 * @param now the database's time
 */
export function toPublishedKeys (keys: readonly StoredKey[], revoked: ReadonlySet<string>, now: number): PublishedKeys {
  const trusted = publishedKeysAt(keys, now).filter(({ kid }) => !revoked.has(kid))
  const jwks: { keys: PublicJwk[] } = { keys: trusted.map(({ publicJwk }) => publicJwk) }
  const body = JSON.stringify(jwks)
  return { state: { jwks, revoked: [...revoked] }, body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` }
}

/** The kids that must never be trusted again. None is ever removed. */
export class RevokedKids {
  /** All that were ever trusted here. */
  readonly #trusted = new Set<string>()
  readonly #kids = new Set<string>()

  get kids (): ReadonlySet<string> {
    return this.#kids
  }

  /** A rejected row revokes only a key that was trusted before, so that forged rows cannot fill the list, which edges keep for ever. */
  addFrom ({ keys, rejected }: KeyringState): void {
    for (const { kid, revokedAt } of keys) (revokedAt === undefined ? this.#trusted : this.#kids).add(kid)
    for (const { kid, isRevoked } of rejected) if (isRevoked && this.#trusted.has(kid)) this.#kids.add(kid)
  }
}

/** Holds the published keys, and notifies listeners of a change. */
export class JwksPublisher {
  readonly #log: PublisherLog
  readonly #listeners = new Set<(state: FeedKeys) => void>()
  #current = toPublishedKeys([], new Set(), 0)

  constructor (log: PublisherLog) {
    this.#log = log
  }

  get current (): PublishedKeys {
    return this.#current
  }

  update (published: PublishedKeys): void {
    if (isSame(published, this.#current)) return
    this.#current = published
    const { jwks, revoked } = published.state
    this.#log.info({ event: 'published_keys_changed', kids: jwks.keys.map(({ kid }) => kid), revoked }, 'the published keys have changed')
    for (const listener of this.#listeners) this.#notify(listener)
  }

  /** @returns a function that removes the listener */
  onChange (listener: (state: FeedKeys) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #notify (listener: (state: FeedKeys) => void): void {
    try {
      listener(this.#current.state)
    } catch (error) {
      this.#log.error({ event: 'key_listener_failed', err: error }, 'a listener for changes of the published keys failed')
    }
  }
}

function isSame (a: PublishedKeys, b: PublishedKeys): boolean {
  return a.etag === b.etag && a.state.revoked.length === b.state.revoked.length
}
