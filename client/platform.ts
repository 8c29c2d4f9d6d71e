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
  readonly navigator?: { readonly locks?: Locks }
  readonly BroadcastChannel?: new (name: string) => { postMessage (message: unknown): void, onmessage: unknown, close (): void, unref? (): unknown }
  readonly addEventListener?: (type: 'online', listener: () => void) => void
  readonly removeEventListener?: (type: 'online', listener: () => void) => void
}

const platform: Platform = globalThis

export const systemClock: Clock = {
  now: () => platform.performance.now(),
  wall: () => Date.now(),
  after (ms, callback) {
    const timer: unknown = setTimeout(callback, ms)
    // In Node, a session that waits for its refresh keeps no process alive.
    if (typeof timer === 'object' && timer !== null && 'unref' in timer && typeof timer.unref === 'function') timer.unref()
    return () => clearTimeout(timer as ReturnType<typeof setTimeout>)
  }
}

/** @returns undefined where there are none: on plain http, in React Native, in older browsers */
export function findLocks (): Locks | undefined {
  return platform.navigator?.locks
}

/** @returns undefined where there is no such thing */
export function openChannel (name: string): Channel | undefined {
  if (platform.BroadcastChannel === undefined) return undefined
  const channel = new platform.BroadcastChannel(name)
  return {
    post: (message) => channel.postMessage(message),
    hear (listener) {
      channel.onmessage = ({ data }: { data: unknown }) => listener(data)
      channel.unref?.()
    },
    close: () => channel.close()
  }
}

/** @returns stops it */
export function onOnline (listener: () => void): () => void {
  platform.addEventListener?.('online', listener)
  return () => platform.removeEventListener?.('online', listener)
}
