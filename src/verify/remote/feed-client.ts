import type { IncomingMessage } from 'node:http'
import { AS_OF_HEADER } from '../../contract/index.ts'
import { backoffMs, pause, type Time } from '../time.ts'
import type { FeedAge, FeedReader } from './feed-reader.ts'
import type { IssuerClient } from './issuer-client.ts'
import { IssuerError, toIssuerError } from './issuer-error.ts'
import type { EdgeLog } from './log.ts'
import { createSseParser, type ServerSentEvent } from './sse-parser.ts'

interface FeedClientOptions {
  client: Pick<IssuerClient, 'openFeed' | 'fetchFeed'>
  /** A feed token of the issuer. */
  token: string
  reader: FeedReader
  age: FeedAge
  time: Time
  log: EdgeLog
  /** Called after each message. */
  onUpdate: () => void
  /** Stops the client. */
  signal: AbortSignal
}

const RETRY = { firstMs: 1000, maxMs: 10_000 }
const MAX_RETRY_AFTER_MS = 30_000
const POLL_MS = 5000
/** A stream that ends sooner counts as failed. */
const STEADY_MS = 5000
const STREAM_ATTEMPTS = 3
const STREAM_AGAIN_MS = 60_000
/** An instance whose `as_of` is older has lost its database: the client reconnects, possibly to another instance. */
const MAX_AS_OF_AGE_MS = 15_000

/** Follows the feed as a stream. Where streams fail, for example because of a proxy, it polls the document. */
export class FeedClient {
  readonly #options: FeedClientOptions
  #failure: string | undefined
  #streamFailures = 0
  #streamAgainAt = 0
  #pollFailures = 0
  #etag: string | undefined

  constructor (options: FeedClientOptions) {
    this.#options = options
  }

