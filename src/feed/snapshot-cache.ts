import { setImmediate as nextTurn } from 'node:timers/promises'
import type { FeedKeys } from '../contract/index.ts'
import type { EventLog } from './event-log.ts'
import type { Revocations } from '../revocations/index.ts'

/** All that is in force, written down once for all who ask. */
export interface SerializedSnapshot {
  /** Nothing that the journal told up to here is missing. */
  readonly seq: number
  readonly asOf: Date
  /** JSON of `FeedKeys`. */
  readonly keys: string
  /** Entries as JSON, without the brackets. */
  readonly revoked: readonly Buffer[]
  readonly required: readonly Buffer[]
}

export interface SnapshotCache {
  /**
   * @param isGood whether the last one will still do
   * @returns that, or a new one, or the one that is being made
   */
  get (isGood: (picture: SerializedSnapshot) => boolean): Promise<SerializedSnapshot>
}

export interface SnapshotCacheOptions {
  revocations: Pick<Revocations, 'asOf' | 'sessions' | 'cuts'>
  eventLog: EventLog
  keys: () => FeedKeys
}

const PART_ENTRIES = 1000
/** A large one is not kept for long: many who come back at once share it, and then it is only in the way. */
const KEEP_MS = 10_000
const NOTHING = Buffer.alloc(0)
const BETWEEN = Buffer.from('],"refresh_required":[')
const COMMA = Buffer.from(',')

export function createSnapshotCache ({ revocations, eventLog, keys }: SnapshotCacheOptions): SnapshotCache {
  let latest: SerializedSnapshot | undefined
  let making: Promise<SerializedSnapshot> | undefined

  async function make (): Promise<SerializedSnapshot> {
    const { seq } = eventLog
    const asOf = revocations.asOf ?? new Date(0)
    const picture = { seq, asOf, keys: JSON.stringify(keys()), revoked: await serialize(revocations.sessions()), required: await serialize(revocations.notBefores()) }
    latest = picture
    setTimeout(() => { if (latest === picture) latest = undefined }, KEEP_MS).unref()
    return picture
  }

  return {
    async get (isGood) {
      if (latest !== undefined && isGood(latest)) return latest
      making ??= make().finally(() => { making = undefined })
      return making
    }
  }
}

/** In parts, between which others have their turn. What is added meanwhile may be in it, and does no harm. */
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
 * @param idOf the id of a seq
 * @returns `snapshot` events, in pieces. Whoever has not got the last of them has an id that never resumes
 */
export function * toSnapshotEvents ({ seq, asOf, keys, revoked, required }: SerializedSnapshot, idOf: (seq: number) => string): Generator<Buffer> {
  const count = Math.max(revoked.length, required.length, 1)
  for (let index = 0; index < count; index++) {
    const last = index === count - 1
    yield Buffer.concat([
      Buffer.from(`id: ${idOf(last ? seq : 0)}\nevent: snapshot\ndata: {"as_of":"${asOf.toISOString()}","last":${last},"keys":${keys},"revoked":[`),
      revoked[index] ?? NOTHING,
      BETWEEN,
      required[index] ?? NOTHING,
      Buffer.from(']}\n\n')
    ])
  }
}

/**
 * @param asOf that of the picture, or a later one if nothing has come since
 * @returns a `FeedDocument`, in pieces
 */
export function toDocument ({ keys, revoked, required }: SerializedSnapshot, cursor: string, asOf: Date): Buffer[] {
  return [
    Buffer.from(`{"cursor":"${cursor}","as_of":"${asOf.toISOString()}","keys":${keys},"revoked":[`),
    ...joined(revoked),
    BETWEEN,
    ...joined(required),
    Buffer.from(']}')
  ]
}

function joined (parts: readonly Buffer[]): Buffer[] {
  return parts.flatMap((part, index) => index === 0 ? [part] : [COMMA, part])
}
