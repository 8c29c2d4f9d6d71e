// What the client needs of a browser, React Native or Node. The types are declared here, because none of the platforms' own are loaded.

/** Time in milliseconds: `now` is a monotonic clock for durations; `wall` is the wall clock, which shows that the machine has slept. */
export interface Clock {
  now (): number
  wall (): number
  /** @returns cancels the timer */
  after (ms: number, callback: () => void): () => void
}

/** The Web Locks of pages that share a store. */
export interface Locks {
  request<T> (name: string, options: { signal: AbortSignal }, callback: () => Promise<T>): Promise<T>
}

/** Carries messages between pages that share a store; in browsers, a BroadcastChannel. */
export interface Channel {
  post (message: unknown): void
  onMessage (listener: (message: unknown) => void): void
  close (): void
}

/** JSON of WebAuthn: options (5.4, 5.5) or a credential (5.1). */
export type PasskeyJson = Readonly<Record<string, unknown>>

/** Makes and uses passkeys; in browsers, `navigator.credentials`. Options and credentials are JSON, as libraries for apps have them. */
export interface Passkeys {
  create (options: PasskeyJson, settings: { signal: AbortSignal }): Promise<PasskeyJson>
  get (options: PasskeyJson, settings: { signal: AbortSignal, mediation?: 'conditional' }): Promise<PasskeyJson>
  /** Tells the browser or the app of the passwords that a passkey is of no account any more (WebAuthn 5.1.10.3). */
  signalUnknownCredential? (signalled: { rpId: string, credentialId: string }): Promise<unknown>
  /** Tells it which passkeys of a user there are (WebAuthn 5.1.10.4). */
  signalAllAcceptedCredentials? (signalled: { rpId: string, userId: string, allAcceptedCredentialIds: string[] }): Promise<unknown>
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

const MAX_TIMER_MS = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => platform.performance.now(),
  wall: () => Date.now(),
  after (ms, callback) {
    // A longer timer would fire at once.
    const timer: unknown = setTimeout(callback, Math.min(ms, MAX_TIMER_MS))
    // In Node, a scheduled refresh must not keep the process alive.
    if (typeof timer === 'object' && timer !== null && 'unref' in timer && typeof timer.unref === 'function') timer.unref()
    return () => clearTimeout(timer as ReturnType<typeof setTimeout>)
  }
}

/** Node has neither the user's cookies nor other pages of the same user: one process may serve many users. */
function isNode (): boolean {
  return platform.process?.versions?.node !== undefined
}

/** @returns the origin of a browser's page or worker; undefined anywhere else */
export function findOrigin (): string | undefined {
  return platform.location?.origin
}

/** @returns whether the platform's own `fetch` keeps cookies */
export function keepsCookies (): boolean {
  return !isNode() || findOrigin() !== undefined
}

/**
 * @returns undefined where there are none: on plain http, in React Native and in older browsers; and on servers, where one lock name would
 *   be shared by all users
 */
export function findLocks (): Locks | undefined {
  return inBrowserPage(() => platform.navigator?.locks)
}

/** @returns undefined where there is no BroadcastChannel, and on servers, where one channel name would be shared by all users */
export function openChannel (name: string): Channel | undefined {
  return inBrowserPage(() => {
    if (platform.BroadcastChannel === undefined) return undefined
    const channel = new platform.BroadcastChannel(name)
    return {
      post: (message) => channel.postMessage(message),
      onMessage (listener) { channel.onmessage = ({ data }: { data: unknown }) => listener(data) },
      close: () => channel.close()
    }
  })
}

/** Undefined where the browser throws, as in a sandboxed frame or where storage is blocked. */
function inBrowserPage<T> (find: () => T | undefined): T | undefined {
  try {
    return findOrigin() === undefined || isNode() ? undefined : find()
  } catch {
    return undefined
  }
}

/** @returns removes the listener */
export function onOnline (listener: () => void): () => void {
  platform.addEventListener?.('online', listener)
  return () => platform.removeEventListener?.('online', listener)
}