  /** Why the feed cannot be read at the moment; undefined if it can. */
  get failure (): string | undefined { return this.#failure }

  start (): void {
    const { log } = this.#options
    this.#run().catch((error: unknown) => log.warn({ event: 'edge_feed_stopped', err: error }, 'reading the revocation feed has stopped'))
  }

  async #run (): Promise<void> {
    const { time, signal } = this.#options
    while (!signal.aborted) {
      const shouldStream = this.#streamFailures < STREAM_ATTEMPTS || time.elapsed() >= this.#streamAgainAt
      await pause(time, shouldStream ? await this.#stream() : await this.#poll(), signal)
    }
  }

  /** @returns the delay before the next attempt, after the stream has ended; never rejects */
  async #stream (): Promise<number> {
    const { client, reader, age, time } = this.#options
    const openedAt = time.elapsed()
    let received = false
    const onEvent = (event: ServerSentEvent) => {
      reader.onEvent(event)
      if (reader.cursor === undefined) return
      received = true
      this.#onSuccess()
      if ((age.ageMs ?? 0) > MAX_AS_OF_AGE_MS) throw new IssuerError('the feed comes from an instance that has lost its database')
    }
    try {
      const { cursor } = reader
      const response = await client.openFeed({
        ...this.#authorization,
        accept: 'text/event-stream',
        'cache-control': 'no-cache',
        ...(cursor !== undefined && { 'last-event-id': cursor })
      })
      age.reset()
      return await readFeedStream(response, { time, onEvent })
    } catch (error) {
      const isSteady = received && time.elapsed() - openedAt >= STEADY_MS
      if (!isSteady || !(error instanceof FeedEndedError)) this.#onFailure(error)
      this.#streamFailures = isSteady ? 0 : this.#streamFailures + 1
      if (this.#streamFailures >= STREAM_ATTEMPTS) this.#streamAgainAt = time.elapsed() + STREAM_AGAIN_MS
      return isSteady ? Math.random() * RETRY.firstMs : toRetryMs(error, this.#streamFailures)
    }
  }

  /** @returns the delay before the next attempt; never rejects */
  async #poll (): Promise<number> {
    const { client, reader } = this.#options
    try {
      const etag = this.#etag
      const { headers, body } = await client.fetchFeed({
        ...this.#authorization, accept: 'application/json', ...(etag !== undefined && { 'if-none-match': etag })
      })
      if (body === undefined) reader.onNotModified(headers[AS_OF_HEADER])
      else reader.onDocument(body)
      this.#etag = headers.etag
      this.#onSuccess()
      // The cause of failed polls is gone, and may have been that of failed streams: try a stream at once.
      if (this.#pollFailures > 0) this.#streamAgainAt = 0
      this.#pollFailures = 0
      return this.#streamAgainAt === 0 ? 0 : POLL_MS * (0.8 + Math.random() * 0.4)
    } catch (error) {
      this.#etag = undefined
      this.#onFailure(error)
      return toRetryMs(error, ++this.#pollFailures)
    }
  }

  get #authorization (): { authorization: string } { return { authorization: `Bearer ${this.#options.token}` } }

  #onSuccess (): void {
    const { onUpdate, log } = this.#options
    onUpdate()
    if (this.#failure === undefined) return
    this.#failure = undefined
    log.info({ event: 'edge_feed_restored' }, 'the revocation feed can be read again')
  }

  #onFailure (error: unknown): void {
    const { signal, log } = this.#options
    if (signal.aborted) return
    const message = error instanceof Error ? error.message : String(error)
    if (this.#failure === undefined) log.warn({ event: 'edge_feed_failed', err: error }, 'the revocation feed cannot be read')
    this.#failure = message
  }
}

/** The issuer has ended the stream in order, as before a restart: another instance has it. */
class FeedEndedError extends IssuerError {}

function toRetryMs (error: unknown, failures: number): number {
  const requestedMs = error instanceof IssuerError ? (error.retryAfterSeconds ?? 0) * 1000 : 0
  return Math.max(backoffMs(failures, RETRY), Math.min(requestedMs, MAX_RETRY_AFTER_MS))
}

interface StreamOptions {
  onEvent: (event: ServerSentEvent) => void
  time: Time
}

/** Several heartbeats. A dead connection is silent too. */
const MAX_SILENCE_MS = 10_000
// A snapshot is sent in smaller parts.
const MAX_EVENT_LENGTH = 8 * 1024 * 1024
/** How much is read in one turn of the event loop: some thousand entries of a snapshot. Node itself would read megabytes. */
const TURN_BYTES = 64 * 1024
const EVENT_STREAM_TYPE = /^text\/event-stream(?=;|\s|$)/i

/**
 * Reads the feed as a stream until it ends. The socket does not keep the process alive.
 *
 * @param response its header has arrived
 * @returns never resolves; rejects with an IssuerError when the stream ends, is silent for too long, or is invalid
 */
export function readFeedStream (response: IncomingMessage, { onEvent, time }: StreamOptions): Promise<never> {
  return new Promise((_resolve, reject) => {
    const push = createSseParser({ maxLength: MAX_EVENT_LENGTH, onEvent })
    let cancelWatchdog = startWatchdog()
    let bytesInTurn = 0
    response.socket.unref()
    response.on('data', onData)
    response.on('error', onEnd)
    response.on('close', () => onEnd(new FeedEndedError('the feed has ended')))
    if (!EVENT_STREAM_TYPE.test(response.headers['content-type'] ?? '')) onEnd(new IssuerError('the feed is no event stream'))

    function onData (chunk: Buffer): void {
      cancelWatchdog()
      cancelWatchdog = startWatchdog()
      try {
        push(chunk)
      } catch (error) {
        return onEnd(error)
      }
      bytesInTurn += chunk.length
      if (bytesInTurn < TURN_BYTES) return
      bytesInTurn = 0
      response.pause()
      setImmediate(() => response.resume())
    }

    function startWatchdog (): () => void {
      return time.after(MAX_SILENCE_MS, () => onEnd(new IssuerError(`the feed was silent for ${MAX_SILENCE_MS} ms`)))
    }

    function onEnd (error: unknown): void {
      cancelWatchdog()
      response.destroy()
      const isInvalid = error instanceof TypeError || error instanceof SyntaxError
      reject(isInvalid ? new IssuerError(`the feed is invalid: ${error.message}`, { cause: error }) : toIssuerError(error, 'the feed'))
    }
  })
}
