import { randomBytes } from 'node:crypto'
import type { FeedEvents } from '../contract/index.ts'

/** Consecutive events as they are sent. */
interface Chunk {
  bytes: Buffer
  /** Of the last event in it. */
  seq: number
  count: number
}

/** Sequence numbers begin after 1, so that 0 is always a gap. */
const FIRST_SEQ = 1
const CHUNK_EVENTS = 1000
const TRIM_AFTER = 1000

/** The newest events of the feed, in the order in which this instance published them: a ring buffer of bounded size. */
export class EventLog {
  readonly #maxBytes: number
  // Identifies this process: sequence numbers of another one, also of an earlier one, are not valid here.
  readonly #epoch = randomBytes(8).toString('hex')
  readonly #idPattern = new RegExp(`^${this.#epoch}-(0|[1-9][0-9]{0,14})$`)
  #seq = FIRST_SEQ
  #events: string[] = []
  #dropped = 0
  #bytes = 0
  #latest: Chunk & { after: number } | undefined

  /** @param options `maxBytes`: about how much is kept, which is how far a subscriber may fall behind */
  constructor ({ maxBytes }: { maxBytes: number }) {
    this.#maxBytes = maxBytes
  }

  /** The sequence number of the newest event. */
  get seq (): number { return this.#seq }

  /** The id of the newest event, `epoch-seq`. */
  get cursor (): string { return this.toId(this.#seq) }

  append<E extends keyof FeedEvents> (event: E, data: FeedEvents[E]): void {
    this.#seq++
    const text = formatEvent(this.toId(this.#seq), event, JSON.stringify(data))
    this.#events.push(text)
    this.#bytes += text.length
    this.#trim()
  }

  /** Whether all events after `seq` are still kept. */
  covers (seq: number): boolean {
    return seq <= this.#seq && seq >= this.#seq - (this.#events.length - this.#dropped)
  }

  /** @returns the next events after `seq`, the same bytes for all callers; undefined if there are none, or they are not kept */
  readAfter (seq: number): Chunk | undefined {
    if (seq >= this.#seq || !this.covers(seq)) return undefined
    const last = Math.min(this.#seq, seq + CHUNK_EVENTS)
    if (this.#latest?.after !== seq || this.#latest.seq !== last) {
      const first = this.#events.length - (this.#seq - seq)
      const bytes = Buffer.from(this.#events.slice(first, first + last - seq).join(''))
      this.#latest = { after: seq, seq: last, count: last - seq, bytes }
    }
    return this.#latest
  }

  /** @returns the sequence number of an id of this log; undefined for any other text */
  parseId (id: string): number | undefined {
    const [, digits] = this.#idPattern.exec(id) ?? []
    return digits === undefined ? undefined : Number(digits)
  }

  toId (seq: number): string {
    return `${this.#epoch}-${seq}`
  }

  #trim (): void {
    while (this.#bytes > this.#maxBytes && this.#dropped < this.#events.length) {
      this.#bytes -= this.#events[this.#dropped]?.length ?? 0
      this.#events[this.#dropped++] = ''
    }
    if (this.#dropped >= TRIM_AFTER && this.#dropped * 2 > this.#events.length) {
      this.#events = this.#events.slice(this.#dropped)
      this.#dropped = 0
    }
  }
}

/** @param data JSON without line breaks */
export function formatEvent (id: string, event: keyof FeedEvents, data: string): string {
  return `id: ${id}\nevent: ${event}\ndata: ${data}\n\n`
}
