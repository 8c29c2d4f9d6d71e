import { createHash } from 'node:crypto'
import { closeSync, constants, fstatSync, openSync, readFileSync, statSync, type Stats } from 'node:fs'
import { dirname } from 'node:path'
import type { PublicJwk, RefreshRequired, SessionRevoked } from '../../contract/index.ts'
import { isRecord } from '../access-token.ts'
import { parseJwks, parseRefreshRequired, parseRevoked } from './issuer-messages.ts'

/** The keys and revocations of an edge, saved for the next process. Times are epoch milliseconds unless stated. */
export interface Snapshot {
  issuer: string
  keys: readonly PublicJwk[]
  /** When the issuer last confirmed the keys. */
  keysAt: number
  revokedKids: readonly string[]
  /** The last time at which no revocation was missing; undefined if there was none. */
  feedAt: number | undefined
  sessions: Iterable<SessionRevoked>
  notBefores: Iterable<RefreshRequired>
  /** NumericDate: the issuer's time of the write, or an earlier one; undefined in files of earlier versions. */
  issuerTime: number | undefined
}

const FORMAT = 'gatepass-edge-1'
const ENTRIES_PER_LINE = 2000
const MAX_BYTES = 512 * 1024 * 1024

/**
 * Formats a snapshot as lines of JSON. The last line is a checksum of the others, so that an incomplete file is detected.
 *
 * @returns lines that end in line feeds, created on demand
 */
export function * formatSnapshot (snapshot: Snapshot): Generator<string> {
  const { issuer, keys, keysAt, revokedKids, feedAt, sessions, notBefores, issuerTime } = snapshot
  const hash = createHash('sha256')
  yield toLine({ format: FORMAT, issuer, keys, keys_at: keysAt, revoked_kids: revokedKids, feed_at: feedAt, issuer_time: issuerTime })
  for (const revoked of batches(sessions)) yield toLine({ revoked })
  for (const required of batches(notBefores)) yield toLine({ refresh_required: required })
  yield `${JSON.stringify({ sha256: hash.digest('hex') })}\n`

  function toLine (value: unknown): string {
    const text = `${JSON.stringify(value)}\n`
    hash.update(text)
    return text
  }
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

/**
 * Reads a snapshot synchronously, once, at startup.
 *
 * @param options `issuer`: the snapshot must be of this issuer
 * @returns undefined if there is no file
 * @throws for a file that is damaged, of another issuer, or that another user may have written
 */
export function readSnapshot (path: string, { issuer }: { issuer: string }): Snapshot | undefined {
  const text = readTrustedFile(path, MAX_BYTES)
  if (text === undefined) return undefined
  const [head, ...rest] = parseLines(text)
  const { format, issuer: writtenFor, keys } = head ?? {}
  const { keys_at: keysAt, revoked_kids: revokedKids, feed_at: feedAt, issuer_time: issuerTime } = head ?? {}
  if (format !== FORMAT) throw new TypeError('it is of another format')
  if (writtenFor !== issuer) throw new TypeError('it is of another issuer')
  if (typeof keysAt !== 'number') throw new TypeError('it does not say how old its keys are')
  return {
    issuer,
    keys: parseJwks({ keys }),
    keysAt,
    revokedKids: toList(revokedKids).map(String),
    feedAt: typeof feedAt === 'number' ? feedAt : undefined,
    sessions: rest.flatMap(({ revoked }) => toList(revoked).map(parseRevoked)),
    notBefores: rest.flatMap(({ refresh_required: required }) => toList(required).map(parseRefreshRequired)),
    issuerTime: Number.isSafeInteger(issuerTime) ? Number(issuerTime) : undefined
  }
}

function parseLines (text: string): Array<Readonly<Record<string, unknown>>> {
  const end = text.lastIndexOf('\n', text.length - 2) + 1
  const sum = createHash('sha256').update(text.slice(0, end)).digest('hex')
  if (text.slice(end) !== `${JSON.stringify({ sha256: sum })}\n`) throw new TypeError('it is damaged')
  return text.slice(0, end).split('\n').slice(0, -1).map((line) => JSON.parse(line)).filter(isRecord)
}

function toList (value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

const WRITABLE_BY_OTHERS = 0o022
const STICKY = 0o1000

/**
 * Reads a file that only this user or root can have written or placed there. A link is refused: we replace the file by renaming, so a
 * link is never ours, and it may lead to an older file of ours. Links in the path of its folder are followed. A folder that others can
 * write to must have the sticky bit, like /tmp.
 *
 * @throws TypeError with the reason in a few words
 */
function readTrustedFile (path: string, maxBytes: number): string | undefined {
  const folder = statSync(dirname(path), { throwIfNoEntry: false })
  if (folder !== undefined) assertTrustedFolder(folder)
  const file = openExisting(path)
  if (file === undefined) return undefined
  try {
    const stat = fstatSync(file)
    if (!stat.isFile() || stat.size > maxBytes) throw new TypeError('it is no file of a snapshot')
    assertTrustedFile(stat)
    return readFileSync(file, 'utf8')
  } finally {
    closeSync(file)
  }
}

/** The descriptor that is checked is the one that is read, whatever is renamed meanwhile. Non-blocking: a pipe must not block us. */
function openExisting (path: string): number | undefined {
  try {
    // Windows has neither flag.
    return openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0))
  } catch (error) {
    const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT') return undefined
    if (code === 'ELOOP') throw new TypeError('it is a link')
    throw error
  }
}

function assertTrustedFile ({ uid, mode }: Stats): void {
  if (!isTrustedOwner(uid)) throw new TypeError('somebody else owns it')
  if (isPosix() && (mode & WRITABLE_BY_OTHERS) !== 0) throw new TypeError('others may write to it')
}

function assertTrustedFolder ({ uid, mode }: Stats): void {
  if (!isTrustedOwner(uid)) throw new TypeError('somebody else owns its folder')
  if (isPosix() && (mode & WRITABLE_BY_OTHERS) !== 0 && (mode & STICKY) === 0) throw new TypeError('others may write to its folder')
}

/** This user, or root, which can write to any file anyway. */
function isTrustedOwner (uid: number): boolean {
  return !isPosix() || uid === 0 || uid === process.geteuid?.()
}

/** On Windows, owners and modes have no such meaning. */
function isPosix (): boolean {
  return process.platform !== 'win32'
}
