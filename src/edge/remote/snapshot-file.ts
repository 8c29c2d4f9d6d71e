import { createHash } from 'node:crypto'
import type { PublicJwk, RefreshRequired, SessionRevoked } from '../../contract/index.ts'
import { parseRefreshRequired, parseRevoked } from './feed-messages.ts'
import { parseJwks } from './jwks.ts'
import { isRecord } from '../../verify/index.ts'
import { readTrustedFile } from './trusted-file.ts'

/** What an edge knows, written down so that the next process need not begin with nothing. Times are epoch milliseconds. */
export interface Snapshot {
  issuer: string
  keys: readonly PublicJwk[]
  /** When the issuer last vouched for the keys. */
  keysAt: number
  revokedKids: readonly string[]
  /** The last moment in which nothing was missing; undefined where there never was one. */
  feedAt: number | undefined
  sessions: Iterable<SessionRevoked>
  notBefores: Iterable<RefreshRequired>
  /** NumericDate: the issuer's time when it was written, or an earlier one; undefined in files of earlier versions. */
  issuerTime: number | undefined
}

const FORMAT = 'gatepass-edge-1'
const ENTRIES_PER_LINE = 2000
const MAX_BYTES = 512 * 1024 * 1024

/**
 * A snapshot as text: JSON, a line at a time, and last the sum of what came before, so that half a file is none.
 *
 * @returns lines that end in line feeds, made as they are asked for
 */
export function * formatSnapshot ({ issuer, keys, keysAt, revokedKids, feedAt, sessions, notBefores, issuerTime }: Snapshot): Generator<string> {
  const hash = createHash('sha256')
  yield line({ format: FORMAT, issuer, keys, keys_at: keysAt, revoked_kids: revokedKids, feed_at: feedAt, issuer_time: issuerTime })
  for (const revoked of batches(sessions)) yield line({ revoked })
  for (const required of batches(notBefores)) yield line({ refresh_required: required })
  yield `${JSON.stringify({ sha256: hash.digest('hex') })}\n`

  function line (value: unknown): string {
    const text = `${JSON.stringify(value)}\n`
    hash.update(text)
    return text
  }
}

/**
 * Reads a snapshot, once, at boot.
 *
 * @param issuer must be the one it was written for
 * @returns undefined where there is no file
 * @throws for one that is damaged, of another issuer, or that somebody else may have written
 */
export function readSnapshot (path: string, { issuer }: { issuer: string }): Snapshot | undefined {
  const text = readTrustedFile(path, MAX_BYTES)
  if (text === undefined) return undefined
  const [head, ...rest] = parseLines(text)
  const { format, issuer: writtenFor, keys, keys_at: keysAt, revoked_kids: revokedKids, feed_at: feedAt, issuer_time: issuerTime } = head ?? {}
  if (format !== FORMAT) throw new TypeError('it is of another format')
  if (writtenFor !== issuer) throw new TypeError('it is of another issuer')
  if (typeof keysAt !== 'number') throw new TypeError('it does not say how old its keys are')
  return {
    issuer,
    keys: parseJwks({ keys }),
    keysAt,
    revokedKids: listOf(revokedKids).map(String),
    feedAt: typeof feedAt === 'number' ? feedAt : undefined,
    sessions: rest.flatMap(({ revoked }) => listOf(revoked).map(parseRevoked)),
    notBefores: rest.flatMap(({ refresh_required: required }) => listOf(required).map(parseRefreshRequired)),
    issuerTime: Number.isSafeInteger(issuerTime) ? Number(issuerTime) : undefined
  }
}

function parseLines (text: string): Array<Readonly<Record<string, unknown>>> {
  const end = text.lastIndexOf('\n', text.length - 2) + 1
  const sum = createHash('sha256').update(text.slice(0, end)).digest('hex')
  if (text.slice(end) !== `${JSON.stringify({ sha256: sum })}\n`) throw new TypeError('it is damaged')
  return text.slice(0, end).split('\n').slice(0, -1).map((line) => JSON.parse(line)).filter(isRecord)
}

function listOf (value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function * batches<T> (items: Iterable<T>): Generator<T[]> {
  let batch: T[] = []
  for (const item of items) {
    batch.push(item)
    if (batch.length < ENTRIES_PER_LINE) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}
