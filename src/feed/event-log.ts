import { randomBytes } from 'node:crypto'
import type { FeedEvents } from '../contract/index.ts'

/** Events of the feed in the order in which this instance told them, the newest of them kept. */
export interface EventLog {
  /** The newest. Numbers begin after 1, so that 0 is always a gap. */
  readonly seq: number
  /** `epoch-seq` of the newest. */
  readonly cursor: string
  append<E extends keyof FeedEvents> (event: E, data: FeedEvents[E]): void
  /** Whether all that came after `seq` is still kept. */
  covers (seq: number): boolean
  /** The next events after `seq`, as they go over the wire; undefined where there are none. The same bytes for all who ask. */
  readAfter (seq: number): Chunk | undefined
  /** The seq of an id of this journal. */
  parseId (id: string): number | undefined
  toId (seq: number): string
}

export interface Chunk {
  bytes: Buffer
  /** Of the last event in it. */
  seq: number
  count: number
}

const FIRST_SEQ = 1
const CHUNK_EVENTS = 1000
const TRIM_AFTER = 1000

/** @param maxBytes how much is kept, about: so far may a subscriber be behind */
export function createEventLog ({ maxBytes }: { maxBytes: number }): EventLog {
  // Numbers of another instance, or of this one before it was restarted, mean nothing here.
  const epoch = randomBytes(8).toString('hex')
  const idPattern = new RegExp(`^${epoch}-(0|[1-9][0-9]{0,14})$`)
  let seq = FIRST_SEQ
  let events: string[] = []
  let dropped = 0
  let bytes = 0
  let latest: Chunk & { after: number } | undefined

  function append<E extends keyof FeedEvents> (event: E, data: FeedEvents[E]): void {
    seq++
    const text = formatEvent(idOf(seq), event, JSON.stringify(data))
    events.push(text)
    bytes += text.length
    while (bytes > maxBytes && dropped < events.length) {
      bytes -= events[dropped]?.length ?? 0
      events[dropped++] = ''
    }
    if (dropped >= TRIM_AFTER && dropped * 2 > events.length) {
      events = events.slice(dropped)
      dropped = 0
    }
  }

  function reaches (from: number): boolean {
    return from <= seq && from >= seq - (events.length - dropped)
  }

  function after (from: number): Chunk | undefined {
    if (from >= seq || !reaches(from)) return undefined
    const last = Math.min(seq, from + CHUNK_EVENTS)
    if (latest?.after !== from || latest.seq !== last) {
      const first = events.length - (seq - from)
      latest = { after: from, seq: last, count: last - from, bytes: Buffer.from(events.slice(first, first + last - from).join('')) }
    }
    return latest
  }

  function idOf (seq: number): string {
    return `${epoch}-${seq}`
  }

  return {
    get seq () { return seq },
    get cursor () { return idOf(seq) },
    append,
    covers,
    readAfter,
    toId,
    parseId (id) {
      const [, digits] = idPattern.exec(id) ?? []
      return digits === undefined ? undefined : Number(digits)
    }
  }
}

/** @param data JSON, in one line */
export function formatEvent (id: string, event: keyof FeedEvents, data: string): string {
  return `id: ${id}\nevent: ${event}\ndata: ${data}\n\n`
}
