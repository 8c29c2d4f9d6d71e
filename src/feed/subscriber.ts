import type { ServerResponse } from 'node:http'
import type { EventLog } from './event-log.ts'

/** Plain numbers for metrics. */
export interface FeedCounters {
  /** Open streams. */
  subscribers: number
  /** Events sent, counted for each subscriber. */
  sent: number
  /** Subscribers that were disconnected because they were too slow. */
  dropped: number
}

export function createFeedCounters (): FeedCounters {
  return { subscribers: 0, sent: 0, dropped: 0 }
}

/** Runs work in a later turn of the event loop, in order. */
type Schedule = (work: () => void) => void

/** Writing a part of a snapshot to so many streams takes a few milliseconds. */
const PER_TURN = 32

/**
 * Keeps the event loop free while many streams want to write at once, such as two hundred edges that reconnect together.
 *
 * @param perTurn how many pieces of work run in one turn
 */
export function createFairScheduler (perTurn = PER_TURN): Schedule {
  const queue: Array<() => void> = []
  let isScheduled = false

  function runNext (): void {
    const batch = queue.splice(0, perTurn)
    isScheduled = queue.length > 0
    if (isScheduled) setImmediate(runNext)
    for (const work of batch) work()
  }

  return (work) => {
    queue.push(work)
    if (isScheduled) return
    isScheduled = true
    setImmediate(runNext)
  }
}

interface SubscriberOptions {
  /** Its header has been sent. */
  response: ServerResponse
  eventLog: EventLog
  counters: FeedCounters
  /** Shared by all streams. */
  schedule: Schedule
  /** How long the socket may accept nothing. */
  stallMs: number
  onDisconnect (reason: string): void
}

const TOO_SLOW = 'it fell too far behind'

/** One stream. It reads from the event log whenever its socket has room, so unsent events are not buffered for each stream. */
export class Subscriber {
  readonly #options: SubscriberOptions
  #seq: number | undefined
  #snapshot: Iterator<Buffer> | undefined
  #blockedAt: number | undefined

  constructor (options: SubscriberOptions) {
    this.#options = options
    // In a scheduled turn: a client that reads as fast as we write would occupy the event loop until it has everything.
    options.response.on('drain', () => {
      options.schedule(() => {
        this.#blockedAt = undefined
        this.flush()
      })
    })
  }

  /** Starts to send: first the snapshot if there is one, then the events after `seq`. */
  start (seq: number, snapshot?: Iterator<Buffer>): void {
    this.#seq = seq
    this.#snapshot = snapshot
    this.flush()
  }

  /** Sends new events for as long as there is room. */
  flush (): void {
    if (this.#seq === undefined || this.#hasEnded) return
    if (this.#snapshot === undefined && !this.#options.eventLog.covers(this.#seq)) return this.#disconnect(TOO_SLOW)
    let canContinue = this.#blockedAt === undefined
    while (canContinue) canContinue = this.#sendNext(this.#seq)
  }

  /** Sends a heartbeat, but only if the subscriber has received all events. Disconnects a stalled one. */
  sendHeartbeat (heartbeat: Buffer): void {
    const { eventLog, stallMs } = this.#options
    if (this.#hasEnded) return
    if (this.#blockedAt !== undefined) {
      if (performance.now() - this.#blockedAt > stallMs) this.#disconnect('it accepts no data')
    } else if (this.#snapshot === undefined && this.#seq === eventLog.seq) this.#write(heartbeat)
  }

  /** Ends the stream. One that is blocked would not receive the end either, and is destroyed. */
  end (): void {
    const { response } = this.#options
    if (this.#blockedAt === undefined) response.end()
    else response.destroy()
  }

  get #hasEnded (): boolean {
    const { response } = this.#options
    return response.destroyed || response.writableEnded
  }

  /** @returns whether there may be more to send, and room for it */
  #sendNext (seq: number): boolean {
    const { eventLog } = this.#options
    const part = this.#snapshot?.next()
    if (part?.done === false) return this.#write(part.value)
    this.#snapshot = undefined
    if (!eventLog.covers(seq)) {
      this.#disconnect(TOO_SLOW)
      return false
    }
    const chunk = eventLog.readAfter(seq)
    if (chunk === undefined) return false
    this.#seq = chunk.seq
    return this.#write(chunk.bytes, chunk.count)
  }

  #write (bytes: Buffer, count = 1): boolean {
    const { response, counters } = this.#options
    counters.sent += count
    const hasRoom = response.write(bytes)
    if (!hasRoom) this.#blockedAt = performance.now()
    return hasRoom
  }

  #disconnect (reason: string): void {
    const { response, counters, onDisconnect } = this.#options
    counters.dropped++
    onDisconnect(reason)
    response.destroy()
  }
}
