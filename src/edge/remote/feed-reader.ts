import type { FeedKeys, FeedSnapshot, RefreshRequired, SessionRevoked } from '../../contract/index.ts'
import type { ServerSentEvent } from './sse-parser.ts'
import type { FeedAge } from './feed-age.ts'
import { parseAsOf, parseDocument, parseHeartbeat, parseKeys, parseRefreshRequired, parseRevoked, parseSnapshot } from './feed-messages.ts'

/** What the feed tells is told to this. Everything only adds, so it may come twice, late and in any order. */
export interface FeedSink {
  revokeSession (revoked: SessionRevoked): void
  requireRefresh (required: RefreshRequired): void
  updateKeys (keys: FeedKeys): void
  /** Told before what came with it. Epoch milliseconds of the database, or a little earlier. */
  observeTime (epochMs: number): void
}

/** Reads the feed, in either form, and keeps the place. */
export interface FeedReader {
  /** The id up to which everything is known; undefined before the first whole snapshot, and after a gap. */
  readonly cursor: string | undefined
  /** @throws TypeError for what is no event of the feed, and for one that shows that others are missing */
  onEvent (event: ServerSentEvent): void
  /** @throws TypeError for what is not the feed as JSON */
  onDocument (body: unknown): void
  /** Nothing has changed, as of then. */
  onUnchanged (asOf: unknown): void
}

export function createFeedReader (sink: FeedSink, age: FeedAge): FeedReader {
  let cursor: string | undefined
  return { get cursor () { return cursor }, onEvent, onDocument, onUnchanged: (asOf) => observe(parseAsOf(asOf)) }

  function onEvent ({ name, data, id }: ServerSentEvent): void {
    if (name === 'snapshot') return onPart(parseSnapshot(JSON.parse(data)), id)
    if (name === 'revoked') sink.revokeSession(parseRevoked(JSON.parse(data)))
    else if (name === 'refresh_required') sink.requireRefresh(parseRefreshRequired(JSON.parse(data)))
    else if (name === 'keys') sink.updateKeys(parseKeys(JSON.parse(data)))
    // A heartbeat carries the id of the last event before it.
    follow(id, name === 'heartbeat' ? 0 : 1)
    // Only now: with a gap before it, nothing is as fresh as the heartbeat says.
    if (name === 'heartbeat' && cursor !== undefined) observe(parseHeartbeat(JSON.parse(data)).as_of)
  }

  /** Until the last part is there, a place to go on from would leave out the parts that are missing. */
  function onPart (part: FeedSnapshot, id: string): void {
    apply(part)
    cursor = undefined
    if (!part.last) return
    parsePlace(id)
    cursor = id
    age.observe(part.as_of)
  }

  function onDocument (body: unknown): void {
    const document = parseDocument(body)
    apply(document)
    cursor = document.cursor
    age.observe(document.as_of)
  }

  function observe (asOf: string): void {
    sink.observeTime(Date.parse(asOf))
    age.observe(asOf)
  }

  function apply ({ as_of: asOf, revoked, refresh_required: required, keys }: Omit<FeedSnapshot, 'last'>): void {
    sink.observeTime(Date.parse(asOf))
    for (const session of revoked) sink.revokeSession(session)
    for (const cut of required) sink.requireRefresh(cut)
    sink.updateKeys(keys)
  }

  function follow (id: string, step: number): void {
    if (cursor === undefined) return
    const known = parsePlace(cursor)
    const next = parsePlace(id)
    if (next.epoch !== known.epoch || next.seq > known.seq + step) {
      cursor = undefined
      throw new TypeError('events are missing: a snapshot is needed')
    }
    if (next.seq > known.seq) cursor = id
  }
}

function parsePlace (id: string): { epoch: string, seq: number } {
  const [, epoch, seq] = /^(.{1,64})-(\d{1,15})$/.exec(id) ?? []
  if (epoch === undefined) throw new TypeError('the id of an event is not "epoch-seq"')
  return { epoch, seq: Number(seq) }
}
