import type { ServerResponse } from 'node:http'
import type { FastifyBaseLogger } from 'fastify'
import { createFairScheduler } from './fair-scheduler.ts'
import { formatEvent, type EventLog } from './event-log.ts'
import { toSnapshotEvents, type SnapshotCache } from './snapshot-cache.ts'
import { createSubscriber, type Subscriber } from './subscriber.ts'
import type { Revocations } from '../revocations/index.ts'

/** Plain numbers, for whoever collects them. */
export interface FeedCounters {
  /** Streams that are open. */
  subscribers: number
  /** Events that were sent, to however many. */
  sent: number
  /** Subscribers that were too slow. */
  dropped: number
}

export function createFeedCounters (): FeedCounters {
  return { subscribers: 0, sent: 0, dropped: 0 }
}

export interface SseServerOptions {
  revocations: Pick<Revocations, 'asOf' | 'isBlind'>
  eventLog: EventLog
  snapshots: SnapshotCache
  counters: FeedCounters
  heartbeatMs: number
  stallMs: number
}

/** All streams of the feed. */
export interface SseServer {
  readonly count: number
  /**
   * Streams, from now on.
   *
   * @param response with its header sent
   * @param lastEventId what the subscriber had last; without it, or when that is too long ago, it begins with a snapshot
   */
  open (response: ServerResponse, lastEventId: string | undefined, log: FastifyBaseLogger): void
  /** Sends what the journal has got in this turn, all at once. */
  scheduleFlush (): void
  close (): void
}

export function createSseServer (options: SseServerOptions): SseServer {
  const { revocations, eventLog, snapshots, counters, heartbeatMs, stallMs } = options
  const subscribers = new Set<Subscriber>()
  const schedule = createFairScheduler()
  const timer = setInterval(beat, heartbeatMs).unref()
  let isAwake = false

  function open (response: ServerResponse, lastEventId: string | undefined, log: FastifyBaseLogger): void {
    const subscriber = createSubscriber({ response, eventLog, counters, schedule, stallMs, onDisconnect: (reason) => log.warn({ reason }, 'a subscriber of the revocation feed was cut') })
    subscribers.add(subscriber)
    counters.subscribers = subscribers.size
    response.on('error', () => {})
    response.on('close', () => {
      subscribers.delete(subscriber)
      counters.subscribers = subscribers.size
    })
    const seq = lastEventId === undefined ? undefined : eventLog.parseId(lastEventId)
    if (seq !== undefined && eventLog.covers(seq)) return begin(subscriber, seq)
    beginWithSnapshot(subscriber).catch((error: unknown) => {
      log.error({ err: error }, 'a snapshot of revocations could not be made')
      response.destroy()
    })
  }

  async function beginWithSnapshot (subscriber: Subscriber): Promise<void> {
    const picture = await snapshots.get(({ seq }) => eventLog.covers(seq))
    // Many may have waited for it.
    await new Promise<void>((resolve) => schedule(resolve))
    begin(subscriber, picture.seq, toSnapshotEvents(picture, eventLog.toId))
  }

  function begin (subscriber: Subscriber, seq: number, snapshot?: Iterator<Buffer>): void {
    subscriber.start(seq, snapshot)
    // Without it, one that resumes would look stale until the next.
    if (!revocations.isStale) subscriber.sendHeartbeat(heartbeat())
  }

  /** Streams of an instance that is blind end: another one may see. */
  function beat (): void {
    if (revocations.isStale) return endAll()
    const bytes = heartbeat()
    for (const subscriber of subscribers) subscriber.sendHeartbeat(bytes)
  }

  function heartbeat (): Buffer {
    return Buffer.from(formatEvent(eventLog.cursor, 'heartbeat', JSON.stringify({ as_of: revocations.asOf })))
  }

  function wake (): void {
    if (isAwake) return
    isAwake = true
    queueMicrotask(() => {
      isAwake = false
      for (const subscriber of subscribers) subscriber.flush()
    })
  }

  function endAll (): void {
    for (const subscriber of subscribers) subscriber.end()
  }

  return {
    get count () { return subscribers.size },
    open,
    scheduleFlush,
    close () {
      clearInterval(timer)
      endAll()
    }
  }
}
