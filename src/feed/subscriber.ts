import type { ServerResponse } from 'node:http'
import type { FeedCounters } from './sse-server.ts'
import type { Schedule } from './fair-scheduler.ts'
import type { EventLog } from './event-log.ts'

export interface SubscriberOptions {
  response: ServerResponse
  eventLog: EventLog
  counters: FeedCounters
  /** Shared by all streams. */
  schedule: Schedule
  /** How long it may take nothing. */
  stallMs: number
  onDisconnect (reason: string): void
}

/** One stream. It draws from the journal when its socket has room, so what it has not taken is not kept for it. */
export interface Subscriber {
  /** Begins to send: the snapshot if there is one, then what came after `seq`. */
  start (seq: number, snapshot?: Iterator<Buffer>): void
  /** Sends what is new, if there is room. */
  flush (): void
  /** Says that there is nothing new, but only to one that has had everything. */
  sendHeartbeat (heartbeat: Buffer): void
  /** Ends it; one that does not take what it is sent would not take the end either. */
  end (): void
}

const TOO_SLOW = 'it fell too far behind'

export function createSubscriber ({ response, eventLog, counters, schedule, stallMs, onDisconnect }: SubscriberOptions): Subscriber {
  let position: number | undefined
  let parts: Iterator<Buffer> | undefined
  let blockedAt: number | undefined

  // In a turn of its own: one that reads as fast as we write would have all of them until it has everything.
  response.on('drain', () => {
    schedule(() => {
      blockedAt = undefined
      pump()
    })
  })

  function pump (): void {
    if (position === undefined || response.destroyed || response.writableEnded) return
    if (parts === undefined && !eventLog.covers(position)) return cut(TOO_SLOW)
    let goesOn = blockedAt === undefined
    while (goesOn) goesOn = sendNext(position)
  }

  /** @returns whether there may be more, and there is room for it */
  function sendNext (from: number): boolean {
    const part = parts?.next()
    if (part?.done === false) return write(part.value)
    parts = undefined
    if (!eventLog.covers(from)) {
      cut(TOO_SLOW)
      return false
    }
    const chunk = eventLog.readAfter(from)
    if (chunk === undefined) return false
    position = chunk.seq
    return write(chunk.bytes, chunk.count)
  }

  function write (bytes: Buffer, count = 1): boolean {
    counters.sent += count
    const hasRoom = response.write(bytes)
    if (!hasRoom) blockedAt = performance.now()
    return hasRoom
  }

  function cut (reason: string): void {
    counters.dropped++
    onDisconnect(reason)
    response.destroy()
  }

  return {
    start (seq, snapshot) {
      position = seq
      parts = snapshot
      pump()
    },
    flush,
    sendHeartbeat (heartbeat) {
      if (response.destroyed || response.writableEnded) return
      if (blockedAt !== undefined) {
        if (performance.now() - blockedAt > stallMs) cut('it takes nothing')
      } else if (parts === undefined && position === eventLog.seq) write(heartbeat)
    },
    end () {
      if (blockedAt === undefined) response.end()
      else response.destroy()
    }
  }
}
