import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { FeedKeys } from '../contract/index.ts'
import { NotReadyError, OverloadedError } from '../errors.ts'
import { createSseServer, createFeedCounters, type FeedCounters } from './sse-server.ts'
import { createDocumentReply } from './document.ts'
import { feedRoute } from './schemas.ts'
import { createFeedGuard } from './feed-token.ts'
import { createEventLog } from './event-log.ts'
import { createSnapshotCache } from './snapshot-cache.ts'
import type { Revocations } from '../revocations/index.ts'

/** The keys as edges must know them. */
export interface FeedKeySource {
  state (): FeedKeys
  /** @returns what stops it */
  onChange (listener: () => void): () => void
}

export interface RevocationFeedOptions {
  revocations: Revocations
  keys: FeedKeySource
  /** One of them opens the feed; without any there is none. */
  feedTokens: readonly string[]
  /** Is told numbers. */
  counters?: FeedCounters
  heartbeatMs?: number
  /** How much is kept for subscribers that come back or are behind; who needs more begins again with a snapshot. */
  maxBufferBytes?: number
  /** How long a subscriber may take nothing of what it is sent. */
  stallMs?: number
  maxSubscribers?: number
}

type FeedRequest = FastifyRequest<{ Headers: { 'last-event-id'?: string, 'if-none-match'?: string } }>

const HEARTBEAT_MS = 3_000
const MAX_BUFFER_BYTES = 4 * 1024 * 1024
const STALL_MS = 30_000
const MAX_SUBSCRIBERS = 1_000

/** Tells other services what must no longer be accepted: a stream of events, or all of it as JSON. */
export async function revocationFeed (app: FastifyInstance, options: RevocationFeedOptions): Promise<void> {
  const { revocations, keys, feedTokens, counters = createFeedCounters(), heartbeatMs = HEARTBEAT_MS, stallMs = STALL_MS } = options
  const { maxBufferBytes: maxBytes = MAX_BUFFER_BYTES, maxSubscribers = MAX_SUBSCRIBERS } = options
  if (feedTokens.length === 0) return

  const assertFeedToken = createFeedGuard(feedTokens)
  const eventLog = createEventLog({ maxBytes })
  const snapshots = createSnapshotCache({ revocations, eventLog, keys: () => keys.state() })
  const streams = createSseServer({ revocations, eventLog, snapshots, counters, heartbeatMs, stallMs })
  const replyWithDocument = createDocumentReply({ revocations, eventLog, snapshots })
  let isClosing = false

  const append: typeof eventLog.append = (event, data) => {
    eventLog.append(event, data)
    streams.scheduleFlush()
  }
  const forgetEntries = revocations.subscribe({
    revokeSession: (revoked) => append('revoked', revoked),
    requireRefresh: (required) => append('refresh_required', required)
  })
  const forgetKeys = keys.onChange(() => append('keys', keys.state()))

  app.addHook('onRequest', async (request) => assertFeedToken(request))
  // A stream would never end for one who asked for a header alone.
  app.get('/revocations', { schema: feedRoute, exposeHeadRoute: false }, onFollow)
  app.addHook('preClose', async () => {
    isClosing = true
    forgetEntries()
    forgetKeys()
    streams.close()
  })

  async function onFollow (request: FeedRequest, reply: FastifyReply): Promise<FastifyReply> {
    if (isClosing || revocations.isStale) throw new NotReadyError()
    reply.header('vary', [reply.getHeader('vary'), 'Accept'].flat().filter((name) => name !== undefined).join(', '))
    if (!wantsStream(request)) return replyWithDocument(reply, request.headers['if-none-match'])
    if (streams.count >= maxSubscribers) throw new OverloadedError()
    beginStream(reply)
    streams.open(reply.raw, request.headers['last-event-id'], request.log)
    return reply
  }
}

function wantsStream ({ headers: { accept = '' } }: FeedRequest): boolean {
  return accept.split(',').some((range) => range.split(';', 1)[0]?.trim().toLowerCase() === 'text/event-stream')
}

/** From here on the reply is ours; what others have put into its header stays. */
function beginStream (reply: FastifyReply): void {
  reply.hijack()
  // Silence is no fault of it, and nobody else will use its connection.
  reply.raw.socket?.setTimeout(0)
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) reply.raw.setHeader(name, value)
  reply.raw.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    connection: 'close',
    // nginx would hold events back.
    'x-accel-buffering': 'no'
  })
  reply.raw.flushHeaders()
}
