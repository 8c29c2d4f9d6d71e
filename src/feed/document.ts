import { Readable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { FastifyReply } from 'fastify'
import { AS_OF_HEADER } from '../contract/index.ts'
import type { EventLog } from './event-log.ts'
import { toDocument, type SnapshotCache } from './snapshot-cache.ts'
import type { Revocations } from '../revocations/index.ts'

export interface FeedDocumentOptions {
  revocations: Pick<Revocations, 'asOf'>
  eventLog: EventLog
  snapshots: SnapshotCache
}

/**
 * @returns a function that answers with the feed as JSON, or with 304 when the one who asks has what there is
 */
export function createDocumentReply ({ revocations, eventLog, snapshots }: FeedDocumentOptions) {
  return async function replyWithDocument (reply: FastifyReply, ifNoneMatch: string | undefined): Promise<FastifyReply> {
    reply.header('cache-control', 'private, no-cache')
    if (ifNoneMatch !== undefined && includesTag(ifNoneMatch, eventLog.cursor)) return describe(reply, eventLog.cursor, revocations.asOf).code(304).send()
    const picture = await snapshots.get(({ seq }) => seq === eventLog.seq)
    // One that others had made may be a little behind: then it says so.
    const asOf = picture.seq === eventLog.seq ? revocations.asOf ?? picture.asOf : picture.asOf
    const cursor = eventLog.toId(picture.seq)
    const pieces = toDocument(picture, cursor, asOf)
    return describe(reply, cursor, asOf)
      .header('content-length', pieces.reduce((sum, { length }) => sum + length, 0))
      .type('application/json; charset=utf-8')
      .send(Readable.from(inTurns(pieces), { objectMode: false }))
  }
}

/** One that reads as fast as we write must not have every turn until it has everything. */
async function * inTurns (pieces: readonly Buffer[]): AsyncGenerator<Buffer> {
  for (const piece of pieces) {
    yield piece
    await nextTurn()
  }
}

/** RFC 9110 8.8.1: weak, for `as_of` moves when nothing else does. */
function describe (reply: FastifyReply, cursor: string, asOf: Date | undefined): FastifyReply {
  return reply.headers({ etag: `W/"${cursor}"`, ...(asOf && { [AS_OF_HEADER]: asOf.toISOString() }) })
}

/** RFC 9110 13.1.2: a list, compared weakly. */
function includesTag (ifNoneMatch: string, cursor: string): boolean {
  return ifNoneMatch.split(',').some((tag) => tag.trim().replace(/^W\//, '') === `"${cursor}"`)
}
