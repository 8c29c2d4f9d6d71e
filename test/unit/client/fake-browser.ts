// A browser with several tabs, on a simulated network and a fake clock. Tabs share cookie, storage, locks and channel as in a real one.
import {
  createClient, type Channel, type Client, type ClientOptions, type CurrentUser, type Fetch, type Locks, type TokenStorage
} from '../../../client/index.ts'
import { createFakeService, type FakeService } from './fake-service.ts'
import { createFakeMachine, type FakeMachine } from './fake-machine.ts'

/** What happens to one request: how long it and its response travel, and which of them is lost. */
export interface NetworkConditions {
  requestMs: number
  responseMs: number
  lost?: 'request' | 'response' | undefined
  /** Lost without an error, rather than with a reset. */
  silently?: boolean
  /** The machine's network is down. */
  offline?: boolean
}

export interface Tab {
  readonly client: Client
  /** The arguments of every call of the `onChange` listener. */
  readonly changes: Array<[user: CurrentUser | undefined, change: string]>
  /** Closes the page, with its timers and open requests. */
  close (): void
}

export interface Browser {
  readonly time: FakeMachine
  readonly service: FakeService
  readonly storage: Map<string, string>
  /** The value of the refresh cookie. */
  cookie (): string | undefined
  /** Called before each request. */
  conditions: (path: string) => NetworkConditions
  open (options?: Partial<ClientOptions>): Tab
}

export interface BrowserOptions {
  delivery: 'cookie' | 'body'
  hasLocks?: boolean
  hasChannel?: boolean
  random?: () => number
  time?: FakeMachine
  service?: FakeService
}

const GOOD: NetworkConditions = { requestMs: 20, responseMs: 20 }

