// A browser with tabs on a bad network, in time that passes when told to. What tabs share they share as in a real one.
import { createClient, type Channel, type Client, type ClientOptions, type CurrentUser, type Fetch, type Locks } from '../../../client/index.ts'
import { createFakeService, type FakeService } from './fake-service.ts'
import { createTime, type Time } from './time.ts'

/** What becomes of one exchange: how long each way takes in milliseconds, and what is lost. */
export interface Weather {
  there: number
  back: number
  lost?: 'question' | 'answer' | undefined
  /** Lost without a word, rather than with a reset. */
  silently?: boolean
  /** The machine's network is down. */
  offline?: boolean
}

export interface Tab {
  readonly client: Client
  /** What `onChange` has told. */
  readonly changes: Array<[user: CurrentUser | undefined, change: string]>
  /** The page is gone, with all that it was about to do. */
  close (): void
}

export interface Browser {
  readonly time: Time
  readonly service: FakeService
  readonly storage: Map<string, string>
  /** The value of the one cookie there is. */
  cookie (): string | undefined
  /** Asked before each exchange. */
  weather: (path: string) => Weather
  open (options?: Partial<ClientOptions>): Tab
}

export interface BrowserOptions {
  delivery: 'cookie' | 'body'
  hasLocks?: boolean
  hasChannel?: boolean
  random?: () => number
  time?: Time
  service?: FakeService
}

const GOOD: Weather = { there: 20, back: 20 }

export function createBrowser ({ delivery, hasLocks = true, hasChannel = true, random = Math.random, time = createTime(), service = createFakeService(() => time.now()) }: BrowserOptions): Browser {
  const storage = new Map<string, string>()
  const hub = new Set<(message: unknown) => void>()
  const locks = createLocks()
  let cookie: string | undefined

  const browser: Browser = {
    time,
    service,
    storage,
    cookie: () => cookie,
    weather: () => GOOD,
    open
  }
  return browser

  function open (overrides: Partial<ClientOptions> = {}): Tab {
    let isOpen = true
    const held = locks.forTab()
    const channel = openChannel()
    const whileOpen = <A extends unknown[]>(callback: (...parameters: A) => void) => (...parameters: A) => { if (isOpen) callback(...parameters) }
    const client = createClient({
      baseUrl: 'https://auth.example.com',
      delivery,
      ...(delivery === 'body' && { storage: { getItem: (key) => storage.get(key) ?? null, setItem: (key, value) => storage.set(key, value), removeItem: (key) => storage.delete(key) } }),
      clock: { ...time.clock, after: (ms, callback) => time.clock.after(ms, whileOpen(callback)) },
      random,
      locks: hasLocks ? held.locks : null,
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
        held.release()
        channel.close()
      }
    }
  }

  /** One question and its answer; for a page that is gone, it never ends. */
  function exchange (input: Parameters<Fetch>[0], init: RequestInit | undefined, isOpen: () => boolean): Promise<Response> {
    return new Promise((resolve, reject) => {
      const request = new Request(input, init)
      const { there, back, lost, silently = false, offline = false } = browser.weather(new URL(request.url).pathname)
      let isOver = false
      const fail = (reason: Error) => {
        if (!isOver && isOpen()) reject(reason)
        isOver = true
      }
      const failUnlessSilent = () => { if (!silently) time.after(back, () => fail(new TypeError('Failed to fetch'))) }
      request.signal.addEventListener('abort', () => fail(new DOMException('aborted', 'AbortError')))
      if (request.signal.aborted) {
        fail(new DOMException('aborted', 'AbortError'))
        return
      }
      if (offline) {
        fail(new TypeError('Failed to fetch'))
        return
      }
      // Headers are of the moment at which the question is sent.
      const sent = request.headers.get('authorization') ?? undefined
      const sentCookie = delivery === 'cookie' ? cookie : undefined
      if (lost === 'question') {
        failUnlessSilent()
        return
      }
      time.after(there, async () => {
        if (isOver) return
        const body = await request.text()
        const reply = service.handle({ method: request.method, path: new URL(request.url).pathname, body: body === '' ? {} : JSON.parse(body), authorization: sent, cookie: sentCookie })
        if (lost === 'answer') {
          failUnlessSilent()
          return
        }
        time.after(back, () => {
          if (isOver || !isOpen()) return
          isOver = true
          if (reply.setCookie !== undefined) cookie = reply.setCookie === '' ? undefined : reply.setCookie
          const text = reply.body === undefined ? null : typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body)
          resolve(new Response(text, { status: reply.status, headers: { 'content-type': 'application/json', ...reply.headers } }))
        })
      }, { onMachine: false })
    })
  }

  function openChannel (): Channel {
    let listener: (message: unknown) => void = () => {}
    const hear = (message: unknown) => listener(message)
    hub.add(hear)
    return {
      post (message) {
        const sent = structuredClone(message)
        for (const other of hub) if (other !== hear) time.after(1, () => { if (hub.has(other)) other(sent) })
      },
      hear (next) { listener = next },
      close () { hub.delete(hear) }
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
        const request = <T>(_name: string, { signal }: { signal: AbortSignal }, callback: () => Promise<T>): Promise<T> => new Promise((resolve, reject) => {
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
          /** As the browser does when a page is gone. */
          release () {
            queue = queue.filter((waiting) => waiting.tab !== tab)
            if (holder?.tab === tab) next()
          }
        }
      }
    }
  }
}
