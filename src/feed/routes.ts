import { createHash, timingSafeEqual } from 'node:crypto'
import { Readable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { AS_OF_HEADER, readBearer, type FeedEvents, type FeedKeys } from '../contract/index.ts'
import {
  DoubledCredentialsError, InvalidTokenError, MissingTokenError, NotAcceptableError, NotReadyError, OverloadedError
} from '../errors.ts'
import { negotiate } from '../http/index.ts'
import { EventLog } from './event-log.ts'
import { feedRoute } from './schemas.ts'
import { SnapshotCache, toDocument } from './snapshot-cache.ts'
import { SseServer } from './sse-server.ts'
import { createFeedCounters, type FeedCounters } from './subscriber.ts'
import type { Revocations } from '../revocations/index.ts'

/** The signing keys as the feed publishes them. */
interface FeedKeySource {
  publishedKeys (): FeedKeys
  /** @returns unsubscribes the listener */
  onChange (listener: () => void): () => void
}

export interface RevocationFeedOptions {
  revocations: Revocations
  keys: FeedKeySource
  /** Each of these tokens gives access; without any there is no feed. */
  feedTokens: readonly string[]
  counters?: FeedCounters
  heartbeatMs?: number
  /** How much is kept for subscribers that reconnect or are behind; one that is further behind begins again with a snapshot. */
  maxBufferBytes?: number
  /** How long a subscriber may accept no data. */
  stallMs?: number
  maxSubscribers?: number
  /** Aborted when the process ends soon: streams end at once, so that subscribers connect to another instance. */
  draining?: AbortSignal
}

type FeedRequest = FastifyRequest<{ Headers: { 'last-event-id'?: string, 'if-none-match'?: string } }>

/** The first is for clients that do not say. */
const MEDIA_TYPES = ['application/json', 'text/event-stream'] as const
const UNACCEPTABLE = { path: 'accept', message: `must allow one of: ${MEDIA_TYPES.join(', ')}` }

const HEARTBEAT_MS = 3_000
const MAX_BUFFER_BYTES = 4 * 1024 * 1024
const STALL_MS = 30_000
const MAX_SUBSCRIBERS = 1_000

/** Publishes revocations and keys to other services: as a stream of events, or as one JSON document. */
export async function revocationFeed (app: FastifyInstance, options: RevocationFeedOptions): Promise<void> {
  const { revocations, keys, feedTokens, counters = createFeedCounters(), heartbeatMs = HEARTBEAT_MS, stallMs = STALL_MS } = options
  const { maxBufferBytes = MAX_BUFFER_BYTES, maxSubscribers = MAX_SUBSCRIBERS, draining } = options
  if (feedTokens.length === 0) return

  const assertFeedToken = createFeedTokenGuard(feedTokens)
  const eventLog = new EventLog({ maxBytes: maxBufferBytes })
  const snapshots = new SnapshotCache({ revocations, eventLog, keys: () => keys.publishedKeys() })
  const streams = new SseServer({ revocations, eventLog, snapshots, counters, heartbeatMs, stallMs })
  let isClosing = false

  const unsubscribeEntries = revocations.subscribe({
    revokeSession: (revoked) => publish('revoked', revoked),
    requireRefresh: (required) => publish('refresh_required', required)
  })
  const unsubscribeKeys = keys.onChange(() => publish('keys', keys.publishedKeys()))

  app.addHook('onRequest', async (request) => assertFeedToken(request))
  // No HEAD: a stream would never end for a client that asks for the header alone.
  app.get('/revocations', { schema: feedRoute, exposeHeadRoute: false }, onFollowRevocations)
  draining?.addEventListener('abort', () => streams.endAll(), { once: true })
  app.addHook('preClose', async () => {
    isClosing = true
    unsubscribeEntries()
    unsubscribeKeys()
    streams.close()
  })

  function publish<E extends keyof FeedEvents> (event: E, data: FeedEvents[E]): void {
    eventLog.append(event, data)
    streams.scheduleFlush()
  }

  async function onFollowRevocations (request: FeedRequest, reply: FastifyReply): Promise<FastifyReply> {
    reply.header('vary', [reply.getHeader('vary'), 'Accept'].flat().filter((name) => name !== undefined).join(', '))
    const type = negotiate(request.headers.accept, MEDIA_TYPES)
    if (type === undefined) throw new NotAcceptableError({ errors: [UNACCEPTABLE] })
    if (isClosing || revocations.isStale) throw new NotReadyError()
    if (type === 'application/json') return sendDocument(reply, request.headers['if-none-match'])
    if (draining?.aborted === true) throw new NotReadyError()
    if (streams.count >= maxSubscribers) throw new OverloadedError()
    startStream(reply)
    streams.open(reply.raw, request.headers['last-event-id'], request.log)
    return reply
  }

  async function sendDocument (reply: FastifyReply, ifNoneMatch: string | undefined): Promise<FastifyReply> {
    reply.header('cache-control', 'private, no-cache')
    if (ifNoneMatch !== undefined && includesTag(ifNoneMatch, eventLog.cursor)) {
      return setCursorHeaders(reply, eventLog.cursor, revocations.asOf).code(304).send()
    }
    const snapshot = await snapshots.get(({ seq }) => seq === eventLog.seq)
    // A shared snapshot may be a little older: then its own time counts.
    const asOf = snapshot.seq === eventLog.seq ? revocations.asOf ?? snapshot.asOf : snapshot.asOf
    const cursor = eventLog.toId(snapshot.seq)
    const parts = toDocument(snapshot, cursor, asOf)
    return setCursorHeaders(reply, cursor, asOf)
      .header('content-length', parts.reduce((sum, { length }) => sum + length, 0))
      .type('application/json; charset=utf-8')
      .send(Readable.from(oneEachTurn(parts), { objectMode: false }))
  }
}

/** Throws for a request that does not carry exactly one of the tokens (RFC 6750 2 and 3.1). */
function createFeedTokenGuard (tokens: readonly string[]): (request: FastifyRequest) => void {
  const known = tokens.map(toDigest)
  return (request) => {
    const credential = readBearer(request)
    if (credential === 'missing_token') throw new MissingTokenError()
    if (credential === 'doubled_credentials') throw new DoubledCredentialsError()
    const given = toDigest(credential.token)
    // Compares all tokens, each in constant time; digests have one length, whatever was sent.
    if (!known.map((token) => timingSafeEqual(token, given)).includes(true)) throw new InvalidTokenError()
  }
}

function toDigest (token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

/** Takes the reply over from Fastify; headers that were set before are sent too. */
function startStream (reply: FastifyReply): void {
  reply.hijack()
  // A silent stream is no error, and its connection is not reused.
  reply.raw.socket?.setTimeout(0)
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) reply.raw.setHeader(name, value)
  reply.raw.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    connection: 'close',
    // Without it, nginx buffers events.
    'x-accel-buffering': 'no'
  })
  reply.raw.flushHeaders()
}

/** Sets the cursor as ETag, and `as_of`. RFC 9110 8.8.1: a weak ETag, because `as_of` advances when nothing else changes. */
function setCursorHeaders (reply: FastifyReply, cursor: string, asOf: Date | undefined): FastifyReply {
  return reply.headers({ etag: `W/"${cursor}"`, ...(asOf && { [AS_OF_HEADER]: asOf.toISOString() }) })
}

/** RFC 9110 13.1.2: a list, compared weakly. */
function includesTag (ifNoneMatch: string, cursor: string): boolean {
  return ifNoneMatch.split(',').some((tag) => tag.trim().replace(/^W\//, '') === `"${cursor}"`)
}

/** A client that reads as fast as we write must not occupy the event loop until it has everything. */
async function * oneEachTurn (parts: readonly Buffer[]): AsyncGenerator<Buffer> {
  for (const part of parts) {
    yield part
    await nextTurn()
  }
}
