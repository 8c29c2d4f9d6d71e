import { setImmediate as nextTurn } from 'node:timers/promises'
import type { FeedKeys } from '../contract/index.ts'
import type { EventLog } from './event-log.ts'
import type { Revocations } from '../revocations/index.ts'

/** All revocations in force, serialized once for all requests. */
interface SerializedSnapshot {
  /** It includes all events up to this sequence number. */
  readonly seq: number
  readonly asOf: Date
  /** JSON of `FeedKeys`. */
  readonly keys: string
  /** Entries as JSON, without the brackets. */
  readonly revoked: readonly Buffer[]
  readonly required: readonly Buffer[]
}

interface SnapshotCacheOptions {
  revocations: Pick<Revocations, 'asOf' | 'sessions' | 'notBefores'>
  eventLog: EventLog
  keys: () => FeedKeys
}

const PART_ENTRIES = 1000
/** Long enough to be shared by subscribers that return at the same time; a large snapshot must not take up memory for longer. */
const KEEP_MS = 10_000
const EMPTY = Buffer.alloc(0)
const BETWEEN = Buffer.from('],"refresh_required":[')
const COMMA = Buffer.from(',')

export class SnapshotCache {
  readonly #options: SnapshotCacheOptions
  #latest: SerializedSnapshot | undefined
  #creating: Promise<SerializedSnapshot> | undefined

  constructor (options: SnapshotCacheOptions) {
    this.#options = options
  }

  /**
   * @param isFresh whether the cached snapshot is recent enough
   * @returns the cached snapshot, or a new one, or the one that is being created
   */
  async get (isFresh: (snapshot: SerializedSnapshot) => boolean): Promise<SerializedSnapshot> {
    if (this.#latest !== undefined && isFresh(this.#latest)) return this.#latest
    this.#creating ??= this.#create().finally(() => { this.#creating = undefined })
    return this.#creating
  }

  async #create (): Promise<SerializedSnapshot> {
    const { revocations, eventLog: { seq }, keys } = this.#options
    const asOf = revocations.asOf ?? new Date(0)
    const snapshot = {
      seq,
      asOf,
      keys: JSON.stringify(keys()),
      revoked: await serialize(revocations.sessions()),
      required: await serialize(revocations.notBefores())
    }
    this.#latest = snapshot
    setTimeout(() => { if (this.#latest === snapshot) this.#latest = undefined }, KEEP_MS).unref()
    return snapshot
  }
}

/** Yields to the event loop between parts. Entries that are added meanwhile may be included, which does no harm. */
async function serialize (entries: Iterable<object>): Promise<Buffer[]> {
  const parts: Buffer[] = []
  let part: object[] = []
  for (const entry of entries) {
    part.push(entry)
    if (part.length < PART_ENTRIES) continue
    parts.push(toJson(part))
    part = []
    await nextTurn()
  }
  if (part.length > 0) parts.push(toJson(part))
  return parts
}

function toJson (entries: readonly object[]): Buffer {
  return Buffer.from(JSON.stringify(entries).slice(1, -1))
}

/**
 * Formats `snapshot` events, one for each part. Only the id of the last part can be resumed from.
 *
 * @param toId the id of a sequence number
 */
export function * toSnapshotEvents (snapshot: SerializedSnapshot, toId: (seq: number) => string): Generator<Buffer> {
  const { seq, asOf, keys, revoked, required } = snapshot
  const count = Math.max(revoked.length, required.length, 1)
  for (let index = 0; index < count; index++) {
    const last = index === count - 1
    const head = `{"as_of":"${asOf.toISOString()}","last":${last},"keys":${keys},"revoked":[`
    yield Buffer.concat([
      Buffer.from(`id: ${toId(last ? seq : 0)}\nevent: snapshot\ndata: ${head}`),
      revoked[index] ?? EMPTY,
      BETWEEN,
      required[index] ?? EMPTY,
      Buffer.from(']}\n\n')
    ])
  }
}

/**
 * Formats a `FeedDocument`.
 *
 * @param asOf that of the snapshot, or a later one if there was no event since
 * @returns consecutive parts of the JSON text
 */
export function toDocument ({ keys, revoked, required }: SerializedSnapshot, cursor: string, asOf: Date): Buffer[] {
  return [
    Buffer.from(`{"cursor":"${cursor}","as_of":"${asOf.toISOString()}","keys":${keys},"revoked":[`),
    ...withCommas(revoked),
    BETWEEN,
    ...withCommas(required),
    Buffer.from(']}')
  ]
}

function withCommas (parts: readonly Buffer[]): Buffer[] {
  return parts.flatMap((part, index) => index === 0 ? [part] : [COMMA, part])
}
