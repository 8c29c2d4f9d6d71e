import { isObject, StorageError, UnavailableError } from './errors.ts'
import type { Clock } from './platform.ts'
import { withTimeout } from './timeout.ts'
import type { Identity, Tokens } from './tokens.ts'

/** Stores a refresh token that does not travel in the cookie; localStorage and React Native's AsyncStorage have this interface. */
export interface TokenStorage {
  getItem (key: string): string | null | Promise<string | null>
  setItem (key: string, value: string): unknown
  removeItem (key: string): unknown
}

/** The refresh token to send, and whose session it is. Both are undefined with cookies, which a script cannot read. */
export interface StoredSession {
  refreshToken: string | undefined
  owner: Identity | undefined
}

/** Keeps the session between refreshes. */
export interface Store {
  /**
   * Called before every attempt, because another tab may have written.
   *
   * @throws UnavailableError
   */
  read (): Promise<StoredSession | undefined>
  /** @throws StorageError */
  write (tokens: Tokens): Promise<void>
  /** @throws what the storage throws */
  clear (): Promise<void>
}

const COOKIE_SESSION: StoredSession = { refreshToken: undefined, owner: undefined }

/** A storage that takes longer has failed. */
const TIMEOUT_MS = 4000
/** The service accepts no longer one. */
const MAX_TOKEN_LENGTH = 4096

/** The browser's cookies: scripts cannot read them, and the service's responses set them. */
export const cookieStore: Store = {
  read: async () => COOKIE_SESSION,
  async write () {},
  async clear () {}
}

/** For a platform that keeps no cookies. */
export const emptyStore: Store = { ...cookieStore, read: async () => undefined }

/**
 * @param storage of the app
 * @param key of the item
 * @param clock bounds the wait for a storage that hangs
 */
export function createBodyStore (storage: TokenStorage, key: string, clock: Clock): Store {
  return {
    async read () {
      try {
        return parse(await withTimeout(clock, TIMEOUT_MS, () => storage.getItem(key)))
      } catch (cause) {
        throw new UnavailableError({ cause, reason: 'The storage of the session cannot be read at the moment' })
      }
    },
    async write ({ refreshToken, user: { id, sessionId } }) {
      if (refreshToken === undefined) throw new TypeError('the response has no refresh token')
      try {
        await withTimeout(clock, TIMEOUT_MS, () => storage.setItem(key, JSON.stringify({ refreshToken, id, sessionId })))
      } catch (cause) {
        throw new StorageError(cause)
      }
    },
    async clear () {
      await withTimeout(clock, TIMEOUT_MS, () => storage.removeItem(key))
    }
  }
}

/** A storage in memory: it ends with the page, and no other client shares it. */
export function createMemoryStorage (): TokenStorage {
  const items = new Map<string, string>()
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => items.set(key, value),
    removeItem: (key) => items.delete(key)
  }
}

/** @returns undefined for an item that this client has not written */
function parse (text: string | null): StoredSession | undefined {
  if (text === null) return undefined
  try {
    const value: unknown = JSON.parse(text)
    const { refreshToken, id, sessionId } = isObject(value) ? value : {}
    if (typeof refreshToken !== 'string' || typeof id !== 'string' || typeof sessionId !== 'string') return undefined
    if (refreshToken === '' || refreshToken.length > MAX_TOKEN_LENGTH) return undefined
    return { refreshToken, owner: { id, sessionId } }
  } catch {
    return undefined
  }
}