export function createBrowser (options: BrowserOptions): Browser {
  const { delivery, hasLocks = true, hasChannel = true, random = Math.random, time = createFakeMachine() } = options
  const { service = createFakeService(() => time.now()) } = options
  const storage = new Map<string, string>()
  const hub = new Set<(message: unknown) => void>()
  const locks = createLocks()
  let cookie: string | undefined

  const browser: Browser = {
    time,
    service,
    storage,
    cookie: () => cookie,
    conditions: () => GOOD,
    open
  }
  return browser

  function open (overrides: Partial<ClientOptions> = {}): Tab {
    let isOpen = true
    const tabLocks = locks.forTab()
    const channel = openChannel()
    const ifOpen = <A extends unknown[]>(callback: (...parameters: A) => void) => (...parameters: A) => {
      if (isOpen) {
        callback(
          ...parameters
        )
      }
    }
    const client = createClient({
      baseUrl: 'https://auth.example.com',
      delivery,
      ...(delivery === 'body' && { storage: toTokenStorage(storage) }),
      clock: { ...time.clock, after: (ms, callback) => time.clock.after(ms, ifOpen(callback)) },
      random,
      locks: hasLocks ? tabLocks.locks : null,
      channel: hasChannel ? channel : null,
      fetch: (input, init) => exchange(input, init, () => isOpen),
      ...overrides
    })
    const changes: Tab['changes'] = []
    client.onChange((user, change) => changes.push([user, change]))
    return {
      client,
      changes,
      close () {
        isOpen = false
        client.close()
        tabLocks.release()
        channel.close()
      }
    }
  }

  /** One request and its response; for a closed page, it never settles. */
  function exchange (input: Parameters<Fetch>[0], init: RequestInit | undefined, isOpen: () => boolean): Promise<Response> {
    return new Promise((resolve, reject) => {
      const request = new Request(input, init)
      const { requestMs, responseMs, lost, silently = false, offline = false } = browser.conditions(new URL(request.url).pathname)
      let isSettled = false
      const fail = (reason: Error) => {
        if (!isSettled && isOpen()) reject(reason)
        isSettled = true
      }
      const failUnlessSilent = () => { if (!silently) time.after(responseMs, () => fail(new TypeError('Failed to fetch'))) }
      request.signal.addEventListener('abort', () => fail(new DOMException('aborted', 'AbortError')))
      if (request.signal.aborted) {
        fail(new DOMException('aborted', 'AbortError'))
        return
      }
      if (offline) {
        fail(new TypeError('Failed to fetch'))
        return
      }
      // Headers and cookie are those at the time of sending.
      const sent = request.headers.get('authorization') ?? undefined
      const sentCookie = delivery === 'cookie' && request.credentials !== 'omit' ? cookie : undefined
      if (lost === 'request') {
        failUnlessSilent()
        return
      }
      time.after(requestMs, async () => {
        if (isSettled) return
        const body = await request.text()
        const { method, url } = request
        const { pathname: path } = new URL(url)
        const reply = service.handle({ method, path, body: body === '' ? {} : JSON.parse(body), authorization: sent, cookie: sentCookie })
        if (lost === 'response') {
          failUnlessSilent()
          return
        }
        time.after(responseMs, () => {
          if (isSettled || !isOpen()) return
          isSettled = true
          if (reply.setCookie !== undefined && request.credentials !== 'omit') cookie = reply.setCookie === '' ? undefined : reply.setCookie
          const text = reply.body === undefined ? null : typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body)
          resolve(new Response(text, { status: reply.status, headers: { 'content-type': 'application/json', ...reply.headers } }))
        })
      }, { onMachine: false })
    })
  }

  function openChannel (): Channel {
    let listener: (message: unknown) => void = () => {}
    const receive = (message: unknown) => listener(message)
    hub.add(receive)
    return {
      post (message) {
        const sent = structuredClone(message)
        for (const other of hub) if (other !== receive) time.after(1, () => { if (hub.has(other)) other(sent) })
      },
      onMessage (next) { listener = next },
      close () { hub.delete(receive) }
    }
  }

  function createLocks () {
    interface Waiting { start (): void, tab: object }
    let holder: Waiting | undefined
    let queue: Waiting[] = []
    const next = () => {
      holder = queue.shift()
      holder?.start()
    }
    return {
      forTab () {
        const tab = {}
        const request: Locks['request'] = (_name, { signal }, callback) => new Promise((resolve, reject) => {
          const waiting: Waiting = {
            tab,
            start () {
              callback().then(resolve, reject).finally(() => { if (holder === waiting) next() })
            }
          }
          signal.addEventListener('abort', () => {
            if (!queue.includes(waiting)) return
            queue = queue.filter((other) => other !== waiting)
            reject(new DOMException('aborted', 'AbortError'))
          })
          queue.push(waiting)
          if (holder === undefined) next()
        })
        const locks: Locks = { request }
        return {
          locks,
          /** As the browser does when a page is closed. */
          release () {
            queue = queue.filter((waiting) => waiting.tab !== tab)
            if (holder?.tab === tab) next()
          }
        }
      }
    }
  }
}

/** A browser with one tab that is logged in. */
export async function createLoggedIn (options: Partial<BrowserOptions> = {}): Promise<{ browser: Browser, tab: Tab }> {
  const browser = createBrowser({ delivery: 'body', random: () => 0.5, ...options })
  const tab = browser.open()
  await during(browser, tab.client.login('ada@example.com', 'right'), 100)
  return { browser, tab }
}

/** Advances the clock, and returns the result of a promise that has settled by then. */
export async function during<T> (browser: Browser, promise: Promise<T>, ms = 1000): Promise<T> {
  promise.catch(() => {})
  await browser.time.pass(ms)
  return Promise.race([promise, Promise.resolve().then(() => { throw new Error('it has not settled yet') })])
}

/** A map as the `storage` of a client. */
export function toTokenStorage (items: Map<string, string>): TokenStorage {
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => items.set(key, value),
    removeItem: (key) => items.delete(key)
  }
}
