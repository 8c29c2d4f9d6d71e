import type { ServerResponse } from 'node:http'
import type { FastifyBaseLogger } from 'fastify'
import { formatEvent, type EventLog } from './event-log.ts'
import { toSnapshotEvents, type SnapshotCache } from './snapshot-cache.ts'
import { createFairScheduler, Subscriber, type FeedCounters } from './subscriber.ts'
import type { Revocations } from '../revocations/index.ts'

interface SseServerOptions {
  revocations: Pick<Revocations, 'asOf' | 'isStale'>
  eventLog: EventLog
  snapshots: SnapshotCache
  counters: FeedCounters
  heartbeatMs: number
  stallMs: number
}

/** All streams of the feed. */
export class SseServer {
  readonly #options: SseServerOptions
  readonly #subscribers = new Set<Subscriber>()
  readonly #schedule = createFairScheduler()
  readonly #timer: NodeJS.Timeout
  #isFlushScheduled = false

  constructor (options: SseServerOptions) {
    this.#options = options
    this.#timer = setInterval(() => this.#sendHeartbeats(), options.heartbeatMs).unref()
  }

  /** Open streams. */
  get count (): number { return this.#subscribers.size }

  /**
   * Opens a stream.
   *
   * @param response its header has been sent
   * @param lastEventId the last event that the subscriber received; without it, or if it is too old, the stream begins with a snapshot
   */
  open (response: ServerResponse, lastEventId: string | undefined, log: FastifyBaseLogger): void {
    const { eventLog, counters, stallMs } = this.#options
    const subscriber = new Subscriber({
      response,
      eventLog,
      counters,
      schedule: this.#schedule,
      stallMs,
      onDisconnect: (reason) => log.warn({ event: 'feed_subscriber_dropped', reason }, 'disconnected a subscriber of the revocation feed')
    })
    this.#subscribers.add(subscriber)
    counters.subscribers = this.count
    response.on('error', () => {})
    response.on('close', () => {
      this.#subscribers.delete(subscriber)
      counters.subscribers = this.count
    })
    const seq = lastEventId === undefined ? undefined : eventLog.parseId(lastEventId)
    if (seq !== undefined && eventLog.covers(seq)) return this.#start(subscriber, seq)
    this.#startWithSnapshot(subscriber).catch((error: unknown) => {
      log.error({ event: 'feed_snapshot_failed', err: error }, 'could not create a snapshot of the revocations')
      response.destroy()
    })
  }

  /** Sends the events of this turn of the event loop together, when it ends. */
  scheduleFlush (): void {
    if (this.#isFlushScheduled) return
    this.#isFlushScheduled = true
    queueMicrotask(() => {
      this.#isFlushScheduled = false
      for (const subscriber of this.#subscribers) subscriber.flush()
    })
  }

  /** Ends all streams that are open. */
  endAll (): void {
    for (const subscriber of this.#subscribers) subscriber.end()
  }

  close (): void {
    clearInterval(this.#timer)
    this.endAll()
  }

  async #startWithSnapshot (subscriber: Subscriber): Promise<void> {
    const { eventLog, snapshots } = this.#options
    const snapshot = await snapshots.get(({ seq }) => eventLog.covers(seq))
    // Many subscribers may have waited for the same snapshot.
    await new Promise<void>((resolve) => this.#schedule(resolve))
    this.#start(subscriber, snapshot.seq, toSnapshotEvents(snapshot, (seq) => eventLog.toId(seq)))
  }

  #start (subscriber: Subscriber, seq: number, snapshot?: Iterator<Buffer>): void {
    subscriber.start(seq, snapshot)
    // A resumed stream without events would look stale until the next heartbeat.
    if (!this.#options.revocations.isStale) subscriber.sendHeartbeat(this.#formatHeartbeat())
  }

  /** A stale instance ends its streams: another instance may be up to date. */
  #sendHeartbeats (): void {
    if (this.#options.revocations.isStale) return this.endAll()
    const heartbeat = this.#formatHeartbeat()
    for (const subscriber of this.#subscribers) subscriber.sendHeartbeat(heartbeat)
  }

  #formatHeartbeat (): Buffer {
    const { eventLog, revocations } = this.#options
    return Buffer.from(formatEvent(eventLog.cursor, 'heartbeat', JSON.stringify({ as_of: revocations.asOf })))
  }
}
