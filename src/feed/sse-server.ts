import type { ServerResponse } from 'node:http'
import type { FastifyBaseLogger } from 'fastify'
import { createFairScheduler } from './fair-scheduler.ts'
import { formatEvent, type Journal } from './event-log.ts'
import { toSnapshot, type Pictures } from './snapshot-cache.ts'
import { createSubscriber, type Subscriber } from './subscriber.ts'
import type { Revocations } from '../revocations/index.ts'

/** Plain numbers, for whoever collects them. */
export interface FeedCounters {
  /** Streams that are open. */
  subscribers: number
  /** Events that were sent, to however many. */
  sent: number
  /** Subscribers that were too slow. */
  cut: number
}

export function createFeedCounters (): FeedCounters {
  return { subscribers: 0, sent: 0, cut: 0 }
}

export interface EventStreamsOptions {
  revocations: Pick<Revocations, 'asOf' | 'isBlind'>
  journal: Journal
  pictures: Pictures
  counters: FeedCounters
  heartbeatMs: number
  stallMs: number
}

/** All streams of the feed. */
export interface EventStreams {
  readonly count: number
  /**
   * Streams, from now on.
   *
   * @param response with its header sent
   * @param lastEventId what the subscriber had last; without it, or when that is too long ago, it begins with a snapshot
   */
  open (response: ServerResponse, lastEventId: string | undefined, log: FastifyBaseLogger): void
  /** Sends what the journal has got in this turn, all at once. */
  wake (): void
  close (): void
}

export function createEventStreams (options: EventStreamsOptions): EventStreams {
  const { revocations, journal, pictures, counters, heartbeatMs, stallMs } = options
  const subscribers = new Set<Subscriber>()
  const schedule = createFairScheduler()
  const timer = setInterval(beat, heartbeatMs).unref()
  let isAwake = false

  function open (response: ServerResponse, lastEventId: string | undefined, log: FastifyBaseLogger): void {
    const subscriber = createSubscriber({ response, journal, counters, schedule, stallMs, onCut: (reason) => log.warn({ reason }, 'a subscriber of the revocation feed was cut') })
    subscribers.add(subscriber)
    counters.subscribers = subscribers.size
    response.on('error', () => {})
    response.on('close', () => {
      subscribers.delete(subscriber)
      counters.subscribers = subscribers.size
    })
    const seq = lastEventId === undefined ? undefined : journal.parseId(lastEventId)
    if (seq !== undefined && journal.reaches(seq)) return begin(subscriber, seq)
    beginWithSnapshot(subscriber).catch((error: unknown) => {
      log.error({ err: error }, 'a snapshot of revocations could not be made')
      response.destroy()
    })
  }

  async function beginWithSnapshot (subscriber: Subscriber): Promise<void> {
    const picture = await pictures.take(({ seq }) => journal.reaches(seq))
    // Many may have waited for it.
    await new Promise<void>((resolve) => schedule(resolve))
    begin(subscriber, picture.seq, toSnapshot(picture, journal.idOf))
  }

  function begin (subscriber: Subscriber, seq: number, snapshot?: Iterator<Buffer>): void {
    subscriber.start(seq, snapshot)
    // Without it, one that resumes would look stale until the next.
    if (!revocations.isBlind) subscriber.beat(heartbeat())
  }

  /** Streams of an instance that is blind end: another one may see. */
  function beat (): void {
    if (revocations.isBlind) return endAll()
    const bytes = heartbeat()
    for (const subscriber of subscribers) subscriber.beat(bytes)
  }

  function heartbeat (): Buffer {
    return Buffer.from(formatEvent(journal.cursor, 'heartbeat', JSON.stringify({ as_of: revocations.asOf })))
  }

  function wake (): void {
    if (isAwake) return
    isAwake = true
    queueMicrotask(() => {
      isAwake = false
      for (const subscriber of subscribers) subscriber.pump()
    })
  }

  function endAll (): void {
    for (const subscriber of subscribers) subscriber.end()
  }

  return {
    get count () { return subscribers.size },
    open,
    wake,
    close () {
      clearInterval(timer)
      endAll()
    }
  }
}
