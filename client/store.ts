import { isObject } from './errors.ts'
import { type Identity, type Tokens } from './tokens.ts'

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
  /** Asked before every attempt: somebody else may have written. */
  read (): Promise<Presented | undefined>
  write (tokens: Tokens): Promise<void>
  clear (): Promise<void>
}

const BY_COOKIE: Presented = { refreshToken: undefined, owner: undefined }

/** The browser's own cookies: nothing can be read, and everything is done by the answers. */
export const cookieStore: Store = {
  read: async () => BY_COOKIE,
  async write () {},
  async clear () {}
}

/**
 * @param storage where
 * @param key under which name
 */
export function createBodyStore (storage: TokenStorage, key: string): Store {
  return {
    async read () {
      return parse(await storage.getItem(key))
    },
    async write ({ refreshToken, user: { id, sessionId } }) {
      if (refreshToken === undefined) throw new TypeError('the answer holds no refresh token')
      await storage.setItem(key, JSON.stringify({ refreshToken, id, sessionId }))
    },
    async clear () {
      await storage.removeItem(key)
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

function parse (text: string | null): Presented | undefined {
  if (text === null) return undefined
  try {
    const value: unknown = JSON.parse(text)
    const { refreshToken, id, sessionId } = isObject(value) ? value : {}
    if (typeof refreshToken !== 'string' || typeof id !== 'string' || typeof sessionId !== 'string') return undefined
    return { refreshToken, owner: { id, sessionId } }
  } catch {
    return undefined
  }
}
