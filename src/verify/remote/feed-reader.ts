import type { FeedKeys, FeedSnapshot, RefreshRequired, SessionRevoked } from '../../contract/index.ts'
import type { Time } from '../time.ts'
import {
  parseAsOf, parseDocument, parseHeartbeat, parseKeys, parseRefreshRequired, parseRevoked, parseSnapshot
} from './issuer-messages.ts'
import type { ServerSentEvent } from './sse-parser.ts'

/** Receives the content of the feed. Entries are only added, so they may come twice, late and in any order. */
export interface FeedSink {
  revokeSession (revoked: SessionRevoked): void
  requireRefresh (required: RefreshRequired): void
  updateKeys (keys: FeedKeys): void
  /** Called before the entries of that time. Epoch milliseconds of the database, or a little earlier. */
  observeTime (epochMs: number): void
}

/**
 * How far an edge may be behind the database. The age is counted by a monotonic clock, from when `as_of` was freshest: no wall clocks
 * are compared. The first `as_of` of a connection counts as fresh, because an instance that is over 10 s behind serves no feed.
 */
export class FeedAge {
  readonly #time: Time
  // The moment of the last `as_of`, on our monotonic clock.
  #freshAt: number | undefined
  #newest = -Infinity
  // The most that the database's clock was ever ahead of our monotonic one: that of the fastest delivery.
  #clockOffset = -Infinity

  /** @param restoredMs the age that an earlier process has saved */
  constructor (time: Time, restoredMs?: number) {
    this.#time = time
    this.#freshAt = restoredMs === undefined ? undefined : time.elapsed() - restoredMs
  }

  /** Undefined if no complete snapshot was ever read. */
  get ageMs (): number | undefined { return this.#freshAt === undefined ? undefined : this.#time.elapsed() - this.#freshAt }

  /** @param asOf RFC 3339, of a message that has just arrived */
  observe (asOf: string): void {
    const moment = Date.parse(asOf)
    this.#newest = Math.max(this.#newest, moment)
    this.#clockOffset = Math.max(this.#clockOffset, moment - this.#time.elapsed())
    this.#freshAt = this.#newest - this.#clockOffset
  }

  /** For a new connection, which may be to an instance or a database with another clock. */
  reset (): void {
    this.#newest = -Infinity
    this.#clockOffset = -Infinity
  }
}

/** Reads the feed, as events or as a document, and keeps the cursor. */
export class FeedReader {
  readonly #sink: FeedSink
  readonly #age: FeedAge
  #cursor: string | undefined

  constructor (sink: FeedSink, age: FeedAge) {
    this.#sink = sink
    this.#age = age
  }

  /** The id of the last event, with none missing before it; undefined before the first complete snapshot, and after a gap. */
  get cursor (): string | undefined { return this.#cursor }

  /** @throws TypeError for an invalid event, and for a gap before the event */
  onEvent ({ name, data, id }: ServerSentEvent): void {
    if (name === 'snapshot') return this.#onSnapshotPart(parseSnapshot(JSON.parse(data)), id)
    if (name === 'revoked') this.#sink.revokeSession(parseRevoked(JSON.parse(data)))
    else if (name === 'refresh_required') this.#sink.requireRefresh(parseRefreshRequired(JSON.parse(data)))
    else if (name === 'keys') this.#sink.updateKeys(parseKeys(JSON.parse(data)))
    // A heartbeat carries the id of the last event before it.
    this.#advance(id, name === 'heartbeat' ? 0 : 1)
    // After the check for a gap: if events are missing, the feed is not as fresh as the heartbeat says.
    if (name === 'heartbeat' && this.#cursor !== undefined) this.#observe(parseHeartbeat(JSON.parse(data)).as_of)
  }

  /** @throws TypeError for a body that is not the feed as JSON */
  onDocument (body: unknown): void {
    const document = parseDocument(body)
    this.#apply(document)
    this.#cursor = document.cursor
    this.#age.observe(document.as_of)
  }

  /** The document has not changed. @param asOf as of this time */
  onNotModified (asOf: unknown): void { this.#observe(parseAsOf(asOf)) }

  /** There is no cursor before the last part: resuming from an earlier one would leave out the missing parts. */
  #onSnapshotPart (part: FeedSnapshot, id: string): void {
    this.#apply(part)
    this.#cursor = undefined
    if (!part.last) return
    parseEventId(id)
    this.#cursor = id
    this.#age.observe(part.as_of)
  }

  #apply ({ as_of: asOf, revoked, refresh_required: required, keys }: Omit<FeedSnapshot, 'last'>): void {
    this.#sink.observeTime(Date.parse(asOf))
    for (const session of revoked) this.#sink.revokeSession(session)
    for (const notBefore of required) this.#sink.requireRefresh(notBefore)
    this.#sink.updateKeys(keys)
  }

  #observe (asOf: string): void {
    this.#sink.observeTime(Date.parse(asOf))
    this.#age.observe(asOf)
  }

  #advance (id: string, step: number): void {
    if (this.#cursor === undefined) return
    const known = parseEventId(this.#cursor)
    const next = parseEventId(id)
    if (next.epoch !== known.epoch || next.seq > known.seq + step) {
      this.#cursor = undefined
      throw new TypeError('events are missing: a snapshot is needed')
    }
    if (next.seq > known.seq) this.#cursor = id
  }
}

function parseEventId (id: string): { epoch: string, seq: number } {
  const [, epoch, seq] = /^(.{1,64})-(\d{1,15})$/.exec(id) ?? []
  if (epoch === undefined) throw new TypeError('the id of an event is not "epoch-seq"')
  return { epoch, seq: Number(seq) }
}
