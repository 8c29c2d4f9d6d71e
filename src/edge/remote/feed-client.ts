import { AS_OF_HEADER } from '../../contract/index.ts'
import type { EdgeLog } from './edge-log.ts'
import type { FeedAge } from './feed-age.ts'
import type { FeedReader } from './feed-reader.ts'
import { readFeedStream } from './feed-stream.ts'
import type { IssuerClient } from './issuer-client.ts'
import { IssuerError } from './issuer-http.ts'
import { backoffMs, pause, type Time } from '../../verify/index.ts'

/** Follows the feed: as a stream, or, where streams do not come through, by asking every few seconds. */
export interface FeedClient {
  start (): void
  /** Why nothing comes in at the moment; undefined where it does. */
  readonly failure: string | undefined
}

export interface FeedClientOptions {
  client: Pick<IssuerClient, 'openFeed' | 'fetchFeed'>
  /** A feed token of the issuer. */
  token: string
  reader: FeedReader
  age: FeedAge
  time: Time
  log: EdgeLog
  /** Called whenever something has come in. */
  onUpdate: () => void
  /** Ends it. */
  signal: AbortSignal
}

const RETRY = { firstMs: 1000, maxMs: 10_000 }
const MAX_RETRY_AFTER_MS = 30_000
const POLL_MS = 5000
/** A stream that ends earlier has failed. */
const STEADY_MS = 5000
const STREAM_ATTEMPTS = 3
const STREAM_AGAIN_MS = 60_000
/** An instance that has heard nothing from its database for so long is left for another. */
const MAX_BLIND_MS = 15_000

export function createFeedClient ({ client, token, reader, age, time, log, onUpdate, signal }: FeedClientOptions): FeedClient {
  const authorization = `Bearer ${token}`
  let failure: string | undefined
  let streamFailures = 0
  let streamAgainAt = 0
  let pollFailures = 0
  let etag: string | undefined
  return { start, get failure () { return failure } }

  function start (): void {
    run().catch((error: unknown) => log.warn({ err: error }, 'the revocation feed is not read any more'))
  }

  async function run (): Promise<void> {
    while (!signal.aborted) {
      const streaming = streamFailures < STREAM_ATTEMPTS || time.elapsed() >= streamAgainAt
      await pause(time, streaming ? await stream() : await poll(), signal)
    }
  }

  /** @returns how long to wait before the next attempt, when the stream has ended; never rejects */
  async function stream (): Promise<number> {
    const openedAt = time.elapsed()
    let heard = false
    try {
      const place = reader.cursor
      const answer = await client.openFeed({ authorization, accept: 'text/event-stream', 'cache-control': 'no-cache', ...(place !== undefined && { 'last-event-id': place }) })
      age.reset()
      return await readFeedStream(answer, { time, onEvent })
    } catch (error) {
      onFailure(error)
      const steady = heard && time.elapsed() - openedAt >= STEADY_MS
      streamFailures = steady ? 0 : streamFailures + 1
      if (streamFailures >= STREAM_ATTEMPTS) streamAgainAt = time.elapsed() + STREAM_AGAIN_MS
      return steady ? Math.random() * RETRY.firstMs : retryMs(error, streamFailures)
    }

    function onEvent (event: Parameters<FeedReader['onEvent']>[0]): void {
      reader.onEvent(event)
      if (reader.cursor === undefined) return
      heard = true
      onSuccess()
      if ((age.ageMs ?? 0) > MAX_BLIND_MS) throw new IssuerError('the feed comes from an instance that does not see its database')
    }
  }

  /** @returns how long to wait before the next attempt; never rejects */
  async function poll (): Promise<number> {
    try {
      const { headers, body } = await client.fetchFeed({ authorization, accept: 'application/json', ...(etag !== undefined && { 'if-none-match': etag }) })
      if (body === undefined) reader.onUnchanged(headers[AS_OF_HEADER])
      else reader.onDocument(body)
      etag = headers.etag
      onSuccess()
      // What kept polls from coming through is over, and may have been what kept streams from it.
      if (pollFailures > 0) streamAgainAt = 0
      pollFailures = 0
      return streamAgainAt === 0 ? 0 : POLL_MS * (0.8 + Math.random() * 0.4)
    } catch (error) {
      etag = undefined
      onFailure(error)
      return retryMs(error, ++pollFailures)
    }
  }

  function onSuccess (): void {
    onUpdate()
    if (failure === undefined) return
    failure = undefined
    log.info({}, 'the revocation feed is read again')
  }

  function onFailure (error: unknown): void {
    if (signal.aborted) return
    if (failure === undefined) log.warn({ err: error }, `the revocation feed cannot be read: ${messageOf(error)}`)
    failure = messageOf(error)
  }
}

function retryMs (error: unknown, failures: number): number {
  const asked = error instanceof IssuerError ? (error.retryAfterSeconds ?? 0) * 1000 : 0
  return Math.max(backoffMs(failures, RETRY), Math.min(asked, MAX_RETRY_AFTER_MS))
}

function messageOf (error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
