// A service with the feed, and its subscribers.
import { randomBytes, randomUUID } from 'node:crypto'
import { request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import type { FeedKeys, RefreshRequired, SessionRevoked } from '../../../src/contract/index.ts'
import { drain } from '../../../src/http/index.ts'
import { createFeedCounters } from '../../../src/feed/subscriber.ts'
import { revocationFeed, type RevocationFeedOptions } from '../../../src/feed/routes.ts'
import type { RevocationListener, Revocations } from '../../../src/revocations/revocations.ts'
import { createHttpApp } from '../http/http-app.ts'
import { listen } from '../../support/sockets.ts'
import { testKey } from '../../support/tokens.ts'
import { until } from '../../support/until.ts'

export const TOKEN = randomBytes(32).toString('base64url')
export const OTHER_TOKEN = randomBytes(32).toString('base64url')

/** The revocations of an instance, as a test sets them. */
export interface FakeRevocations extends Revocations, RevocationListener {
  isStale: boolean
  asOf: Date
}

export function createFakeRevocations ({ sessions = 0 }: { sessions?: number } = {}): FakeRevocations {
  const ended = new Map<string, SessionRevoked>()
  const notBefores = new Map<string, RefreshRequired>()
  const listeners = new Set<RevocationListener>()
  for (let count = 0; count < sessions; count++) {
    const sid = randomUUID()
    ended.set(sid, { sid, exp: 2_000_000_000 })
  }
  return {
    isStale: false,
    asOf: new Date('2026-01-01T00:00:00.000Z'),
    asOfAgeSeconds: 0,
    clockSkew: { seconds: 0, side: 'none' },
    notify: 'ok',
    get size () { return ended.size + notBefores.size },
    sessions: () => ended.values(),
    notBefores: () => notBefores.values(),
    subscribe (listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    subscribeWithReplay: () => () => {},
    catchUp: async () => {},
    close: async () => {},
    revokeSession (revoked) {
      ended.set(revoked.sid, revoked)
      for (const listener of listeners) listener.revokeSession(revoked)
    },
    requireRefresh (required) {
      notBefores.set(required.sub ?? '', required)
      for (const listener of listeners) listener.requireRefresh(required)
    }
  }
}

export interface TestKeys {
  publishedKeys: () => FeedKeys
  onChange (listener: () => void): () => void
  revoke (kid: string): void
}

export function createTestKeys (): TestKeys {
  const listeners = new Set<() => void>()
  const revoked: string[] = []
  return {
    publishedKeys: () => ({ jwks: { keys: [testKey] }, revoked: [...revoked] }),
    onChange (listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    revoke (kid) {
      revoked.push(kid)
      for (const listener of listeners) listener()
    }
  }
}

export const createEndedSession = (): SessionRevoked => ({ sid: randomUUID(), exp: 2_000_000_000 })

/** @returns a listening service with the feed */
export async function serveFeed (t: Test, options: Partial<RevocationFeedOptions> = {}) {
  const revocations = createFakeRevocations()
  const keys = createTestKeys()
  const counters = createFeedCounters()
  const app: FastifyInstance = await createHttpApp(t, { corsOrigins: ['https://app.example.com'] })
  await app.register(drain, { graceMs: 5_000 })
  await app.register(revocationFeed, { revocations, keys, feedTokens: [OTHER_TOKEN, TOKEN], counters, ...options })
  return { app, revocations, keys, counters, port: await listen(app) }
}

export interface FeedEvent {
  id: string
  event: string
  data: Record<string, unknown>
}

export interface Follower {
  status: number
  headers: IncomingHttpHeaders
  /** Received events, without heartbeats. */
  events: FeedEvent[]
  heartbeats: FeedEvent[]
  /** The id of the last event. */
  lastId: () => string
  /** The revoked sessions received so far. */
  sids: () => Set<unknown>
  isEnded: () => boolean
  response: IncomingMessage
  /** Waits until so many events, without heartbeats, have arrived. */
  upTo (count: number): Promise<FeedEvent[]>
  hangUp (): void
}

/** Follows the feed until the test ends. */
export async function follow (t: Test, port: number, {
  lastEventId, path = '/revocations'
}: { lastEventId?: string, path?: string } = {}): Promise<Follower> {
  const headers = {
    authorization: `Bearer ${TOKEN}`, accept: 'text/event-stream', ...(lastEventId !== undefined && { 'last-event-id': lastEventId })
  }
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, headers, agent: false }, resolve).on('error', reject).end()
  })
  t.teardown(() => { response.destroy() })
  const events: FeedEvent[] = []
  const heartbeats: FeedEvent[] = []
  let isEnded = false
  let last = ''
  let rest = ''
  response.setEncoding('utf8')
  response.on('data', (text: string) => {
    const blocks = (rest + text).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const event of blocks.map(parseEvent)) {
      last = event.id
      if (event.event === 'heartbeat') heartbeats.push(event)
      else events.push(event)
    }
  })
  response.on('error', () => {})
  response.on('close', () => { isEnded = true })
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    events,
    heartbeats,
    lastId: () => last,
    sids: () => new Set(events.flatMap(({ event, data }) => {
      if (event === 'revoked') return [data.sid]
      return Array.isArray(data.revoked) && event === 'snapshot' ? data.revoked.map((entry: SessionRevoked) => entry.sid) : []
    })),
    isEnded: () => isEnded,
    response,
    async upTo (count) {
      await until(() => events.length >= count)
      return events
    },
    hangUp: () => { response.destroy() }
  }
}

function parseEvent (block: string): FeedEvent {
  const [, id = '', event = '', data = ''] = /^id: (.*)\nevent: (.*)\ndata: (.*)$/.exec(block) ?? []
  if (event === '') throw new Error(`not an event: ${block.slice(0, 200)}`)
  return { id, event, data: JSON.parse(data) }
}
