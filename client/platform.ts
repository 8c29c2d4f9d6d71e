// What the client needs of a browser, React Native or Node, in words of its own: it is compiled without the types of any of them.

/** Time in milliseconds: a clock that never goes back for durations, the wall's for noticing that the machine slept. */
export interface Clock {
  now (): number
  wall (): number
  /** @returns takes it back */
  after (ms: number, callback: () => void): () => void
}

/** The Web Locks of pages that share a store. */
export interface Locks {
  request<T> (name: string, options: { signal: AbortSignal }, callback: () => Promise<T>): Promise<T>
}

/** Between pages that share a store; in browsers, a BroadcastChannel. */
export interface Channel {
  post (message: unknown): void
  hear (listener: (message: unknown) => void): void
  close (): void
}

export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

interface Platform {
  readonly performance: { now (): number }
  readonly location?: { readonly origin: string }
  readonly process?: { readonly versions?: { readonly node?: string } }
  readonly navigator?: { readonly locks?: Locks }
  readonly BroadcastChannel?: new (name: string) => { postMessage (message: unknown): void, onmessage: unknown, close (): void }
  readonly addEventListener?: (type: 'online', listener: () => void) => void
  readonly removeEventListener?: (type: 'online', listener: () => void) => void
}

const platform: Platform = globalThis

const LONGEST_TIMER_MS = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => platform.performance.now(),
  wall: () => Date.now(),
  after (ms, callback) {
    // What is longer than a timer can be would be at once.
    const timer: unknown = setTimeout(callback, Math.min(ms, LONGEST_TIMER_MS))
    // In Node, a session that waits for its refresh keeps no process alive.
    if (typeof timer === 'object' && timer !== null && 'unref' in timer && typeof timer.unref === 'function') timer.unref()
    return () => clearTimeout(timer as ReturnType<typeof setTimeout>)
  }
}

/** @returns whether there is a Node, which has neither the user's cookies nor other pages of the same user: its users may be many */
function isNode (): boolean {
  return platform.process?.versions?.node !== undefined
}

/** @returns of the page or worker of a browser; undefined anywhere else */
export function findOrigin (): string | undefined {
  return platform.location?.origin
}

/** @returns whether the platform's own `fetch` keeps cookies */
export function keepsCookies (): boolean {
  return !isNode() || findOrigin() !== undefined
}

/**
 * @returns undefined where there are none, as on plain http, in React Native and in older browsers, and on servers, where the name would
 *   be everybody's
 */
export function findLocks (): Locks | undefined {
  return inPage(() => platform.navigator?.locks)
}

/** @returns undefined where there is no such thing, and on servers, where the name would be everybody's */
export function openChannel (name: string): Channel | undefined {
  return inPage(() => {
    if (platform.BroadcastChannel === undefined) return undefined
    const channel = new platform.BroadcastChannel(name)
    return {
      post: (message) => channel.postMessage(message),
      hear (listener) { channel.onmessage = ({ data }: { data: unknown }) => listener(data) },
      close: () => channel.close()
    }
  })
}

/** What a browser does not let a page have, as in a sandbox or where storage is blocked, it does without. */
function inPage<T> (find: () => T | undefined): T | undefined {
  try {
    return findOrigin() === undefined || isNode() ? undefined : find()
  } catch {
    return undefined
  }
}

/** @returns stops it */
export function onOnline (listener: () => void): () => void {
  platform.addEventListener?.('online', listener)
  return () => platform.removeEventListener?.('online', listener)
}
