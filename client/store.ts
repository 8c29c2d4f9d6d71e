import { isObject, StorageError, UnavailableError } from './errors.ts'
import { inTime } from './in-time.ts'
import type { Clock } from './platform.ts'
import type { Identity, Tokens } from './tokens.ts'

/** Where a refresh token is kept when it does not travel in the cookie: localStorage, or React Native's AsyncStorage, as they are. */
export interface TokenStorage {
  getItem (key: string): string | null | Promise<string | null>
  setItem (key: string, value: string): unknown
  removeItem (key: string): unknown
}

/** What to send with a refresh, and whose session it is, where that is known. */
export interface Presented {
  refreshToken: string | undefined
  owner: Identity | undefined
}

/** The one place where a session lives between refreshes. */
export interface Store {
  /**
   * Asked before every attempt: somebody else may have written.
   *
   * @throws UnavailableError
   */
  read (): Promise<Presented | undefined>
  /** @throws StorageError */
  write (tokens: Tokens): Promise<void>
  /** @throws whatever the storage does */
  clear (): Promise<void>
}

const BY_COOKIE: Presented = { refreshToken: undefined, owner: undefined }

/** A storage that has said nothing for so long has failed. */
const TIMEOUT_MS = 4000
/** As long as the service takes one. */
const MAX_TOKEN_LENGTH = 4096

/** The browser's own cookies: nothing can be read, and everything is done by the answers. */
export const cookieStore: Store = {
  read: async () => BY_COOKIE,
  async write () {},
  async clear () {}
}

/** Where no cookies are kept, none is found. */
export const noCookies: Store = { ...cookieStore, read: async () => undefined }

/**
 * @param storage where
 * @param key under which name
 * @param clock bounds the wait for a storage that hangs
 */
export function createBodyStore (storage: TokenStorage, key: string, clock: Clock): Store {
  return {
    async read () {
      try {
        return parse(await inTime(clock, TIMEOUT_MS, () => storage.getItem(key)))
      } catch (cause) {
        throw new UnavailableError({ cause, reason: 'The storage of the session cannot be read at the moment' })
      }
    },
    async write ({ refreshToken, user: { id, sessionId } }) {
      if (refreshToken === undefined) throw new TypeError('the answer holds no refresh token')
      try {
        await inTime(clock, TIMEOUT_MS, () => storage.setItem(key, JSON.stringify({ refreshToken, id, sessionId })))
      } catch (cause) {
        throw new StorageError(cause)
      }
    },
    async clear () {
      await inTime(clock, TIMEOUT_MS, () => storage.removeItem(key))
    }
  }
}

/** A storage that ends with the page, and is nobody else's. */
export function createMemory (): TokenStorage {
  const items = new Map<string, string>()
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => items.set(key, value),
    removeItem: (key) => items.delete(key)
  }
}

/** What somebody else has written there is nothing. */
function parse (text: string | null): Presented | undefined {
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
